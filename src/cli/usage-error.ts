/** The command line was used in a way that it does not know. It is printed without a stack; the exit code is 2. */
export class UsageError extends Error {}

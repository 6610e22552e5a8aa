/** Stands in a message where a password stood. */
const HIDDEN = '***'

/** A colon that is neither that of a `file:` URL nor that of a Windows drive. */
const COLON = /(?<!file|(?<![a-z])[a-z](?=:\\)):/i

/** A parameter of a URL's query that names a secret; ioredis reads `?password=`. */
const SECRET_PARAMETER = /([?&][^?&=\s]{0,40}(?:pass|pwd|secret|token|auth)[^?&=\s]{0,40}=)[^&\s]+/gi

/** Redis repeats the arguments of a command that it does not know, such as a renamed AUTH. */
const REPEATED_ARGUMENTS = /,? with args beginning with:.*/s

/**
 * Replaces what may be a password in a text: all between a colon and the last `@` of the same word, as in
 * `redis://user:password@host` and `user:password@host`, and secrets in a query. Passwords are not
 * always encoded, so that what follows is hidden rather than read by the grammar of URLs.
 */
export function redact(text: string): string {
  const hidden = text.includes('@') ? text.replace(/\S+/g, withoutUserInfo) : text
  return hidden.replace(SECRET_PARAMETER, `$1${HIDDEN}`).replace(REPEATED_ARGUMENTS, '')
}

function withoutUserInfo(word: string): string {
  const colon = word.search(COLON)
  const end = word.lastIndexOf('@')
  if (colon === -1 || end < colon) return word
  const start = colon + (word.startsWith('://', colon) ? 3 : 1)
  return `${word.slice(0, start)}${HIDDEN}${word.slice(end)}`
}

/** How deep errors hold other errors, at most: a `cause` may refer to what it is the cause of. */
const DEEPEST = 10

/**
 * Removes passwords from an error of a store and from those that it holds, in place: its class and its
 * properties stay what a caller may test for. Whoever prints an error prints its `cause`, too.
 */
export function redactError(error: unknown, depth = 0): void {
  if (!(error instanceof Error) || depth > DEEPEST) return
  const { message, stack } = error
  const shown = redact(message)
  if (shown !== message) {
    replace(error, 'message', shown)
    // The paths of a stack hold `@` as well: only the message in it is replaced.
    if (stack?.includes(message))
      replace(
        error,
        'stack',
        stack.replace(message, () => shown),
      )
  }
  // Node's ERR_INVALID_URL keeps the URL.
  if ('input' in error && typeof error.input === 'string') replace(error, 'input', redact(error.input))
  for (const inner of [error.cause, ...innerErrors(error)]) redactError(inner, depth + 1)
}

/** Errors of several addresses, and ioredis' errors of several tries or nodes. */
function innerErrors(error: object): unknown[] {
  const { errors, lastNodeError, previousErrors } = error as Record<string, unknown>
  return [lastNodeError, errors, previousErrors].flat()
}

function replace(error: Error, property: string, value: string): void {
  // Not by assignment: the property may be read-only, or a getter.
  if (Object.getOwnPropertyDescriptor(error, property)?.configurable === false) return
  if (!Object.isExtensible(error)) return
  Object.defineProperty(error, property, { value, configurable: true, writable: true, enumerable: false })
}

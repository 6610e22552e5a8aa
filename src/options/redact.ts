/** Replaces a password in a message. */
const HIDDEN = '***'

/** A colon, but not that of a `file:` URL or of a Windows drive. */
const COLON = /(?<!file|(?<![a-z])[a-z](?=:\\)):/i

/** A parameter of a URL's query that names a secret; ioredis reads `?password=`. */
const SECRET_PARAMETER = /([?&][^?&=\s]{0,40}(?:pass|pwd|secret|token|auth)[^?&=\s]{0,40}=)[^&\s]+/gi

/** Arguments that Redis repeats of a command that it does not know, such as a renamed AUTH. */
const REPEATED_ARGUMENTS = /,? with args beginning with:.*/s

/**
 * Replaces passwords in a string: everything between a colon and the last `@` of the same word, as
 * in `redis://user:password@host` and `user:password@host`, and secrets in a query. Passwords are
 * not always encoded, so the string is not parsed as a URL.
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

/** Largest depth of errors inside errors that is followed: a `cause` may be circular. */
const DEEPEST = 10

/**
 * Removes passwords from an error of a store and from the errors that it holds, in place, so that
 * its class and its other properties stay. An error is printed with its `cause`.
 */
export function redactError(error: unknown, depth = 0): void {
  if (!(error instanceof Error) || depth > DEEPEST) return
  const { message, stack } = error
  const shown = redact(message)
  if (shown !== message) {
    replace(error, 'message', shown)
    // The paths of a stack may hold `@` as well: only the message in it is replaced.
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

/** Returns the errors of several addresses, and those of ioredis of several tries or nodes. */
function innerErrors(error: object): unknown[] {
  const { errors, lastNodeError, previousErrors } = error as Record<string, unknown>
  return [lastNodeError, errors, previousErrors].flat()
}

function replace(error: Error, property: string, value: string): void {
  // Not by assignment: the property may be read-only or a getter.
  if (Object.getOwnPropertyDescriptor(error, property)?.configurable === false) return
  if (!Object.isExtensible(error)) return
  Object.defineProperty(error, property, { value, configurable: true, writable: true, enumerable: false })
}

/** Codes of the errors of `startServer()` and of a running server. docs/errors.md has them, too. */
export const SERVER_ERROR_CODES = {
  ERR_ONETRIP_SERVER_OPTION: 'An option of startServer(), or of a command of your own, is wrong.',
  ERR_ONETRIP_SERVER_LISTEN:
    'The server cannot listen: its port is taken, or its address is not one of this machine.',
  ERR_ONETRIP_SERVER_SNAPSHOT:
    'The file of the option save cannot be read or written, is damaged, or is of another version.',
  ERR_ONETRIP_SERVER_CLOSED: 'The server was used after close().',
} as const

/** The stable code of a {@link ServerError}. */
export type ServerErrorCode = keyof typeof SERVER_ERROR_CODES

/** An error of the server as a program uses it. What clients are answered is a reply, not this. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code: ServerErrorCode

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

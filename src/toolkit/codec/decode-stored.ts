import { messageOf, ToolkitError } from '../../errors.ts'

/**
 * Returns the value of stored bytes.
 *
 * @param owner the subject of the message, such as `The list 'jobs'`
 * @param reply all that the reply has: a command that removes values has removed all of them
 * @throws ToolkitError (`undecodable`; `invalid` by a schema) that has the reply as `stored`
 */
export function decodeStored<T>(
  owner: string,
  codec: { decode(stored: Buffer): T },
  stored: Buffer,
  reply: readonly unknown[] = [stored],
): T {
  try {
    return codec.decode(stored)
  } catch (error) {
    const all = reply.map((one) => (Buffer.isBuffer(one) ? one : Buffer.from(String(one))))
    if (error instanceof ToolkitError)
      throw new ToolkitError(
        `${owner} holds a value that cannot be read: ${error.message}`,
        { reason: error.reason, cause: error.cause },
        all,
      )
    throw new ToolkitError(
      `${owner} holds a value of ${stored.length} bytes that the codec cannot decode: ${messageOf(error)}. ` +
        'Read it with the codec that wrote it; what other programs write is often text',
      { reason: 'undecodable', cause: error },
      all,
    )
  }
}

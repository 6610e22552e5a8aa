import type { IncomingMessage } from 'node:http'

/** Most bytes of a form: a tag and a token. */
const MOST_BYTES = 16 * 1024

/**
 * Reads the fields of a form, whether or not a body parser of the site was there before.
 * @returns undefined if it is no form
 */
export async function readForm(message: IncomingMessage): Promise<URLSearchParams | 'too large' | undefined> {
  const { body } = message as { body?: unknown }
  if (typeof body === 'object' && body !== null) return fieldsOf(body)
  if (!/^application\/x-www-form-urlencoded\b/i.test(message.headers['content-type'] ?? '')) return undefined
  const chunks: Buffer[] = []
  let size = 0
  // A message that is destroyed takes its connection with it, and so the answer.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) {
      message.resume() // The rest is read and dropped: a browser reads no answer before it has sent all.
      return 'too large'
    }
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

function fieldsOf(body: object): URLSearchParams {
  const fields = Object.entries(body).filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  )
  return new URLSearchParams(fields)
}

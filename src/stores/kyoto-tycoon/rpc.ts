import { request } from 'node:http'
import { StoreError, StoreTimeoutError } from '../../errors.ts'

/** Response of a procedure. */
export interface RpcReply {
  readonly status: number
  /** In the order of the server. */
  readonly columns: readonly (readonly [name: Buffer, value: Buffer])[]
}

/**
 * Calls a procedure by HTTP, on the port of the binary protocol (TSV-RPC). Names and values are
 * sent in base64.
 *
 * @throws StoreError, StoreTimeoutError
 */
export function callRpc(
  { host, port, timeout }: { host: string; port: number; timeout: number },
  procedure: string,
  columns: readonly (readonly [name: string, value: Buffer | string])[],
): Promise<RpcReply> {
  const body = columns.map(([name, value]) => `${base64(name)}\t${base64(value)}\n`).join('')
  const headers = {
    'content-type': 'text/tab-separated-values; colenc=B',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((resolve, reject) => {
    const title = `Kyoto Tycoon at ${host}:${port}`
    const fail = (cause: Error) => reject(new StoreError(`${title} failed: ${cause.message}`, { cause }))
    const sent = request(
      { host, port, method: 'POST', path: `/rpc/${procedure}`, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', fail)
        response.on('end', () => {
          const encoding = /colenc=([BU])/.exec(response.headers['content-type'] ?? '')?.[1]
          const read =
            encoding === 'B'
              ? fromBase64
              : encoding === 'U'
                ? fromUrl
                : (text: string) => Buffer.from(text, 'latin1')
          const lines = Buffer.concat(chunks).toString('latin1').split('\n').filter(Boolean)
          resolve({
            status: response.statusCode ?? 0,
            columns: lines.map((line) => {
              const [name = '', value = ''] = line.split('\t')
              return [read(name), read(value)] as const
            }),
          })
        })
      },
    )
    sent.setTimeout(timeout, () =>
      sent.destroy(new StoreTimeoutError(`it did not answer within ${timeout} ms`)),
    )
    sent.on('error', fail)
    sent.end(body)
  })
}

function base64(value: Buffer | string): string {
  return Buffer.from(value as string).toString('base64')
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64')
}

/** Decodes percent-encoded bytes, which need not be UTF-8. */
function fromUrl(text: string): Buffer {
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}

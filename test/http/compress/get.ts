import { request } from 'node:http'
import * as zlib from 'node:zlib'

/** A response as it was on the wire. */
export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The bytes of the body, still encoded. */
  readonly raw: Buffer
  /** The decoded body. */
  readonly text: string
}

/** Sends a request that no client decodes. */
export function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const raw = Buffer.concat(chunks)
        const received = response.headers as Record<string, string | undefined>
        const encoding = received['content-encoding']
        resolve({
          status: response.statusCode ?? 0,
          headers: received,
          raw,
          text: decoded(raw, encoding).toString(),
        })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

export function decoded(raw: Buffer, encoding: string | undefined): Buffer {
  if (raw.length === 0 || encoding === undefined || encoding === 'identity') return raw
  if (encoding === 'gzip') return zlib.gunzipSync(raw)
  if (encoding === 'br') return zlib.brotliDecompressSync(raw)
  const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync: (bytes: Buffer) => Buffer }
  return zstdDecompressSync(raw)
}

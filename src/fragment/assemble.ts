import type { Hole } from '../template/template-engine.ts'
import type { Fragment } from './fragment.ts'

/** Joins literal text and fragments to one Buffer. A hit goes from the store to the socket as the bytes it is. */
export function assemble(parts: readonly (string | Hole)[]): Buffer {
  let length = 0
  for (const part of parts) {
    length += typeof part === 'string' ? Buffer.byteLength(part) : bytesOf(part).length
  }
  const body = Buffer.allocUnsafe(length)
  let at = 0
  for (const part of parts) {
    if (typeof part === 'string') {
      at += body.write(part, at)
    } else {
      const bytes = bytesOf(part)
      body.set(bytes, at)
      at += bytes.length
    }
  }
  return body
}

function bytesOf(hole: Hole): Buffer {
  return (hole as Fragment).bytes
}

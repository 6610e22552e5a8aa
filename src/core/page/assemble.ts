import type { Hole } from '../../engines/template-engine.ts'
import { type Part, sizeOfParts, writeParts } from '../fragment/page-node.ts'
import { takeBuffer } from './output-buffers.ts'

/**
 * Joins literal text and fragments to one Buffer. A hit goes from the store to the socket as the
 * bytes it is.
 */
export function assemble(parts: readonly (string | Hole)[]): Buffer {
  const body = takeBuffer(sizeOfParts(parts as readonly Part[]))
  writeParts(parts as readonly Part[], body, 0)
  return body
}

import { OptionError } from '../../errors.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import { readBytes, readGroup, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { type ContentEncoding, ENCODERS } from './encodings.ts'

/**
 * Compression of pages that `reply.view` and `res.render` send.
 * @example compress: { encodings: ['br', 'gzip'], maxBytes: '64MB' }
 */
export interface CompressPagesOptions {
  /**
   * Content codings, the preferred one first. `'zstd'` needs Node 22.15.
   * @defaultValue `['br', 'zstd', 'gzip']`, without `'zstd'` where Node does not have it
   */
  readonly encodings?: readonly ContentEncoding[] | undefined
  /**
   * Smallest page that is compressed: bytes, or a string such as `'2KB'`.
   * @defaultValue 1024
   */
  readonly threshold?: ByteSize | undefined
  /**
   * Quality of the copies that are kept, by coding: 1 to 9 for gzip, 0 to 11 for brotli, 1 to 22
   * for zstd. Higher ones take longer, once for each copy.
   * @defaultValue `{ br: 8, zstd: 9, gzip: 9 }`
   */
  readonly quality?: Readonly<Partial<Record<ContentEncoding, number>>> | undefined
  /**
   * Memory that compressed copies of pages may take, in each process: bytes, or a string such as
   * `'64MB'`.
   * @defaultValue `'32MB'`
   */
  readonly maxBytes?: ByteSize | undefined
}

export const COMPRESS_MEMBERS = [
  'encodings',
  'threshold',
  'quality',
  'maxBytes',
] as const satisfies readonly (keyof CompressPagesOptions)[]

/** The option `compress`, complete. */
export interface CompressConfig {
  readonly encodings: readonly ContentEncoding[]
  readonly threshold: number
  readonly quality: ReadonlyMap<ContentEncoding, number>
  readonly maxBytes: number
}

const EXPECTED =
  "true, false, or an object such as { encodings: ['br', 'gzip'] } (of values: values: { compress: 'gzip' })"

/** @returns undefined: pages are not compressed. @throws OptionError */
export function readCompressPages(value: unknown): CompressConfig | undefined {
  if (value === undefined || value === false) return undefined
  const group = value === true ? {} : readGroup<CompressPagesOptions>('compress', value, EXPECTED)
  const { encodings = [...ENCODERS.keys()], threshold = 1024, quality = {}, maxBytes = '32MB' } = group
  return {
    encodings: readEncodings(encodings),
    threshold: threshold === 0 ? 0 : readBytes('compress.threshold', threshold),
    quality: readQuality(quality),
    maxBytes: readBytes('compress.maxBytes', maxBytes),
  }
}

function readEncodings(value: unknown): readonly ContentEncoding[] {
  if (!Array.isArray(value) || value.length === 0)
    return refuseOption('compress.encodings', "an array such as ['br', 'gzip']", value)
  for (const name of value) readEncoding('compress.encodings', name)
  return [...new Set(value as ContentEncoding[])]
}

function readEncoding(option: string, name: unknown): ContentEncoding {
  if (ENCODERS.has(name as ContentEncoding)) return name as ContentEncoding
  if (name === 'zstd')
    throw new OptionError(`The option ${option} has 'zstd', which this Node cannot compress: it needs 22.15.`)
  const names = [...ENCODERS.keys()].map(show).join(', ')
  throw new OptionError(`The option ${option} has ${show(name)}: the content codings are ${names}.`)
}

function readQuality(value: unknown): ReadonlyMap<ContentEncoding, number> {
  if (!isPlainObject(value))
    return refuseOption('compress.quality', 'an object such as { br: 11, gzip: 9 }', value)
  const quality = new Map([...ENCODERS].map(([name, { keptQuality }]) => [name, keptQuality]))
  for (const [name, level] of Object.entries(value)) {
    if (level === undefined) continue
    const encoding = readEncoding('compress.quality', name)
    const { least, most } = ENCODERS.get(encoding) as { least: number; most: number }
    if (!Number.isInteger(level) || (level as number) < least || (level as number) > most)
      refuseOption(`compress.quality.${name}`, `a whole number from ${least} to ${most}`, level)
    quality.set(encoding, level as number)
  }
  return quality
}

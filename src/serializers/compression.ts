import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { OptionError } from '../errors.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'

/** Compression of values before they are stored, if that makes them smaller. */
export interface CompressOptions {
  /** `'zstd'` needs Node 22.15. @defaultValue `'gzip'` */
  readonly algorithm?: 'gzip' | 'brotli' | 'zstd' | undefined
  /** Smallest value that is compressed, in bytes. @defaultValue 1024 */
  readonly threshold?: number | undefined
  /**
   * Level of the algorithm: higher ones take longer and compress better.
   *
   * @defaultValue 6 for gzip, 5 for brotli, 3 for zstd
   */
  readonly level?: number | undefined
}

type Run = (bytes: Buffer, options?: object) => Promise<Buffer>

interface Algorithm {
  readonly id: number
  /** Default: the best compromise on HTML, measured by `npm run bench:compression`. */
  readonly level: number
  readonly levels: readonly [least: number, most: number]
  readonly optionsOf: (level: number) => object
  readonly compress: Run | undefined
  readonly decompress: Run | undefined
}

// Undefined in a Node without zstd. The types are those of Node 20.
const { zstdCompress, zstdDecompress } = zlib as unknown as Record<
  string,
  Parameters<typeof promisify>[0] | undefined
>
const ZSTD_LEVEL = (zlib.constants as Record<string, number>).ZSTD_c_compressionLevel ?? 100

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  gzip: {
    id: 1,
    level: 6,
    levels: [1, 9],
    optionsOf: (level) => ({ level }),
    compress: promisify(zlib.gzip) as Run,
    decompress: promisify(zlib.gunzip) as Run,
  },
  brotli: {
    id: 2,
    level: 5,
    levels: [0, 11],
    optionsOf: (level) => ({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level } }),
    compress: promisify(zlib.brotliCompress) as Run,
    decompress: promisify(zlib.brotliDecompress) as Run,
  },
  zstd: {
    id: 3,
    level: 3,
    levels: [1, 22],
    optionsOf: (level) => ({ params: { [ZSTD_LEVEL]: level } }),
    compress: zstdCompress && (promisify(zstdCompress) as Run),
    decompress: zstdDecompress && (promisify(zstdDecompress) as Run),
  },
}

export const NOT_COMPRESSED = 0
const DEFAULT_THRESHOLD = 1024

/** Compresses long values, in a thread of the pool. `id` names the algorithm. */
export type Compress = (bytes: Buffer) => Promise<{ readonly id: number; readonly bytes: Buffer }>

/**
 * Returns the function that compresses values, or undefined: they are not compressed.
 * @param what the option, for the error
 * @throws OptionError
 */
export function readCompress(value: unknown, what: string): Compress | undefined {
  if (value === undefined || value === false) return undefined
  const options = typeof value === 'string' ? { algorithm: value } : value === true ? {} : value
  if (!isPlainObject(options)) throw new OptionError(`${what} ${MUST_BE}, not ${show(value)}.`)
  refuseUnknownOptions(what, options, ['algorithm', 'threshold', 'level'])
  const { algorithm: name = 'gzip', threshold = DEFAULT_THRESHOLD, level } = options as CompressOptions
  const algorithm = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined
  if (!algorithm) throw new OptionError(`${what} ${MUST_BE}; there is no algorithm ${show(name)}.`)
  const { id, compress, levels, optionsOf } = algorithm
  if (!compress) throw new OptionError(`${what}: this Node.js (${process.version}) has no ${name}.`)
  if (!Number.isInteger(threshold) || threshold < 0)
    throw new OptionError(`${what}: threshold must be a number of bytes, not ${show(threshold)}.`)
  if (level !== undefined && !(Number.isInteger(level) && level >= levels[0] && level <= levels[1])) {
    throw new OptionError(
      `${what}: level of ${name} must be from ${levels[0]} to ${levels[1]}, not ${show(level)}.`,
    )
  }
  const settings = optionsOf(level ?? algorithm.level)
  return async (bytes) => {
    if (bytes.length < threshold) return { id: NOT_COMPRESSED, bytes }
    const compressed = await compress(bytes, settings)
    return compressed.length < bytes.length ? { id, bytes: compressed } : { id: NOT_COMPRESSED, bytes }
  }
}

/**
 * Decompresses a value, by any algorithm that this Node has.
 *
 * @param most bytes of the result: a few bytes could expand to gigabytes
 * @throws where the bytes are damaged, expand to more, or need another Node
 */
export async function decompress(id: number, bytes: Buffer, most: number): Promise<Buffer> {
  const run = Object.values(ALGORITHMS).find((algorithm) => algorithm.id === id)?.decompress
  if (!run) throw new TypeError(`This process cannot read what was compressed by algorithm ${id}`)
  return run(bytes, { maxOutputLength: most })
}

const MUST_BE = "must be 'gzip', 'brotli', 'zstd', true, false or { algorithm, threshold, level }"

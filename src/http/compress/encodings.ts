import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

/** A content coding of HTTP. `zstd` needs Node 22.15. */
export type ContentEncoding = 'br' | 'gzip' | 'zstd'

/** How pages are compressed by one content coding. */
export interface Encoder {
  /** Range of its quality. */
  readonly least: number
  readonly most: number
  /** Quality of a copy that many requests are answered with. */
  readonly keptQuality: number
  /** Quality of a page that is compressed for one request: the default of other plugins. */
  readonly onceQuality: number
  /** Compresses in a thread of the pool. */
  compress(bytes: Buffer, quality: number): Promise<Buffer>
}

type Run = (bytes: Buffer, options: object) => Promise<Buffer>

const gzip = promisify(zlib.gzip) as Run
const brotli = promisify(zlib.brotliCompress) as Run
// Undefined in a Node without zstd. The types are those of Node 20.
const { zstdCompress } = zlib as unknown as Record<string, Parameters<typeof promisify>[0] | undefined>
const ZSTD_LEVEL = (zlib.constants as Record<string, number>).ZSTD_c_compressionLevel ?? 100
const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants

/**
 * The qualities of copies are the best that take less than three times as long as those of other
 * plugins. On pages of 48 KB, brotli 9 takes 20 times as long as 4, and 11 takes 200 times, for a
 * tenth of the size less: `npm run bench:compression`. That of zstd was not measured.
 */
const GZIP: Encoder = {
  least: 1,
  most: 9,
  keptQuality: 9,
  onceQuality: 6,
  compress: (bytes, level) => gzip(bytes, { level }),
}

const BROTLI: Encoder = {
  least: 0,
  most: 11,
  keptQuality: 8,
  onceQuality: 4,
  compress: (bytes, quality) =>
    brotli(bytes, { params: { [BROTLI_PARAM_QUALITY]: quality, [BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
}

function zstdEncoder(run: Run): Encoder {
  return {
    least: 1,
    most: 22,
    keptQuality: 9,
    onceQuality: 3,
    compress: (bytes, level) => run(bytes, { params: { [ZSTD_LEVEL]: level } }),
  }
}

/** The codings of this Node, the preferred one first. */
export const ENCODERS: ReadonlyMap<ContentEncoding, Encoder> = new Map<ContentEncoding, Encoder>([
  ['br', BROTLI],
  ...(zstdCompress ? ([['zstd', zstdEncoder(promisify(zstdCompress) as Run)]] as const) : []),
  ['gzip', GZIP],
])

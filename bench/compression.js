/**
 * Measures the levels of compression on HTML: pages of the shop, as values.
 * `npm run bench:compression`
 */

import * as zlib from 'node:zlib'
import { table } from './harness/table.js'
import { pages } from './shop/products.js'
import { renderPlain } from './shop/stock.js'

const html = pages.slice(0, 8).map((page) => Buffer.from(renderPlain(page.number)))
const total = html.reduce((sum, { length }) => sum + length, 0)
const brotli = (level) => ({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level } })

/** @typedef {(bytes: Buffer) => Buffer} Transform */

/** Newer than the types of Node 20. */
const { zstdCompressSync, zstdDecompressSync, constants } = /** @type {any} */ (zlib)

/** @type {[name: string, compress: Transform, decompress: Transform][]} */
const ways = [
  ...[1, 3, 6, 9].map((level) =>
    way(`gzip ${level}`, (bytes) => zlib.gzipSync(bytes, { level }), zlib.gunzipSync),
  ),
  ...[1, 3, 4, 5, 8, 9, 11].map((level) =>
    way(
      `brotli ${level}`,
      (bytes) => zlib.brotliCompressSync(bytes, brotli(level)),
      zlib.brotliDecompressSync,
    ),
  ),
]
if (zstdCompressSync) {
  for (const level of [1, 3, 6, 9, 12]) {
    const params = { [constants.ZSTD_c_compressionLevel]: level }
    ways.push([`zstd ${level}`, (bytes) => zstdCompressSync(bytes, { params }), zstdDecompressSync])
  }
}

const rows = ways.map(([name, compress, decompress]) => {
  const compressed = html.map((bytes) => compress(bytes))
  const size = compressed.reduce((sum, { length }) => sum + length, 0)
  return [
    name,
    `${((100 * size) / total).toFixed(1)} %`,
    perMegabyte(() => html.map((bytes) => compress(bytes))),
    perMegabyte(() => compressed.map((bytes) => decompress(bytes))),
  ]
})
console.log(table([['', 'size', 'ms to compress a MB', 'ms to decompress it'], ...rows]))

/**
 * @param {string} name
 * @param {Transform} compress
 * @param {Transform} decompress
 * @returns {[string, Transform, Transform]}
 */
function way(name, compress, decompress) {
  return [name, compress, decompress]
}

function perMegabyte(run) {
  run()
  const begun = performance.now()
  for (let n = 0; n < 5; n++) run()
  return ((performance.now() - begun) / 5 / (total / 1e6)).toFixed(1)
}

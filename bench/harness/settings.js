import { PAGES } from '../shop/products.js'
import { pathsOf } from '../shop/route.js'

/**
 * @typedef {object} Setting
 * @property {'shop' | 'reel'} site
 * @property {string} title
 * @property {string[]} paths
 * @property {number} connections
 * @property {import('../contenders/index.js').Contender[]} contenders
 */

/** The setting that targets are judged in, the only one in which some contenders are measured. */
export const JUDGED = { connections: 16 }

/**
 * Returns the settings to measure, in order. One hot page flatters whatever joins concurrent reads
 * of the same keys, so the shop is measured with one page, and with 64 that share no key and are
 * drawn at random.
 * @param {readonly import('../contenders/index.js').Contender[]} contenders
 * @param {readonly number[]} connections
 * @returns {Setting[]}
 */
export function settingsFor(contenders, connections) {
  /** @returns {Setting} */
  const shop = (paths, count) => ({
    site: 'shop',
    title: paths.length === 1 ? 'One page' : `${paths.length} pages, drawn at random`,
    paths,
    connections: count,
    contenders: contenders.filter(
      ({ site, judgedOnly }) =>
        site === 'shop' && (!judgedOnly || (paths.length === 1 && count === JUDGED.connections)),
    ),
  })
  /** @returns {Setting} */
  const reel = (count) => ({
    site: 'reel',
    title: "Reel's home page",
    paths: ['/'],
    connections: count,
    contenders: contenders.filter(({ site }) => site === 'reel'),
  })
  return [
    ...[pathsOf(1), pathsOf(PAGES)].flatMap((paths) => connections.map((count) => shop(paths, count))),
    ...connections.map(reel),
  ].filter((setting) => setting.contenders.length > 0)
}

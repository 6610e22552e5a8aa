/**
 * The shop's data: 64 pages of 24 products, the same in every process. It is in memory: no
 * contender pays for it.
 */

import { seededRandom } from '../harness/random.js'

export const PAGES = 64
export const FRAGMENTS = 24

const ADJECTIVES = ['waxed', 'quilted', 'brushed', 'ribbed', 'woven', 'pleated', 'washed', 'knitted', 'lined']
const MATERIALS = ['cotton', 'linen', 'merino', 'corduroy', 'denim', 'flannel', 'canvas', 'tweed', 'alpaca']
const GARMENTS = ['jacket', 'shirt', 'jumper', 'skirt', 'coat', 'waistcoat', 'trousers', 'dress', 'scarf']
const MAKERS = [
  'Ahlers & Søn',
  'Brandt',
  'Casa Ribera',
  "D'Alba",
  'Fjell',
  'Huang & Daughters',
  'Okafor',
  'Żak',
]
const TOWNS = ['Aarhus', 'Łódź', 'Porto', 'Leeds', 'Como', 'Gent', 'Lagos', 'Uppsala']
const FACTS = ['weight', 'length', 'chest', 'sleeve', 'shrinkage', 'stretch']
const UNITS = ['g', 'cm', 'cm', 'cm', '%', '%']
const SIZES = ['xs', 's', 'm', 'l', 'xl']
const SENTENCES = [
  'Cut wide across the shoulders & narrow at the wrist.',
  'Sewn by one person from the first seam to the last button.',
  'The cloth comes from a mill that still runs its looms by water.',
  'Gets "better with every wash", says our oldest customer.',
  'Two pockets outside, one inside, and a loop to hang it by.',
  'Dyed in small lots: no two are quite the same.',
  'Mended free of charge for as long as we are in business.',
]

const random = seededRandom(3)
const pick = (list) => list[Math.floor(random() * list.length)]

/** @typedef {ReturnType<typeof product>} Product */

/** @type {{ number: number, products: Product[] }[]} */
export const pages = Array.from({ length: PAGES }, (_, number) => ({
  number,
  products: Array.from({ length: FRAGMENTS }, (_, at) => product(number * FRAGMENTS + at + 1000)),
}))

function product(id) {
  const maker = Math.floor(random() * MAKERS.length)
  const price = 20 + Math.floor(random() * 20_000) / 100
  return {
    id,
    name: `${pick(ADJECTIVES)} ${pick(MATERIALS)} ${pick(GARMENTS)}`,
    maker: { name: MAKERS[maker], slug: `maker-${maker}`, town: TOWNS[maker] },
    text: Array.from({ length: 12 }, () => pick(SENTENCES)).join(' '),
    facts: FACTS.map((name, at) => ({ name, value: Math.floor(random() * 120), unit: UNITS[at] })),
    price,
    was: random() < 0.3 ? price * 1.25 : null,
    sizes: SIZES.map((name) => ({ name, left: Math.floor(random() * 4) })),
    tags: Array.from({ length: 4 }, () => `${pick(MATERIALS)} ${pick(GARMENTS)}`),
  }
}

/**
 * Returns what the template gets beside the page. `prices` stands in every fragment's key: other
 * prices, other keys.
 */
export function shop(prices = 1) {
  return { name: 'Needle & Thread', prices }
}

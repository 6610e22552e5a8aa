/**
 * Makes the pictures of the live page in docs/live-page: `npm run docs:pictures`. Visits pages of
 * Reel for two minutes, and takes pictures of what its live page shows. `ONETRIP_CHROMIUM` may name
 * the browser.
 */

import { mkdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { build } from '../../example-app/fastify.js'
import { seededRandom } from '../../example-app/seeded-random.js'

const FOLDER = fileURLToPath(new URL('../../docs/live-page/', import.meta.url))
const LOAD_MS = 120_000
/** Visits a second, and how many of them lie between two invalidations of all reviews. */
const RATE = 15
const INVALIDATED_EVERY = 40

const random = seededRandom('live page')
const chance = () => random.between(0, 1)
const oneOf = (/** @type {readonly string[]} */ choices) => choices[random.whole(0, choices.length - 1)]
const GENRES = ['drama', 'comedy', 'action', 'horror', 'adventure']

/** Returns the next page that somebody visits: few films are asked for often. */
function nextPath() {
  if (chance() < 0.15) return '/'
  if (chance() < 0.3) return `/genre/${oneOf(GENRES)}`
  return `/film/${1 + Math.floor(chance() ** 3 * 400)}`
}

const app = await build({ database: ':memory:', costs: false, dashboard: true })
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const browser = await chromium.launch({
  executablePath: process.env.ONETRIP_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})

for (let visits = 0, end = Date.now() + LOAD_MS; Date.now() < end; visits++) {
  await fetch(origin + nextPath()).then((response) => response.arrayBuffer())
  if (visits % INVALIDATED_EVERY === 0) await app.fragments.invalidate('reviews')
  if (visits % 10 === 0) await app.fragments.invalidate(`reviews:${1 + (visits % 7)}`)
  await wait(1000 / RATE)
}
await wait(5000)

mkdirSync(FOLDER, { recursive: true })
await take('overview', '', { colorScheme: 'light', height: 1100 })
await take('fragments', 'fragments?sort=lost', { colorScheme: 'dark', height: 700 })
await take('page', await slowestPage(), { colorScheme: 'light', height: 800 })
await take('phone', '', { colorScheme: 'dark', width: 390, height: 844 })
await browser.close()
await app.close()

/** Takes one picture. */
async function take(name, path, { colorScheme, width = 1280, height }) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height } })
  await page.goto(`${origin}/_onetrip/${path}`)
  await wait(2000)
  await page.screenshot({ path: `${FOLDER}${name}.png` })
  await page.close()
  console.log(`docs/live-page/${name}.png`)
}

/** Returns the address of the recent page with the most misses. */
async function slowestPage() {
  const html = await (await fetch(`${origin}/_onetrip/pages`)).text()
  const rows = [
    ...html.matchAll(/href="(page\?id=\d+)".*?<td class="number">.*?<\/td><td class="number">(\d+)</g),
  ]
  return rows.sort((a, b) => Number(b[2]) - Number(a[2]))[0]?.[1] ?? 'pages'
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { queryObjects } from 'node:v8'
import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { installCache, nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { afterAll, expect, test, vi } from 'vitest'
import { KnownPage, MOST_PAGES } from '../../../src/engines/nunjucks/analysis/page-reads.ts'
import { KEPT_ALIASES } from '../../../src/engines/nunjucks/environment/environment.ts'
import { TemplateSource } from '../../../src/engines/nunjucks/template-code.ts'

/** Counts the objects of a class that are reachable after a collection. */
const alive = (of: new (...args: never) => object) => queryObjects(of as never, { format: 'count' }) as number

const folder = mkdtempSync(join(tmpdir(), 'onetrip-growth-'))
writeFileSync(join(folder, 'home.njk'), '{% cache "a" %}home{% endcache %}')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const MANY = 2 * MOST_PAGES
vi.setConfig({ testTimeout: 30_000 })

test('sources of renderString are released', async () => {
  const env = new nunjucks.Environment(new nunjucks.FileSystemLoader(folder))
  const cache = new FragmentCache({ store: memoryStore(), ttl: '5m' })
  installCache(env, cache)
  const before = [alive(TemplateSource), alive(KnownPage)] as const
  for (let n = 0; n < MANY; n++) {
    const text = await new Promise((resolve, reject) =>
      env.renderString(`{% cache "s" %}${n}{% endcache %}`, {}, (error, html) =>
        error ? reject(error) : resolve(html),
      ),
    )
    expect(text).toBe(String(n))
  }
  await new Promise(setImmediate)
  await cache.settled()
  await cache.close()
  expect(alive(TemplateSource) - before[0]).toBeLessThanOrEqual(MOST_PAGES)
  expect(alive(KnownPage) - before[1]).toBeLessThanOrEqual(MOST_PAGES)
  await cache.close()
})

test.each([true, false])('names of missing templates are released, noCache: %s', async (noCache) => {
  const engine = nunjucksEngine({ root: folder, noCache })
  const cache = new FragmentCache({ store: memoryStore(), engine, ttl: '5m' })
  const before = alive(KnownPage)
  for (let n = 0; n < MANY; n++)
    await expect(cache.render(`missing-${n}.njk`)).rejects.toThrow(/template not found/)
  expect(alive(KnownPage) - before).toBeLessThanOrEqual(MOST_PAGES)
  expect(Object.keys(engine.environment.loaders[0].cache)).toEqual([])
  await cache.close()
})

test.each([true, false])(
  'the number of names kept for one template is limited, noCache: %s',
  async (noCache) => {
    const engine = nunjucksEngine({ root: folder, noCache })
    const cache = new FragmentCache({ store: memoryStore(), engine, ttl: '5m' })
    for (let n = 0; n < 2 * KEPT_ALIASES; n++)
      expect((await cache.render(`${n}/../home.njk`)).body.toString()).toBe('home')
    expect((await cache.render('home.njk')).body.toString()).toBe('home')
    const kept = Object.keys(engine.environment.loaders[0].cache)
    expect(kept.length).toBe(KEPT_ALIASES + 1)
    expect(kept).toContain('home.njk')
    await cache.close()
  },
)

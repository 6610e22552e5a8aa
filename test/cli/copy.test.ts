import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FragmentCache } from 'onetrip'
import { lmdbStore } from 'onetrip/stores/lmdb'
import { memoryStore } from 'onetrip/stores/memory'
import { sqliteStore } from 'onetrip/stores/sqlite'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { copyEntries } from '../../src/cli/copy/copy-entries.ts'
import type { Store } from '../../src/stores/store.ts'
import { PATIENT } from '../helpers/patient.ts'
import { patientRedisStore } from '../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { engineOf } from '../helpers/templates.ts'

const CLI = join(import.meta.dirname, '../../dist/cli/onetrip.js')
const onetrip = (...args: string[]) =>
  promisify(execFile)(process.execPath, [CLI, 'copy', ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  )

const TEMPLATES = {
  page:
    '{% cache "list", tags=["films"] %}{% for n in [1, 2, 3] %}{% cache "card", n, tags=["film:" ~ n] %}' +
    '[{{ n }} {{ price }}{% nocache %}({{ visitor }}){% endnocache %}]{% endcache %}{% endfor %}{% endcache %}',
}
const data = (price: number) => ({ price, visitor: 'Anna' })

async function html(cache: FragmentCache, price: number): Promise<string> {
  const { body } = await cache.render('page', data(price))
  await cache.settled()
  return body.toString()
}

const cacheOn = (store: Store) =>
  new FragmentCache({ store, engine: engineOf(TEMPLATES), ttl: '1h', prefix: 'shop', ...PATIENT })

describeRedis('onetrip copy', () => {
  let server: RedisServer
  let folder: string
  beforeAll(async () => {
    server = await startRedis()
    folder = mkdtempSync(join(tmpdir(), 'onetrip-copy-'))
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await server.stop()
  })

  it.each(['lmdb:', 'sqlite:'])(
    'a warm page is all hits at %s, tags and values too, and can be invalidated there',
    async (scheme) => {
      await server.admin.flushall()
      const source = cacheOn(patientRedisStore({ url: server.url }))
      await source.values.set('feed', { items: [1] }, { tags: ['films'] })
      await source.values.set('short', 'gone', { ttl: 20 })
      await source.values.set('old', 'invalid', { tags: ['old'] })
      expect(await html(source, 1)).toBe('[1 1(Anna)][2 1(Anna)][3 1(Anna)]')
      await source.invalidate('old')
      await server.admin.set('foreign', 'x')
      await expect.poll(() => source.values.get('short')).toBe(undefined)
      const path = join(folder, scheme === 'lmdb:' ? 'lmdb' : 'cache.db')
      for (let times = 0; times < 2; times++) {
        const { code, stdout, stderr } = await onetrip(server.url, scheme + path)
        expect(stderr).toContain('entries')
        expect([code, stdout]).toEqual([
          0,
          expect.stringMatching(
            /^5 entries copied \(0\.0 MB\), 5 tags; 1 had expired; 1 were invalidated; 1 were left: /,
          ),
        ])
      }
      const again = await onetrip(server.url, scheme + path, '--json')
      expect(JSON.parse(again.stdout)).toMatchObject({ copied: 5, versions: 5, failed: 0 })
      // A running site is not disturbed.
      expect(await html(source, 2)).toBe('[1 1(Anna)][2 1(Anna)][3 1(Anna)]')
      const target = cacheOn(scheme === 'lmdb:' ? lmdbStore({ path }) : sqliteStore({ path }))
      expect(await html(target, 9)).toBe('[1 1(Anna)][2 1(Anna)][3 1(Anna)]')
      expect(await target.values.getMany(['feed', 'short', 'old'])).toEqual([
        { items: [1] },
        undefined,
        undefined,
      ])
      await target.invalidate('film:2')
      expect(await html(target, 9)).toBe('[1 1(Anna)][2 9(Anna)][3 1(Anna)]')
      await target.invalidate('films')
      expect(await target.values.get('feed')).toBe(undefined)
      await Promise.all([source.close(), target.close()])
    },
  )

  it('says what is wrong with an address, or a store', async () => {
    for (const [args, says, exitCode = 2] of [
      [[], /needs the address of the store to copy from: onetrip copy redis/],
      [['redis://a'], /needs the address of the store to copy to/],
      [['redis://a', 'redis://a'], /both addresses are the same/],
      [['mysql://a', 'lmdb:./x'], /mysql:\/\/a is not the address of a store\. Addresses are:\n {2}redis:/],
      [['lmdb:', 'sqlite:./x'], /lmdb: has no path/],
      [['redis://a', 'lmdb:./x', 'y'], /takes from and to, not also y/],
      [['redis-cluster://a', 'lmdb:./x'], /must be like redis-cluster:\/\/a:7000,b:7000/],
      [['memcached://localhost:1', `lmdb:${folder}/x`], /cannot list its keys: it can only be copied to/],
      [['redis://127.0.0.1:1', `lmdb:${folder}/x`], /^Redis at 127\.0\.0\.1:1 /, 3],
      [['redis://a', 'lmdb:./x', '--batch', '0'], /--batch must be a whole number from 1/],
      [['redis://a', 'lmdb:./x', '--fast'], /See onetrip copy --help/],
    ] as [string[], RegExp, number?][]) {
      const { code, stderr } = await onetrip(...args)
      expect(stderr).toMatch(says)
      expect(stderr).not.toContain('    at ')
      expect(code).toBe(exitCode)
    }
    expect((await onetrip('--help')).stdout).toContain('onetrip copy <from> <to>')
  })
})

test.each([
  'valkey://user:s3cret@host',
  'REDIS://user:s3cret@host',
  'redis+tls://user:a s3cret@host',
  'redis:user:s3cret@host',
  'redis://:s3cret@:port',
  'kyoto-tycoon://user:s3cret@host',
  'kyoto-tycoon://s3cret@host',
  'memcached://user:a,s3cret@host',
  'sqlite://user:s3cret@host/x',
  'valkey://host?password=s3cret',
])('no output of a command holds the password of %s', async (address) => {
  for (const args of [
    [address, 'lmdb:./x'],
    [address, address],
    [address, 'lmdb:./x', '--batch', address],
  ]) {
    const { code, stdout, stderr } = await onetrip(...args)
    expect(code).toBe(2)
    expect(stdout + stderr).not.toContain('s3cret')
  }
})

test('an unknown command is shown without a password', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, [CLI, 'redis://u:s3cret@host']).catch(
    (error: { stderr: string }) => error,
  )
  expect(stderr).toBe('There is no command "redis://***@host". See onetrip --help.\n')
})

describe('copyEntries', () => {
  test('a tag that is invalidated meanwhile is invalid on the other side, too', async () => {
    const [from, to] = [memoryStore(), memoryStore()]
    const source = cacheOn(from)
    await html(source, 1)
    let invalidated = false
    const copied = await copyEntries(from, to, {
      prefix: 'shop:',
      batch: 2,
      onProgress: ({ copied: count }) => {
        if (count === 0 || invalidated) return
        invalidated = true
        void source.invalidate('film:1')
      },
    })
    expect(copied.invalidatedMeanwhile).toBe(1)
    expect(await html(cacheOn(to), 2)).toMatch(/^\[1 2\(Anna\)\]/)
  })

  test('copies only what begins with a prefix', async () => {
    const [from, to] = [memoryStore(), memoryStore()]
    await html(cacheOn(from), 1)
    const copied = await copyEntries(from, to, { prefix: 'other:', batch: 10, onProgress: () => {} })
    expect(copied.copied).toBe(0)
  })
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { type NginxReport, nginxReport, readNginx, readNginxLog } from '../../../src/metrics/index.ts'
import { describeNginx, type Nginx, type NginxOptions, startNginx } from '../../helpers/nginx.ts'
import { freePort, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { type App, type Handler, page, startApp } from './app.ts'
import { countedIn, total } from './counts.ts'

let app: App
let nginx: Nginx
let redis: RedisServer

async function start(
  handler: Handler,
  options: Partial<NginxOptions> = {},
  args: string[] = [],
): Promise<void> {
  redis = await startRedis(args)
  app = await startApp(handler)
  nginx = await startNginx({ app: app.port, redis: redis.url, ...options })
}

afterEach(async () => {
  redis?.resume()
  await nginx?.stop()
  await app?.stop()
  await redis?.stop()
})

/** Asks for a page that is stored, `count` times, from several visitors at a time. */
async function visit(count: number, path = '/'): Promise<void> {
  let left = count
  const visitor = async () => {
    while (left-- > 0) expect((await nginx.get(path)).status).toBe(200)
  }
  await Promise.all([visitor(), visitor(), visitor(), visitor()])
}

const counted = () => countedIn(redis.admin)
const isCounted = (requests: number) => expect.poll(async () => total(await counted())).toBe(requests)

describeNginx('counting in nginx', () => {
  test('each request is counted once, by route and by what the cache did', async () => {
    await start((request, response) => {
      if (request.url === '/gone') response.writeHead(503).end()
      else page(response, 'x'.repeat(1000))
    })
    await visit(20)
    await visit(30, '/film/alien')
    await nginx.get('/gone')
    await nginx.get('/film/brazil', { headers: { cookie: 'session=anna' } })
    await isCounted(52)
    const { series, dropped, duplicates } = await counted()
    expect(series).toMatchObject({
      'main /film/:slug BYPASS': { n: 1, upstreamTimed: 1 },
      'main other MISS': { n: 1, failed: 1, upstreamTimed: 1 },
    })
    const of = (route: string) => ['MISS', 'HIT'].map((cache) => series[`main ${route} ${cache}`]?.n ?? 0)
    // Visitors at the same time may ask for one page before it is stored.
    expect(of('/').reduce((sum, n) => sum + n)).toBe(20)
    expect(of('/film/:slug').reduce((sum, n) => sum + n)).toBe(30)
    expect(series['main / HIT']).toMatchObject({ failed: 0, upstreamTimed: 0 })
    expect(series['main / HIT']?.bytes).toBeGreaterThan((series['main / HIT']?.n ?? 0) * 1000)
    expect([dropped, duplicates]).toEqual([0, 0])

    const reader = readNginx(redis.url)
    const report = nginxReport(await reader.totals())
    const misses = await reader.misses()
    await reader.close()
    expect(report).toMatchObject({ requests: 52, failed: 1, dropped: 0 })
    const counts = report.routes.map(({ route, requests }) => [route, requests])
    expect(new Map(counts as [string, number][])).toEqual(
      new Map([
        ['/', 20],
        ['/film/:slug', 31],
        ['other', 1],
      ]),
    )
    const missed = Object.entries(series).filter(([name]) => name.endsWith('MISS'))
    expect(misses).toHaveLength(missed.reduce((sum, [, { n }]) => sum + n, 0))
  })

  test('a miss has a line', async () => {
    await start((_request, response) => page(response, 'page'))
    await nginx.get('/film/alien')
    await nginx.get('/film/alien')
    await isCounted(2)
    const [[, fields]] = (await redis.admin.xrange('onetrip:nginx:misses', '-', '+')) as [[string, string[]]]
    const line = fields[fields.indexOf('lines') + 1]
    expect(line).toMatch(/^\d{13}\tmain\t\/film\/:slug\tMISS\t200\t\d+\t\d+\t\d+$/)
  })

  test('routes beyond the limit are counted together', async () => {
    await start((_request, response) => page(response, 'page'), {
      edits: {
        'conf.d/onetrip.conf': [['~^/film/[^/]+$ /film/:slug;', '"~^(/film/.+)$" $1;']],
        'lua/onetrip.lua': [['MAX_SERIES = 600', 'MAX_SERIES = 3']],
      },
    })
    for (const name of ['a', 'b', 'c', 'd', 'e']) await nginx.get(`/film/${name}%09x${'y'.repeat(200)}`)
    await isCounted(5)
    const names = Object.keys((await counted()).series)
    expect(names.length).toBeLessThanOrEqual(4 * 2)
    expect(names.every((name) => name.length < 120)).toBe(true)
  })

  test('reloads and a quit with a request in flight lose nothing and count nothing twice', async () => {
    const held: ServerResponse[] = []
    await start((request, response) => {
      if (request.url === '/slow') held.push(response)
      else page(response, 'page')
    })
    await visit(50)
    await nginx.reload()
    await visit(50)
    // The old workers wait for the request in flight, while new ones answer.
    const slow = nginx.get('/slow')
    await expect.poll(() => held.length).toBe(1)
    const reloaded = nginx.reload()
    await visit(50)
    page(held[0] as ServerResponse, 'slow')
    await Promise.all([slow, reloaded])
    await visit(50)
    const last = nginx.get('/slow?again')
    app.handle((_request, response) => page(response, 'late'))
    await last
    await nginx.quit()
    expect(await counted()).toMatchObject({ dropped: 0, duplicates: 0, missing: 0 })
    expect(total(await counted())).toBe(202)
  })

  test('a request that is in flight when nginx quits is counted', async () => {
    const held: ServerResponse[] = []
    await start((_request, response) => {
      held.push(response)
    })
    const slow = nginx.get('/slow')
    await expect.poll(() => held.length).toBe(1)
    const quit = nginx.quit()
    // The worker has been told, and has ended its timers.
    await expect.poll(() => nginx.errors()).toContain('gracefully shutting down')
    page(held[0] as ServerResponse, 'slow')
    expect((await slow).body).toBe('slow')
    await quit
    expect(total(await counted())).toBe(1)
  })

  test('Redis that is gone, and comes back empty, costs no visitor anything', async () => {
    await start((_request, response) => page(response, 'page'))
    await visit(40)
    await isCounted(40)
    await redis.kill()
    await visit(40)
    await expect.poll(() => nginx.errors()).toContain('Redis does not take the counts')
    await visit(40)
    await redis.restart()
    await isCounted(80)
    expect(await counted()).toMatchObject({ dropped: 0, duplicates: 0 })
    // One line, not one for each second and worker.
    expect(nginx.errors().match(/Redis does not take/g)?.length).toBeLessThanOrEqual(2)
    expect(nginx.errors().match(/\[error\].*(?<!Redis does not take.*)$/gm)).toBe(null)
  })

  test('Redis that is stopped holds up no visitor; what was sent twice is marked', async () => {
    await start((_request, response) => page(response, 'page'))
    await visit(40)
    await isCounted(40)
    redis.pause()
    await visit(40)
    await expect.poll(() => nginx.errors()).toMatch(/Redis does not take the counts.*timeout/)
    await visit(40)
    redis.resume()
    await isCounted(120)
    expect(await counted()).toMatchObject({ dropped: 0, missing: 0 })
  })

  test('what a full Redis refuses is kept until it takes it', async () => {
    await start((_request, response) => page(response, 'page'))
    await redis.admin.config('SET', 'maxmemory', '1')
    await visit(40)
    await expect.poll(() => nginx.errors()).toContain('OOM')
    await visit(40)
    await redis.admin.config('SET', 'maxmemory', '0')
    await isCounted(80)
    expect(await counted()).toMatchObject({ dropped: 0, duplicates: 0, missing: 0 })
  })

  test('lines of misses beyond the limit are dropped, and counted as dropped', async () => {
    await start(({ url }, response) => page(response, url as string), {
      edits: { 'lua/onetrip.lua': [['MAX_MISSES = 500', 'MAX_MISSES = 5']] },
    })
    await redis.kill()
    for (let at = 0; at < 30; at++) await nginx.get(`/film/${at}`)
    await redis.restart()
    await isCounted(30)
    const entries = await redis.admin.xrange('onetrip:nginx:misses', '-', '+')
    const lines = entries.flatMap(([, fields]) => fields[fields.indexOf('lines') + 1]?.split('\n') ?? [])
    expect((await counted()).dropped).toBe(30 - lines.length)
    expect((await counted()).dropped).toBeGreaterThan(0)
  })

  test('a worker that is killed loses what it has not sent, and the one after it goes on', async () => {
    await start((_request, response) => page(response, 'page'))
    await visit(40)
    await isCounted(40)
    for (const pid of nginx.workers()) process.kill(pid, 'SIGKILL')
    await expect
      .poll(() => nginx.errors().match(/start worker process \d/g)?.length)
      .toBeGreaterThanOrEqual(4)
    await visit(40)
    await isCounted(80)
  })

  test('a password, a user and a database are given in the address', async () => {
    await start((_request, response) => page(response, 'page'))
    await nginx.stop()
    await redis.admin.call('ACL', 'SETUSER', 'nginx', 'on', '>p@ss:w/rd', '~shop:nginx:*', '+xadd', '+select')
    nginx = await startNginx({
      app: app.port,
      redis: `redis://nginx:p%40ss:w%2Frd@127.0.0.1:${redis.port}/3`,
      edits: { 'conf.d/onetrip-lua.conf': [['prefix = "onetrip"', 'prefix = "shop"']] },
    })
    await visit(10)
    await redis.admin.select(3)
    await expect.poll(async () => total(await countedIn(redis.admin, 'shop'))).toBe(10)
  })

  test('Redis is reached by TLS if its certificate is trusted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onetrip-nginx-tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [certificate, key] = [join(folder, 'redis.crt'), join(folder, 'redis.key')]
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1']
    expect(spawnSync('openssl', [...request, '-keyout', key, '-out', certificate]).status).toBe(0)
    const port = await freePort()
    const tls = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate]
    const address = `rediss://:secret@127.0.0.1:${port}`
    await start((_request, response) => page(response, 'page'), { redis: address }, [
      '--tls-port',
      String(port),
      '--tls-auth-clients',
      'no',
      ...tls,
    ])
    await redis.admin.config('SET', 'requirepass', 'secret')
    await visit(10)
    await expect.poll(() => nginx.errors()).toMatch(/Redis does not take the counts.*certificate/)
    await nginx.stop()
    const trusted = [
      '# lua_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt',
      `lua_ssl_trusted_certificate ${certificate}`,
    ] as const
    nginx = await startNginx({
      app: app.port,
      redis: address,
      edits: { 'conf.d/onetrip-lua.conf': [trusted] },
    })
    await visit(10)
    await isCounted(10)
  })

  test('without the Lua module, nginx starts, and writes the log', async () => {
    await start((_request, response) => page(response, 'page'), { lua: false })
    await visit(20)
    const file = readNginxLog(join(nginx.folder, 'onetrip.log'))
    await expect.poll(async () => nginxReport(await file.totals()).requests).toBe(20)
    await file.close()
  })

  test('a buffered log has the same counts', async () => {
    const log = 'access_log onetrip.log onetrip buffer=64k flush=1s;'
    await start(
      ({ url }, response) => {
        if (url === '/gone') response.writeHead(503).end()
        else page(response, 'page')
      },
      { edits: { 'snippets/onetrip-count.conf': [['log_by_lua_block {', `${log}\nlog_by_lua_block {`]] } },
    )
    await visit(20)
    await visit(20, '/film/alien%22')
    await nginx.get('/gone')
    await isCounted(41)
    const [lua, file] = [readNginx(redis.url), readNginxLog(join(nginx.folder, 'onetrip.log'))]
    await expect.poll(async () => nginxReport(await file.totals()).requests).toBe(41)
    const [one, other] = [nginxReport(await lua.totals()), nginxReport(await file.totals())]
    const facts = ({ requests, failed, bytes, statuses, hitRatio }: NginxReport) => ({
      requests,
      failed,
      bytes,
      statuses,
      hitRatio,
    })
    expect(facts(other)).toEqual(facts(one))
    await Promise.all([lua.close(), file.close()])
  })
})

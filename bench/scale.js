/**
 * Measures the load of a site on Redis. Pages of 24 fragments of 2 KB, from 1 and from 10
 * connections (a process has one to each node), on one server and on a cluster of three: commands,
 * bytes and CPU of Redis for each page, beside what the model of docs/scaling.md says. Needs
 * redis-server and redis-cli. `npm run bench:scale`
 */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { redisStore } from 'onetrip/stores/redis'
import { freePort } from './harness/free-port.js'
import { OneTemplate } from './templates/one-template.js'

const PAGES = 2_000
const FRAGMENTS = 24
const POPULAR = 50
const TEXT = 'x'.repeat(2_000)
const TEMPLATE =
  '{% for n in list %}{% cache "card", page, n, ttl="1h", tags=["page:" ~ page] %}{{ text }}{% endcache %}{% endfor %}'
const list = Array.from({ length: FRAGMENTS }, (_, n) => n)

console.log(
  `${'nodes'.padEnd(7)}${'processes'.padStart(10)}${'connections'.padStart(13)}${'commands'.padStart(10)}${'KB out'.padStart(9)}${'model'.padStart(8)}${'KB in'.padStart(8)}${'model'.padStart(8)}${'us of Redis'.padStart(13)}${'bytes an entry'.padStart(16)}`,
)
for (const nodes of [1, 3]) {
  const servers = await start(nodes)
  for (const processes of [1, 10]) await measure(servers, processes)
  for (const { stop } of servers) stop()
}

async function measure(servers, processes) {
  const storeOptions =
    servers.length === 1
      ? { url: `redis://127.0.0.1:${servers[0].port}` }
      : { nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })) }
  const caches = Array.from({ length: processes }, () => {
    const environment = new nunjucks.Environment(new OneTemplate(TEMPLATE))
    const engine = nunjucksEngine({ environment })
    return new FragmentCache({ store: redisStore(storeOptions), engine, timeout: '5s', entries: { beta: 0 } })
  })
  const render = (n) => caches[n % processes].render('page', { list, page: n % POPULAR, text: TEXT })
  for (const cache of caches) while (!(await connected(cache))) await sleep(20)
  const emptyMemory = await sum(servers, 'memory', 'used_memory')
  for (let n = 0; n < POPULAR; n++) {
    await render(n)
    await caches[n % processes].settled()
  }
  const bytes = ((await sum(servers, 'memory', 'used_memory')) - emptyMemory) / (POPULAR * FRAGMENTS)
  const keys = (await Promise.all(servers.map(({ admin }) => admin.keys('*card*')))).flat()
  const key = keys[0]
  const entry = await servers[0].admin.strlen((await servers[0].admin.keys('*card*'))[0])

  const before = await counters(servers)
  let wrong = 0
  for (let n = 0; n < PAGES; n++) {
    const { fragments } = await render(n)
    if (fragments.some(({ state }) => state !== 'hit')) wrong++
  }
  const after = await counters(servers)
  if (wrong > 0) throw new Error(`${wrong} of ${PAGES} pages missed`)
  const [commands, out, into, cpu] = after.map((value, n) => (value - before[n]) / PAGES)
  const model = modelOf({ keys: FRAGMENTS + 1, key: key.length, entry, nodes: servers.length })
  console.log(
    String(servers.length).padEnd(7) +
      String(processes).padStart(10) +
      String(processes * servers.length).padStart(13) +
      commands.toFixed(2).padStart(10) +
      (out / 1024).toFixed(1).padStart(9) +
      (model.out / 1024).toFixed(1).padStart(8) +
      (into / 1024).toFixed(2).padStart(8) +
      (model.into / 1024).toFixed(2).padStart(8) +
      (cpu * 1e6).toFixed(0).padStart(13) +
      bytes.toFixed(0).padStart(16),
  )
  for (const cache of caches) await cache.close()
  for (const { admin } of servers) await admin.flushall()
}

/**
 * One MGET on one server; on a cluster a GET for each key. A text of n bytes is `$n`, two line ends
 * and itself.
 */
function modelOf({ keys, key, entry, nodes }) {
  const text = (length) => length + String(length).length + 5
  const into = nodes === 1 ? 20 + keys * text(key) : keys * (text(key) + 13)
  // All but the tag's version, which is a bare head.
  return { into, out: (nodes === 1 ? 5 : 0) + (keys - 1) * text(entry) + text(17) }
}

async function connected(cache) {
  const { fragments } = await cache.render('page', { list: [0], page: 'warm', text: 'x' })
  await cache.settled()
  return fragments[0].state === 'hit'
}

async function counters(servers) {
  return [
    await sum(servers, 'commandstats', /cmdstat_(?:mget|get):calls=(\d+)/g),
    await sum(servers, 'stats', 'total_net_output_bytes'),
    await sum(servers, 'stats', 'total_net_input_bytes'),
    (await sum(servers, 'cpu', 'used_cpu_user')) + (await sum(servers, 'cpu', 'used_cpu_sys')),
  ]
}

async function sum(servers, section, field) {
  const pattern = typeof field === 'string' ? new RegExp(`^${field}:([\\d.]+)`, 'gm') : field
  const infos = await Promise.all(servers.map(({ admin }) => admin.info(section)))
  return infos
    .flatMap((info) => [...info.matchAll(pattern)])
    .reduce((all, [, value]) => all + Number(value), 0)
}

async function start(count) {
  const servers = []
  for (let n = 0; n < count; n++) servers.push(await startOne(count > 1))
  if (count > 1) {
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
    const { status, stdout } = spawnSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'])
    if (status !== 0) throw new Error(`redis-cli --cluster create: ${stdout}`)
    while (!(await Promise.all(servers.map(isWhole))).every(Boolean)) await sleep(50)
  }
  return servers
}

async function isWhole({ admin }) {
  return /cluster_state:ok/.test(await admin.call('CLUSTER', 'INFO'))
}

async function startOne(inCluster) {
  let port = await freePort()
  // The port of the bus is 10,000 above.
  while (inCluster && port > 55_000) port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-scale-'))
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  const child = spawn('redis-server', [...args, ...(inCluster ? ['--cluster-enabled', 'yes'] : [])], {
    stdio: 'ignore',
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const admin = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 50, maxRetriesPerRequest: null })
  admin.on('error', () => {})
  await admin.ping()
  return {
    port,
    admin,
    stop() {
      process.off('exit', kill)
      admin.disconnect()
      kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

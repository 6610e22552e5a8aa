/**
 * Measures what compressed pages cost: the page of 24 hits on memoryStore, by a server process for
 * each way, under the same load in turn. Microseconds of the server's CPU a request: medians.
 * `npm run bench:compress [-- --quick]`
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import * as zlib from 'node:zlib'
import { median } from './harness/statistics.js'
import { table } from './harness/table.js'

const SERVER = fileURLToPath(new URL('compress/server.js', import.meta.url))
const QUICK = process.argv.includes('--quick')
const ROUNDS = QUICK ? 1 : 7
const REQUESTS = QUICK ? 50 : 500
const CONNECTIONS = 8
const ENCODINGS = ['gzip', 'br']
const WAYS = {
  Fastify: ['not compressed', '@fastify/compress', 'onetrip', 'onetrip, etag'],
  Express: ['not compressed', 'compression', 'onetrip', 'onetrip, etag'],
}
/** Pages that all visitors share, and pages that have a visitor's name in their layout. */
const LOADS = ['anonymous', 'each its own', '304']

for (const encoding of ENCODINGS) {
  for (const [framework, ways] of Object.entries(WAYS)) {
    const rows = await measure(framework, ways, encoding)
    console.log(`\n${framework}, ${encoding}: microseconds of CPU a request, bytes of the page\n`)
    console.log(table([['', ...LOADS, 'bytes'], ...rows]))
  }
}

async function measure(framework, ways, encoding) {
  const servers = await Promise.all(ways.map((way) => start(framework, way, encoding)))
  try {
    for (const server of servers) await warm(server, encoding)
    for (let round = -1; round < ROUNDS; round++) {
      for (const load of LOADS) {
        for (const server of servers) {
          const cost = await costOf(server, load, encoding)
          if (round >= 0 || QUICK) server.costs[load].push(cost)
        }
      }
    }
    return servers.map(({ way, costs, bytes }) => [
      way,
      ...LOADS.map((load) => {
        const cost = median(costs[load])
        return Number.isNaN(cost) ? '' : cost.toFixed(0)
      }),
      String(bytes),
    ])
  } finally {
    for (const server of servers) server.stop()
  }
}

async function start(framework, way, encoding) {
  const child = fork(SERVER, [framework, way, encoding], { env: { ...process.env, NODE_ENV: 'production' } })
  const [{ port }] = await once(child, 'message')
  return {
    way,
    port,
    agent: new Agent({ keepAlive: true, maxSockets: CONNECTIONS }),
    bytes: 0,
    tag: /** @type {string | undefined} */ (undefined),
    costs: Object.fromEntries(LOADS.map((load) => [load, /** @type {number[]} */ ([])])),
    async cpu() {
      child.send('cpu')
      const [{ cpu }] = await once(child, 'message')
      return cpu
    },
    stop() {
      this.agent.destroy()
      child.kill()
    },
  }
}

/** Fills the cache, and checks the pages. */
async function warm(server, encoding) {
  for (let n = 0; n < 5; n++) await get(server, '/page', encoding)
  const { body, headers } = await get(server, '/page', encoding)
  const isPlain = server.way === 'not compressed'
  if ((headers['content-encoding'] ?? '') !== (isPlain ? '' : encoding))
    throw new Error(`${server.way}: the page is not encoded as it should be`)
  const html = decode(body, headers['content-encoding']).toString()
  const visitor = await get(server, '/visitor?visitor=Ann', encoding)
  const named = decode(visitor.body, visitor.headers['content-encoding']).toString()
  if (!html.startsWith('<!doctype html>') || !named.includes('Signed in as Ann'))
    throw new Error('a wrong page')
  server.bytes = body.length
  server.tag = headers.etag
}

async function costOf(server, load, encoding) {
  if (load === '304' && !server.tag) return Number.NaN
  const before = await server.cpu()
  let asked = 0
  const visitors = Math.random()
  const visit = async () => {
    while (asked < REQUESTS) {
      const path = load === 'each its own' ? `/visitor?visitor=${visitors}-${asked++}` : '/page'
      if (load !== 'each its own') asked++
      const { status } = await get(server, path, encoding, load === '304' ? server.tag : undefined)
      if (status !== (load === '304' ? 304 : 200)) throw new Error(`${server.way}: status ${status}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, visit))
  return ((await server.cpu()) - before) / REQUESTS
}

/**
 * @typedef {{
 *   status: number | undefined
 *   headers: import('node:http').IncomingHttpHeaders
 *   body: Buffer
 * }} Answer
 */

/** @returns {Promise<Answer>} */
function get({ port, agent }, path, encoding, tag) {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': encoding, ...(tag ? { 'if-none-match': tag } : {}) }
    const sent = request({ port, path, agent, headers, host: '127.0.0.1' }, (response) => {
      /** @type {Buffer[]} */
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

function decode(body, encoding) {
  if (encoding === undefined) return body
  return encoding === 'gzip' ? zlib.gunzipSync(body) : zlib.brotliDecompressSync(body)
}

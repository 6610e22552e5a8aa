import { readFileSync } from 'node:fs'
import { mediansOf } from '../../bench/server/report.js'
import { withGeneratedPart } from '../generated-part.js'

const RESULTS = new URL('../../bench/results/server.json', import.meta.url)
const BEGIN = '<!-- npm run docs:server writes from here: figures of bench/results/server.json -->'

/** Returns the text of docs/server.md with the figures that were measured last. */
export function withSpeed(page) {
  return withGeneratedPart(page, BEGIN, serverSpeed())
}

function serverSpeed() {
  const { date, machine, rounds, startedIn, cases } = JSON.parse(readFileSync(RESULTS, 'utf8'))
  const rows = cases.map((one) => {
    const { perSecond, toRedis } = mediansOf(one, 'onetrip')
    const other = mediansOf(one, 'js-redis-server').toRedis
    return [one.title, one.pipeline, thousands(perSecond), ratio(toRedis), ratio(other)].flat()
  })
  return [
    `Measured on ${date} by \`npm run bench:server\`: redis-benchmark with 50 connections, medians of ${rounds} rounds in turn, on ${machine.cpu} with ${machine.cores} cores, Node ${machine.node} and Redis ${machine.redis}. "x Redis" is a multiple of what redis-server does in a second, and of the CPU that it takes for a request; js-redis-server is the other server in Node.`,
    '',
    '| command | at once | requests/s | x Redis | CPU, x Redis | js-redis-server: x Redis | CPU, x Redis |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `It listens ${startedIn.onetrip.toFixed(0)} ms after \`startServer()\` is called.`,
  ].join('\n')
}

function thousands(value) {
  return Math.round(value).toLocaleString('en')
}

function ratio({ perSecond, cpu }) {
  return [perSecond, cpu].map((value) => value.toFixed(value < 10 ? 2 : 0))
}

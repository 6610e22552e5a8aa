import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const CONNECTIONS = 50
const run = promisify(execFile)

/**
 * Sends requests by redis-benchmark.
 *
 * @param {number} port
 * @param {readonly string[]} request
 * @param {{ requests: number, pipeline: number, keys: number }} load how many requests, how many at
 *   once on each of 50 connections, and among how many keys
 * @returns {Promise<number>} requests per second
 * @throws {Error} if the server answers an error
 */
export async function load(port, request, { requests, pipeline, keys }) {
  const options = { p: port, n: requests, P: pipeline, c: CONNECTIONS, r: keys }
  const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)])
  const { stdout } = await run('redis-benchmark', [...args, '--csv', ...request])
  // A line of names, and one of values: the command, requests per second, latencies.
  const text = stdout.trim().split('\n').at(-1)?.split('","')[1]
  // It measures whole milliseconds, and writes inf where there was none.
  const rate = text === 'inf' ? requests * 1_000 : Number(text)
  if (!(rate > 0)) throw new Error(`redis-benchmark printed no rate:\n${stdout}`)
  return rate
}

import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

/**
 * Returns the path of the first program that is there.
 *
 * @param {...string} names
 */
export function programOf(...names) {
  for (const name of names) {
    const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  throw new Error(`${names.join(' or ')} is not on the PATH`)
}

/** Starts a real Redis that keeps nothing. @param {string} folder its working folder */
export async function startRedis(folder) {
  const port = await freePort()
  return start(programOf('redis-server'), 'Ready to accept connections', port, [
    ...['--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'],
  ])
}

/** Starts onetrip/server in a process of its own. @param {string} _folder */
export async function startOurs(_folder) {
  const port = await freePort()
  const program = fileURLToPath(new URL('our-server.js', import.meta.url))
  return start(process.execPath, 'ready', port, [program, String(port)])
}

/**
 * @param {string} program
 * @param {string} ready
 * @param {number} port
 * @param {string[]} args
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>}
 */
function start(program, ready, port, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', () => resolve(undefined)))
  return new Promise((resolve, reject) => {
    let printed = ''
    child.stdout.on('data', (chunk) => {
      if (printed.includes(ready)) return
      printed += chunk
      if (!printed.includes(ready)) return
      const stop = async () => {
        child.kill('SIGKILL')
        await ended
      }
      resolve({ port, stop })
    })
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${printed}`)))
  })
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

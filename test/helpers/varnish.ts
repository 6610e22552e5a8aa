import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { type Answer, type Ask, get } from './nginx.ts'
import { end, freePort, run } from './redis-server.ts'

const VCL = join(import.meta.dirname, '../../deploy/varnish/default.vcl')
const PROGRAM = '/usr/sbin/varnishd'

const HOW_TO_INSTALL =
  'no Varnish with xkey on this machine: on Debian, apt-get install varnish varnish-modules'

/**
 * `describe` for tests that need {@link startVarnish}. Without Varnish it skips them and says so;
 * with `ONETRIP_NO_SKIP=1` it throws.
 */
export function describeVarnish(name: string, fn: () => void): void {
  if (existsSync(PROGRAM)) {
    describe(name, fn)
    return
  }
  if (process.env.ONETRIP_NO_SKIP === '1') throw new Error(`${name} cannot run: ${HOW_TO_INSTALL}`)
  console.warn(`\n*** SKIPPED: "${name}": ${HOW_TO_INSTALL} ***\n`)
  describe.skip(name, fn)
}

export interface Varnish {
  readonly port: number
  get(path: string, ask?: Ask): Promise<Answer>
  stop(): Promise<void>
}

/** Starts Varnish with the file of deploy/varnish: the port of the application is replaced. */
export async function startVarnish(app: number): Promise<Varnish> {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-varnish-'))
  const file = join(folder, 'default.vcl')
  const vcl = readFileSync(VCL, 'utf8')
  if (!vcl.includes('.port = "3000"')) throw new Error(`${VCL} does not have the port 3000`)
  writeFileSync(file, vcl.replace('.port = "3000"', `.port = "${app}"`))
  const port = await freePort()
  // biome-ignore format: one setting a line
  const args = [
    '-F',
    '-j', 'none',
    '-n', join(folder, 'run'),
    '-a', `127.0.0.1:${port}`,
    '-T', 'none',
    '-s', 'malloc,64m',
    '-f', file,
  ]
  // Its child ends when it does.
  const child = await run(PROGRAM, args, 'Child starts')
  return {
    port,
    get: (path, ask) => get(port, path, ask),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await end(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'

/**
 * True if there is a C compiler, which builds the library that shifts a server's clock
 * (shifted-clock.c).
 */
export const canShift = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0

export interface ShiftedRedis {
  readonly server: RedisServer
  /** From now on its clock is off by so many milliseconds. */
  shift(ms: number): void
  stop(): Promise<void>
}

export async function startShiftedRedis(ms: number): Promise<ShiftedRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-clock-'))
  const library = join(folder, 'shifted-clock.so')
  const source = new URL('shifted-clock.c', import.meta.url).pathname
  const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source])
  if (status !== 0) throw new Error(`shifted-clock.c does not compile: ${stderr}`)
  const file = join(folder, 'offset')
  const shift = (offset: number) => writeFileSync(file, String(offset))
  shift(ms)
  // The helper starts the program with what is in our own environment.
  process.env.LD_PRELOAD = library
  process.env.CLOCK_OFFSET = file
  try {
    const server = await startRedis()
    const stop = async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
    return { server, shift, stop }
  } finally {
    delete process.env.LD_PRELOAD
    delete process.env.CLOCK_OFFSET
  }
}

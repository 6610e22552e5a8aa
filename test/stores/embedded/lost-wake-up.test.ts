import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { lmdbStore } from '../../../src/stores/lmdb/index.ts'
import { startProgram } from '../../helpers/child-process.ts'

const programOf = (name: string) => join(import.meta.dirname, name)
/** Bit of a lock of Linux: others wait for it. */
const WAITERS = 0x80000000

const folder = mkdtempSync(join(tmpdir(), 'onetrip-wake-up-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * The state that a process leaves which is killed between its wake-up and the lock, if another one
 * took and released the lock meanwhile: it is free, and those that wait are not woken.
 */
test.runIf(existsSync('/proc/self/task'))('lmdb: a process that nobody wakes takes a free lock', async () => {
  const path = join(folder, 'cache')
  const holder = startProgram(process.execPath, [programOf('holder.js'), path])
  await once(holder.stdout, 'data')
  const writer = startProgram(process.execPath, [programOf('writer.js'), 'lmdb', path])
  let batches = 0
  writer.stdout.on('data', (told: Buffer) => {
    batches += told.length
  })

  const locks = join(path, 'lock.mdb')
  const word = Buffer.alloc(4)
  word.writeUInt32LE(WAITERS + (holder.pid as number))
  let at = -1
  await expect.poll(() => (at = readFileSync(locks).indexOf(word))).toBeGreaterThan(0)
  const file = openSync(locks, 'r+')
  writeSync(file, Buffer.alloc(4), 0, 4, at)
  closeSync(file)
  holder.kill('SIGKILL')

  await expect.poll(() => batches).toBeGreaterThan(3)
  writer.kill('SIGKILL')
  await once(writer, 'exit')
})

test.runIf(process.platform !== 'win32')('lmdb: its thread ends with the last store', async () => {
  const running = () => {
    const { workers } = process.report.getReport() as unknown as { workers: object[] }
    return [workers.length, process.listenerCount('SIGURG')]
  }
  const before = running()
  const during = before.map((count) => count + 1)
  for (let round = 0; round < 2; round++) {
    const [first, second] = ['first', 'second'].map((name) => lmdbStore({ path: join(folder, name) }))
    await expect.poll(running).toEqual(during)
    await first?.close()
    expect(running()).toEqual(during)
    await second?.close()
    await second?.close()
    await expect.poll(running).toEqual(before)
  }

  writeFileSync(join(folder, 'file'), '')
  expect(() => lmdbStore({ path: join(folder, 'file', 'cache') })).toThrow('LMDB cannot open')
  await expect.poll(running).toEqual(before)
})

test('lmdb: a process that may not start threads opens its file', async () => {
  const isStable = process.allowedNodeEnvironmentFlags.has('--permission')
  const program = startProgram(process.execPath, [
    isStable ? '--permission' : '--experimental-permission',
    ...['--allow-addons', '--allow-fs-read=*', '--allow-fs-write=*'],
    ...[programOf('writer.js'), 'lmdb', join(folder, 'permitted')],
  ])
  await once(program.stdout, 'data')
  program.kill('SIGKILL')
  await once(program, 'exit')
})

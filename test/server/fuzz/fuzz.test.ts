import type { ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { expect, onTestFailed, onTestFinished, test } from 'vitest'
import { startModule } from '../../helpers/child-process.ts'
import { random } from '../helpers/random.ts'
import { connectRaw } from '../helpers/raw-client.ts'
import { readReply } from '../helpers/read-reply.ts'
import { inputOf } from './inputs.ts'

/** Inputs on one connection. After a damaged one the rest may be a part of it. */
const INPUTS = 20
/** 20,000 inputs, unless the environment says otherwise. */
const TOTAL = Number(process.env.ONETRIP_FUZZ_INPUTS ?? 20_000)
/** Connections after which the memory is looked at, and the keys are removed. */
const ROUND = 200
const FIRST_SEED =
  process.env.ONETRIP_SEED === 'random'
    ? Math.floor(Math.random() * 2 ** 30)
    : Number(process.env.ONETRIP_SEED ?? 1)
/** Of the process, in bytes: 64 MB of keys, 512 MB of Lua, and what Node.js needs. */
const MAX_MEMORY = 1_100 * 1024 * 1024

test(`${TOTAL} random and damaged inputs from seed ${FIRST_SEED} on: it answers, and its memory is bounded`, async () => {
  const child = startModule(new URL('server-process.js', import.meta.url), [])
  onTestFinished(() => void child.kill('SIGKILL'))
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  const port = await new Promise<number>((resolve) =>
    child.once('message', (port) => resolve(port as number)),
  )
  let seed = FIRST_SEED
  onTestFailed(() => console.error(`the last seed was ${seed}`))
  let admin = await connectRaw(port)
  const commands = readReply(await admin.send('COMMAND', 'LIST')) as string[]
  for (let n = 0; n < TOTAL / INPUTS; n++, seed++) {
    await sendInputs(port, seed, commands)
    expect(ended, `seed ${seed}: the server has ended`).toBe(false)
    // A request of another client may have broken the connection: RESET does not.
    expect(await admin.send('ECHO', seed), `seed ${seed}`).toBe(`$${String(seed).length}\r\n${seed}\r\n`)
    if (n % ROUND !== ROUND - 1) continue
    expect(await memoryOf(port), `after seed ${seed}`).toBeLessThan(MAX_MEMORY)
    await admin.send('FLUSHALL')
    admin.close()
    admin = await connectRaw(port)
  }
  await expectNoLeak(child, port)
})

/** Sends inputs on a connection of their own, and waits until the server has taken them. */
function sendInputs(port: number, seed: number, commands: readonly string[]): Promise<void> {
  const next = random(seed)
  const inputs = Array.from({ length: INPUTS }, () => inputOf(next, commands))
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    // Replies are read and dropped: a client that does not read is another test.
    socket.resume()
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // The server closes connections after protocol errors, while the rest is on its way.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.once('close', () => resolve())
    for (const input of inputs) socket.write(input, 'latin1')
    // What was received is answered before the server sees the end.
    socket.end()
  })
}

async function memoryOf(port: number): Promise<number> {
  const client = await connectRaw(port)
  const info = await client.send('INFO', 'memory')
  client.close()
  return Number(/used_memory_rss:(\d+)/.exec(info)?.[1])
}

/** All connections are gone, and no client waits. */
async function expectNoLeak(child: ChildProcess, port: number): Promise<void> {
  const client = await connectRaw(port)
  await expect.poll(() => client.send('INFO', 'clients')).toMatch(/connected_clients:[12]\r\n/)
  expect(await client.send('INFO', 'clients')).toContain('blocked_clients:0\r\n')
  client.close()
  expect(child.exitCode).toBeNull()
}

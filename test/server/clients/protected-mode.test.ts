import { networkInterfaces } from 'node:os'
import { type ServerOptions, startServer } from 'onetrip/server'
import { expect, onTestFinished, test } from 'vitest'
import { connectRaw, type RawClient } from '../helpers/raw-client.ts'

/** An address of this machine that is not of its loopback. */
const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

/** Connects to a server as another machine does. */
async function connect(options: ServerOptions): Promise<RawClient> {
  const server = await startServer({ host: '0.0.0.0', ...options })
  const client = await connectRaw(server.port, address)
  onTestFinished(async () => {
    client.close()
    await server.close()
  })
  return client
}

test.skipIf(!address)('another machine is refused, and told what to do', async () => {
  const log: string[] = []
  const client = await connect({ log: (line) => log.push(line) })
  await client.closed
  expect(client.unread).toEqual([
    expect.stringMatching(/^-DENIED protected mode: .*--password.*protected-mode=no.*\r\n$/),
  ])
  expect(log).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+\.\d+:\d+ refused: DENIED protected mode: /)])
})

test.skipIf(!address)('another machine is let in with a password', async () => {
  const client = await connect({ password: 'secret' })
  expect(await client.send('AUTH', 'secret')).toBe('+OK\r\n')
  expect(await client.send('PING')).toBe('+PONG\r\n')
})

test.skipIf(!address)('another machine is let in without protected mode', async () => {
  const client = await connect({ config: { 'protected-mode': 'no' } })
  expect(await client.send('PING')).toBe('+PONG\r\n')
})

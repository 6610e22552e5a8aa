import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterEach, describe, expect, test } from 'vitest'
import { survivesSurplusReplies } from '../../src/redis/surplus-replies.ts'

/** A server that sends more than one reply to a GET, as a damaged reply does. */
let server: Server | undefined
afterEach(() => {
  server?.close()
})

async function answering(surplus: string): Promise<number> {
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const text = bytes.toString().toLowerCase()
      const commands = text.split('\r\n').filter((line) => line.startsWith('*')).length
      socket.write(text.includes('\r\nget\r\n') ? `$1\r\nx\r\n${surplus}` : '+OK\r\n'.repeat(commands))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

describe.each([
  ['6', Redis6],
  ['5', Redis5 as unknown as typeof Redis6],
])('ioredis %s survives replies to no command', (_, Redis) => {
  const connect = async (port: number) => {
    const client = new Redis({
      port,
      host: '127.0.0.1',
      enableReadyCheck: false,
      disableClientInfo: true,
      reconnectOnError: () => 2,
      ...({ protocol: 2 } as object),
    })
    const errors: string[] = []
    client.on('error', (error) => errors.push(error.message))
    await once(client, 'ready')
    return { client, errors }
  }

  test.each([
    ['nulls', '$-1\r\n$-1\r\n', 2],
    ['an error, and then a null', '-ERR nobody asked\r\n$-1\r\n', 2],
    ['a text', '+text\r\n', 1],
  ])('%s', async (_, surplus, count) => {
    const { client, errors } = await connect(await answering(surplus))
    let told = 0
    const end = survivesSurplusReplies(client as never, () => told++)
    expect(await client.get('a')).toBe('x')
    await expect.poll(() => told).toBe(count)
    expect(errors).toEqual(Array(count).fill('The server sent a reply that belongs to no command'))
    end()
    client.disconnect()
  })

  test('commands under way fail when the connection is lost, without a report', async () => {
    const { client, errors } = await connect(await answering(''))
    let told = 0
    survivesSurplusReplies(client as never, () => told++)
    server?.removeAllListeners('connection')
    const waiting = client.get('a').catch((error: Error) => error)
    client.disconnect()
    expect(String(await waiting)).toMatch(/x|closed/)
    await expect.poll(() => client.status).toBe('end')
    expect([told, errors]).toEqual([0, []])
  })

  test('a queue is guarded once, and restored after that', async () => {
    const { client } = await connect(await answering(''))
    const { commandQueue: queue } = client as unknown as { commandQueue: { shift(): unknown } }
    const ends = [1, 2, 3].map(() => survivesSurplusReplies(client as never, () => {}))
    expect(Object.hasOwn(queue, 'shift')).toBe(true)
    for (const end of ends) end()
    expect(Object.hasOwn(queue, 'shift')).toBe(false)
    expect(client.listenerCount('connect')).toBe(0)
    client.disconnect()
  })
})

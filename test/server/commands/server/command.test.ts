import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { type ReplyValue, readReply } from '../../helpers/read-reply.ts'

/** A command as COMMAND answers it. */
type Details = [string, number, string[], number, number, number, string[], string[], unknown[], Details[]]

function byName(commands: readonly Details[], found = new Map<string, Details>()): Map<string, Details> {
  for (const command of commands) {
    found.set(command[0], command)
    byName(command[9], found)
  }
  return found
}

describeRedis('COMMAND, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())

  test('arity, flags and keys of every command are those of Redis', async () => {
    const { ours, redis } = await both.connect()
    const [mine, theirs] = await Promise.all(
      [ours, redis].map(async (one) => byName(readReply(await one.send('COMMAND')) as Details[])),
    )
    const shown = ([name, arity, flags, first, last, step]: Details) =>
      `${name} ${arity} ${[...flags].sort().join(' ')} ${first} ${last} ${step}`
    const different = [...(mine as Map<string, Details>).values()].filter((command) => {
      const real = theirs?.get(command[0])
      return !real || shown(real) !== shown(command)
    })
    expect(mine?.size).toBeGreaterThan(200)
    expect(different.map(shown)).toEqual([])
  })

  test('INFO has the details of a command, and nil for one that does not exist', async () => {
    const { ours, redis } = await both.connect()
    const [mine, theirs] = (await Promise.all(
      [ours, redis].map(async (one) =>
        readReply(await one.send('COMMAND', 'INFO', 'get', 'elephant', 'ZADD', 'config|get')),
      ),
    )) as [ReplyValue[], ReplyValue[]]
    expect(mine[1]).toBeNull()
    const get = mine[0] as Details
    expect(get.slice(0, 7)).toEqual((theirs[0] as Details).slice(0, 7))
    expect((mine[3] as Details)[0]).toBe('config|get')
  })

  test.each([
    [['GETKEYS', 'MSET', 'a', '1', 'b', '2']],
    [['GETKEYS', 'ZUNION', '2', 'a', 'b']],
    [['GETKEYS', 'XREAD', 'COUNT', '1', 'STREAMS', 'a', 'b', '0', '0']],
    [['GETKEYS', 'MEMORY', 'USAGE', 'a']],
    [['GETKEYS', 'PING', 'a']],
    [['GETKEYS', 'ELEPHANT', 'a']],
    [['GETKEYS', 'GET', 'a', 'b']],
    [['GETKEYS', 'GET']],
    [['INFO', 'elephant']],
    [['LIST', 'FILTERBY', 'MODULE', 'x']],
    [['LIST', 'FILTERBY', 'ELEPHANT', 'x']],
    [['LIST', 'x']],
    [['DOCS', 'elephant']],
    [['ELEPHANT']],
    [['HELP']],
  ])('COMMAND %j', async (args) => {
    const client = await both.connect()
    await client.send('COMMAND', ...args)
  })

  test('LIST FILTERBY PATTERN finds commands and subcommands', async () => {
    const client = await both.connect()
    await client.sendUnordered('COMMAND', 'LIST', 'FILTERBY', 'PATTERN', 'XI*')
    await client.sendUnordered('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'hash')
  })

  test('DOCS has a summary, a version and a group for every command, with subcommands', async () => {
    const { ours } = await both.connect(3)
    const docs = JSON.stringify(readReply(await ours.send('COMMAND', 'DOCS', 'config', 'get')))
    expect(docs).toContain('"subcommands",["config|get",["summary",')
    expect(docs).toContain(
      '"get",["summary","Returns the string of a key.","since","1.0.0","group","string"]',
    )
  })
})

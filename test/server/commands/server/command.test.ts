import { afterAll, beforeAll, expect, test } from 'vitest'
import { MISSING_COMMANDS } from '../../../../src/server/commands/missing-commands.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { type ReplyValue, readReply } from '../../helpers/read-reply.ts'

/** A command as COMMAND answers it. */
type Details = [string, number, string[], number, number, number, string[], string[], KeySpecs, Details[]]
/** Names and values in turns. */
type KeySpecs = readonly (readonly unknown[])[]

function byName(commands: readonly Details[], found = new Map<string, Details>()): Map<string, Details> {
  for (const command of commands) {
    found.set(command[0], command)
    byName(command[9], found)
  }
  return found
}

/** Everything but subcommands, and the notes that explain flags of keys in words. */
function shown([name, arity, flags, first, last, step, categories, tips, keys]: Details): string {
  const specs = keys.map((spec) => (spec[0] === 'notes' ? spec.slice(2) : spec))
  return JSON.stringify([
    [name, arity, [...flags].sort(), first, last, step, [...categories].sort()],
    [tips, specs],
  ])
}

describeRedis('COMMAND, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())

  test.each([2, 3] as const)('every command is described as by Redis in RESP%i', async (version) => {
    const { ours, redis } = await both.connect(version)
    const [mine, theirs] = await Promise.all(
      [ours, redis].map(async (one) => byName(readReply(await one.send('COMMAND')) as Details[])),
    )
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
    [['GETKEYS', 'BLPOP', 'a', 'b', '0']],
    [['GETKEYS', 'SORT', 'a', 'BY', 'x*', 'LIMIT', '0', '1', 'STORE', 'd']],
    [['GETKEYS', 'SORT_RO', 'a', 'GET', 'x*']],
    [['GETKEYS', 'EVAL', 'x', '0', 'a']],
    [['GETKEYS', 'EVAL', 'x', '2', 'a']],
    [['GETKEYS', 'LMPOP', '3', 'a', 'b']],
    [['GETKEYS', 'XREAD', 'COUNT', '1', 'STREAMS', 'a', 'b', '0']],
    [['GETKEYS', 'XREAD', 'COUNT', '1', 'STREAMS']],
    [['GETKEYS', 'XREAD', 'COUNT', '1', 'STREAM', 'a']],
    [['GETKEYS', 'SPUBLISH', 'a', 'b']],
    [['GETKEYSANDFLAGS', 'SET', 'a', 'get']],
    [['GETKEYSANDFLAGS', 'SET', 'a', 'b', 'EX', '5', 'get']],
    [['GETKEYSANDFLAGS', 'BITFIELD', 'a', 'OVERFLOW', 'SAT', 'GET', 'u8', '0']],
    [['GETKEYSANDFLAGS', 'BITFIELD', 'a', 'GET', 'u8', '0', 'INCRBY', 'u8', '0', '1']],
    [['GETKEYSANDFLAGS', 'BITFIELD', 'a', 'GET', 'u8']],
    [['GETKEYSANDFLAGS', 'RENAMENX', 'a', 'b']],
    [['GETKEYSANDFLAGS', 'ZUNIONSTORE', 'd', '2', 'a', 'b']],
    [['GETKEYSANDFLAGS', 'ZUNIONSTORE', 'd', '0', 'a']],
    [['GETKEYSANDFLAGS', 'DEL', 'a', 'a']],
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

  test('LIST has all names of Redis, but for what an error says to be missing', async () => {
    const { ours, redis } = await both.connect()
    const [mine, theirs] = (await Promise.all(
      [ours, redis].map(async (one) => readReply(await one.send('COMMAND', 'LIST')) as string[]),
    )) as [string[], string[]]
    const missing = theirs.filter((name) => !mine.includes(name))
    expect(missing).toEqual(expect.arrayContaining([...MISSING_COMMANDS]))
    expect(missing.length).toBe(theirs.length - mine.length)
    // Of a container only the administration of a cluster is missing.
    for (const name of missing.filter((name) => !name.startsWith('cluster|')))
      expect(await ours.send(name)).toContain(
        `unknown command '${name}', with args beginning with: . Redis has it, this small server has not`,
      )
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

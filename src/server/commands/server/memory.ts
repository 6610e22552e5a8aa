import { CommandError, NOT_AN_INTEGER, SYNTAX_ERROR } from '../../command-error.ts'
import { bytesOf } from '../../data/entry.ts'
import { readInteger } from '../../data/numbers.ts'
import { bulk, integer, OK } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { helpSubcommand } from '../help-reply.ts'

const usage: Handler = ({ database, form }, args) => {
  for (let n = 3; n < args.length; n += 2) {
    if ((args[n] as string).toLowerCase() !== 'samples' || n + 1 >= args.length) throw SYNTAX_ERROR
    const samples = readInteger(args[n + 1] as string)
    if (samples === undefined) throw NOT_AN_INTEGER
    if (samples < 0) throw SYNTAX_ERROR
  }
  const key = args[2] as string
  const entry = database.inspect(key)
  return entry ? integer(bytesOf(key, entry)) : form.nil
}

const stats: Handler = ({ form, instance }) => {
  const keys = instance.databases.reduce((sum, database) => sum + database.size, 0)
  const { memory, peakMemory } = instance.stats
  const { heapUsed, rss } = process.memoryUsage()
  const peak = Math.max(peakMemory, memory)
  const counts: [string, number][] = [
    ['peak.allocated', peak],
    ['total.allocated', memory],
    ['startup.allocated', 0],
    ['keys.count', keys],
    ['keys.bytes-per-key', keys > 0 ? Math.floor(memory / keys) : 0],
    ['dataset.bytes', memory],
    ['allocator.allocated', heapUsed],
    ['allocator.resident', rss],
  ]
  let reply = form.mapHeader(counts.length + 1)
  for (const [name, value] of counts) reply += bulk(name) + integer(value)
  return `${reply}${bulk('peak.percentage')}${form.double(peak > 0 ? (memory / peak) * 100 : 0)}`
}

const doctor: Handler = ({ form }) =>
  form.verbatim('Sizes are estimates here: MEMORY USAGE has that of a key, INFO memory that of all.\n', 'txt')

const mallocStats: Handler = () => {
  throw new CommandError('ERR there is no allocator to ask: the memory of this server is that of Node.js')
}

export const memory: GroupedDefinition = {
  name: 'memory',
  arity: -2,
  flags: '',
  since: '4.0.0',
  summary: 'Estimates of memory.',
  subcommands: [
    {
      name: 'usage',
      arity: -3,
      flags: 'readonly',
      keys: 'RO 2',
      since: '4.0.0',
      summary: 'Returns the estimated memory of a key.',
      handler: usage,
    },
    {
      name: 'stats',
      arity: 2,
      flags: '',
      tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
      since: '4.0.0',
      summary: 'Returns the estimated memory of all keys.',
      handler: stats,
    },
    {
      name: 'doctor',
      arity: 2,
      flags: '',
      tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
      since: '4.0.0',
      summary: 'Says where estimates of memory are found.',
      handler: doctor,
    },
    {
      name: 'malloc-stats',
      arity: 2,
      flags: '',
      tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
      since: '4.0.0',
      summary: 'Answers an error: the memory is that of Node.js.',
      handler: mallocStats,
    },
    {
      name: 'purge',
      arity: 2,
      flags: '',
      tips: 'request_policy:all_shards response_policy:all_succeeded',
      since: '4.0.0',
      summary: 'Does nothing.',
      handler: () => OK,
    },
    helpSubcommand('memory', '4.0.0', [
      'DOCTOR',
      '    Return memory problems reports.',
      'MALLOC-STATS',
      '    Return internal statistics report from the memory allocator.',
      'PURGE',
      '    Attempt to purge dirty pages for reclamation by the allocator.',
      'STATS',
      '    Return information about the memory usage of the server.',
      'USAGE <key> [SAMPLES <count>]',
      '    Return memory in bytes used by <key> and its value. Nested values are',
      '    sampled up to <count> times (default: 5, 0 means sample all).',
    ]),
  ],
}

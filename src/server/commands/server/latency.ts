import { CommandError } from '../../command-error.ts'
import { bulk, EMPTY_ARRAY, integer, ZERO } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import type { TableCommand } from '../command-info.ts'
import { helpSubcommand } from '../help-reply.ts'

const DOCTOR =
  "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance: this server " +
  'records no events. SLOWLOG and LATENCY HISTOGRAM show how long commands took.\n'

const histogram: Handler = ({ form, instance }, args) => {
  const { all } = instance.commands
  const asked =
    args.length > 2 ? args.slice(2).map((name) => instance.commands.find(name)) : [...all.values()]
  const called = new Set<TableCommand>()
  for (const command of asked)
    for (const one of command ? [command, ...command.subcommandsByName.values()] : [])
      if (one.stats.calls > 0) called.add(one)
  let reply = form.mapHeader(called.size)
  for (const command of called) reply += bulk(command.fullName) + encodeCalls(form, command)
  return reply
}

function encodeCalls(form: ReplyForm, { stats }: TableCommand): string {
  const steps = stats.histogram()
  let reply = form.mapHeader(2) + bulk('calls') + integer(stats.calls)
  reply += bulk('histogram_usec') + form.mapHeader(steps.length)
  for (const { micros, calls } of steps) reply += integer(Math.floor(micros)) + integer(calls)
  return reply
}

const graph: Handler = (_, args) => {
  throw new CommandError(`ERR No samples available for event '${args[2]}'`)
}

const ADMIN = 'admin noscript loading stale'

export const latency: GroupedDefinition = {
  name: 'latency',
  arity: -2,
  flags: '',
  since: '2.8.13',
  summary: 'Latencies of commands. Events are not recorded.',
  subcommands: [
    {
      name: 'histogram',
      arity: -2,
      flags: ADMIN,
      tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
      since: '7.0.0',
      summary: 'Returns how many calls of commands took at most how long.',
      handler: histogram,
    },
    {
      name: 'doctor',
      arity: 2,
      flags: ADMIN,
      tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
      since: '2.8.13',
      summary: 'Answers that no events are recorded.',
      handler: ({ form }) => form.verbatim(DOCTOR, 'txt'),
    },
    {
      name: 'graph',
      arity: 3,
      flags: ADMIN,
      tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
      since: '2.8.13',
      summary: 'Answers an error: no events are recorded.',
      handler: graph,
    },
    {
      name: 'history',
      arity: 3,
      flags: ADMIN,
      tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
      since: '2.8.13',
      summary: 'Answers no events.',
      handler: () => EMPTY_ARRAY,
    },
    {
      name: 'latest',
      arity: 2,
      flags: ADMIN,
      tips: 'nondeterministic_output request_policy:all_nodes response_policy:special',
      since: '2.8.13',
      summary: 'Answers no events.',
      handler: () => EMPTY_ARRAY,
    },
    {
      name: 'reset',
      arity: -2,
      flags: ADMIN,
      tips: 'request_policy:all_nodes response_policy:all_succeeded',
      since: '2.8.13',
      summary: 'Answers 0, the number of kinds of events that were forgotten.',
      handler: () => ZERO,
    },
    helpSubcommand('latency', '2.8.13', [
      'DOCTOR',
      '    Return a human readable latency analysis report.',
      'GRAPH <event>',
      '    Return an ASCII latency graph for the <event> class.',
      'HISTORY <event>',
      '    Return time-latency samples for the <event> class.',
      'LATEST',
      '    Return the latest latency samples for all events.',
      'RESET [<event> ...]',
      '    Reset latency data of one or more <event> classes.',
      '    (default: reset all data for all event classes)',
      'HISTOGRAM [COMMAND ...]',
      '    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.',
      '    If no commands are specified then all histograms are replied.',
    ]),
  ],
}

import { bulk, simple } from '../../protocol/reply.ts'
import { defineGroup, type Handler } from '../command.ts'

const ping: Handler = (_session, args) => (args.length > 1 ? bulk(args[1] as string) : simple('PONG'))

const echo: Handler = (_session, args) => bulk(args[1] as string)

export const connectionCommands = defineGroup('connection', [
  {
    name: 'ping',
    arity: -1,
    flags: 'fast',
    since: '1.0.0',
    summary: 'Answers PONG, or its argument.',
    handler: ping,
  },
  { name: 'echo', arity: 2, flags: 'fast', since: '1.0.0', summary: 'Answers its argument.', handler: echo },
])

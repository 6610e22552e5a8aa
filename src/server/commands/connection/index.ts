import { defineGroup } from '../command.ts'
import { auth } from './auth.ts'
import { client } from './client.ts'
import { hello } from './hello.ts'
import { echo, ping } from './ping.ts'
import { quit, reset, select } from './session-commands.ts'

const SESSION = 'noscript loading stale fast no_auth allow_busy'

export const connectionCommands = defineGroup('connection', [
  {
    name: 'auth',
    arity: -2,
    flags: SESSION,
    since: '1.0.0',
    summary: 'Lets the client in by a password.',
    handler: auth,
  },
  {
    name: 'hello',
    arity: -1,
    flags: SESSION,
    since: '6.0.0',
    summary: 'Chooses the version of the protocol, and describes the server.',
    handler: hello,
  },
  {
    name: 'ping',
    arity: -1,
    flags: 'fast',
    tips: 'request_policy:all_shards response_policy:all_succeeded',
    since: '1.0.0',
    summary: 'Answers PONG, or its argument.',
    handler: ping,
  },
  {
    name: 'echo',
    arity: 2,
    flags: 'loading stale fast',
    since: '1.0.0',
    summary: 'Answers its argument.',
    handler: echo,
  },
  {
    name: 'select',
    arity: 2,
    flags: 'loading stale fast',
    since: '1.0.0',
    summary: 'Selects the database of the connection.',
    handler: select,
  },
  {
    name: 'quit',
    arity: -1,
    flags: SESSION,
    since: '1.0.0',
    summary: 'Closes the connection.',
    handler: quit,
  },
  {
    name: 'reset',
    arity: 1,
    flags: SESSION,
    since: '6.2.0',
    summary: 'Makes the connection as it was when it began.',
    handler: reset,
  },
  client,
])

import { bulk, OK } from '../../protocol/reply.ts'
import { defineGroup, type Handler } from '../command.ts'

const get: Handler = ({ database, form }, args) => {
  const value = database.readString(args[1] as string)
  return value === undefined ? form.nil : bulk(value)
}

/** Only the shortest form: the options are to come. */
const set: Handler = ({ database }, args) => {
  const key = args[1] as string
  database.set(key, args[2] as string)
  database.changed(key, '$', 'set')
  return OK
}

export const stringCommands = defineGroup('string', [
  {
    name: 'get',
    arity: 2,
    flags: 'readonly fast',
    keys: [1, 1, 1],
    since: '1.0.0',
    summary: 'Returns the string of a key.',
    handler: get,
  },
  {
    name: 'set',
    arity: -3,
    flags: 'write denyoom',
    keys: [1, 1, 1],
    since: '1.0.0',
    summary: 'Sets the string of a key.',
    handler: set,
  },
])

import { NOT_AN_INTEGER } from '../../command-error.ts'
import { readInteger } from '../../data/numbers.ts'
import { REDIS_VERSION } from '../../redis-version.ts'
import type { GroupedDefinition, Handler } from '../command.ts'

const answer: Handler = ({ form }, args) => {
  if (args[1]?.toLowerCase() === 'version' && readInteger(args[2] ?? '') === undefined) throw NOT_AN_INTEGER
  return form.verbatim(`Redis ver. ${REDIS_VERSION}\n`, 'txt')
}

export const lolwut: GroupedDefinition = {
  name: 'lolwut',
  arity: -1,
  flags: 'readonly fast',
  since: '5.0.0',
  summary: 'Returns the version, without art.',
  handler: answer,
}

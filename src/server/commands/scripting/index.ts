import { defineGroup, type GroupedDefinition, type Handler } from '../command.ts'
import { evalHash, evalHashReadOnly, evalText, evalTextReadOnly } from './eval.ts'
import { fcall, fcallReadOnly } from './fcall.ts'
import { functionCommand } from './function.ts'
import { scriptCommand } from './script.ts'

const FLAGS = 'noscript stale skip_monitor no_mandatory_keys movablekeys'

export const scriptingCommands = defineGroup('scripting', [
  running('eval', FLAGS, '2.6.0', 'Runs a script of Lua.', evalText),
  running('eval_ro', `readonly ${FLAGS}`, '7.0.0', 'Runs a script that may only read.', evalTextReadOnly),
  running('evalsha', FLAGS, '2.6.0', 'Runs a script by its SHA-1.', evalHash),
  running(
    'evalsha_ro',
    `readonly ${FLAGS}`,
    '7.0.0',
    'Runs a script that may only read, by its SHA-1.',
    evalHashReadOnly,
  ),
  running('fcall', FLAGS, '7.0.0', 'Calls a function of a library.', fcall),
  running('fcall_ro', `readonly ${FLAGS}`, '7.0.0', 'Calls a function that may only read.', fcallReadOnly),
  functionCommand,
  scriptCommand,
])

function running(
  name: string,
  flags: string,
  since: string,
  summary: string,
  handler: Handler,
): GroupedDefinition {
  const keys = flags.startsWith('readonly') ? 'RO access numkeys 2' : 'RW access update numkeys 2'
  return { name, arity: -3, flags, keys, since, summary, handler }
}

import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { scriptText } from '../../redis/script-text.ts'
import { checkLength, checkOptions } from '../containers/arguments.ts'
import type { KitContext } from '../kit-context.ts'
import { checkOneSlot } from '../one-slot.ts'

/** An argument of a script. Numbers become text. */
export type ScriptArgument = string | number | bigint | Uint8Array

/** Options of `kit.script`. */
export interface ScriptOptions<Key extends string, Args extends readonly unknown[], Reply> {
  /**
   * Names of the keys, in the order of `KEYS`.
   *
   * @defaultValue none
   */
  readonly keys?: readonly Key[] | undefined
  /**
   * Returns `ARGV` for the arguments of a call.
   *
   * @defaultValue the arguments as they are
   */
  readonly encode?: ((...args: Args) => readonly ScriptArgument[]) | undefined
  /**
   * Converts the reply, in which each string is a Buffer.
   *
   * @defaultValue the reply as it is
   */
  readonly read?: ((reply: unknown) => Reply) | undefined
}

/** Runs a script. `keys` are names by the names of the keys; the prefix is added to each. */
export type Script<Key extends string, Args extends readonly unknown[], Reply> = (
  keys: Readonly<Record<Key, string>>,
  ...args: Args
) => Promise<Reply>

/** Makes a function of a Lua script. @throws OptionError */
export function defineScript<Key extends string, Args extends readonly unknown[], Reply>(
  context: KitContext,
  text: string,
  options: ScriptOptions<Key, Args, Reply>,
): Script<Key, Args, Reply> {
  if (typeof text !== 'string' || text.trim() === '')
    throw new OptionError(`script: the text must be a string that is not empty; got ${show(text)}`)
  checkOptions('script', options, ['keys', 'encode', 'read'])
  const { keys: names = [], encode, read = (reply: unknown) => reply as Reply } = options
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
    throw new OptionError(`The option keys must be an array of names, not ${show(names)}.`)
  for (const [option, fn] of Object.entries({ encode, read }))
    if (fn !== undefined && typeof fn !== 'function')
      throw new OptionError(`The option ${option} must be a function, not ${show(fn)}.`)
  const script = scriptText(text)
  const { batch, commands, client, prefix } = context
  return (keys, ...args) => {
    let sent: Promise<Reply>
    try {
      const all = names.map((name) => prefix + keyOf(keys, name))
      checkOneSlot(client, 'The script', all)
      const values = encode === undefined ? args : encode(...args)
      sent = commands.runBuffer(script, all, checkLength(values.map(argumentOf))).then(read)
    } catch (error) {
      batch?.spoil(error)
      sent = Promise.reject(error)
    }
    return batch ? batch.deliver(sent) : sent
  }
}

function keyOf(keys: Readonly<Record<string, unknown>>, name: string): string {
  const key = keys?.[name]
  if (typeof key === 'string' && key !== '') return key
  throw new OptionError(`script: the key ${name} must be a string that is not empty; got ${show(key)}`)
}

function argumentOf(value: unknown): string | Buffer {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  throw new OptionError(`An argument of a script must be a string, a number or bytes; got ${show(value)}`)
}

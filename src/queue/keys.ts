import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'

/** Name of the consumer group of the streams of waiting tasks. */
export const GROUP = 'workers'

/**
 * Suffixes of the streams that workers read, in the order in which they read them. `wake` carries
 * no tasks: an entry in it ends the blocking read of one worker. `returned` holds the tasks of
 * workers that died or closed, which were first in the queue already.
 */
export const STREAMS = ['returned', 'high', 'normal', 'low'] as const

/** Priority of a task. Workers take a task of a lower one only if none of a higher one waits. */
export type Priority = 'high' | 'normal' | 'low'

/** Returns the number by which scripts know the stream of a priority, from 1. */
export function streamOf(priority: Priority): number {
  return STREAMS.indexOf(priority) + 1
}

/** Returns the priority of a stream's number. Returned tasks keep theirs in the header. */
export function priorityOf(stream: number): Priority {
  const name = STREAMS[stream - 1]
  return name === 'high' || name === 'low' ? name : 'normal'
}

/**
 * Returns the key of a queue's hash, which all other keys of the queue begin with. Its name is the
 * hash tag, so that in a cluster all keys of a queue are in one slot.
 */
export function queueKey(prefix: string, name: string): string {
  return `${prefix}:{${name}}`
}

/** Checks a name that becomes a part of a key. @throws OptionError */
export function checkName(what: string, name: unknown): string {
  if (typeof name !== 'string' || name === '')
    throw new OptionError(`${what} must be a string that is not empty, not ${show(name)}.`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[{}"\\\s\u0000-\u001f]/.test(name))
    throw new OptionError(
      `${what} is ${show(name)}: it must not have braces, quotes, backslashes or white space.`,
    )
  if (name.length > 200)
    throw new OptionError(`${what} has ${name.length} characters: at most 200 are allowed.`)
  return name
}

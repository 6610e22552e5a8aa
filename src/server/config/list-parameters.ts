import { type ConfigParameter, readMemory } from './parameter.ts'

/** Letters of `notify-keyspace-events`, in the order in which Redis writes them. */
const EVENT_CLASSES = 'g$lshzxetdn'
/** The letters for which `A` stands. */
const ALL_CLASSES = 'g$lshzxetd'

/** Classes of keyspace notifications: `A` for all, `K` and `E` for the two kinds of channels. */
export const keyspaceEvents: ConfigParameter = {
  initial: '',
  read: (value) => {
    const given = new Set(value.replaceAll('A', ALL_CLASSES))
    const known = `${EVENT_CLASSES}KEm`
    if ([...given].some((letter) => !known.includes(letter)))
      return { error: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'." }
    return present(known, given)
  },
  // As Redis 7.0 does, which does not tell `n` beside `A`.
  shown: (value) => {
    const set = new Set(value)
    const isAll = present(ALL_CLASSES, set) === ALL_CLASSES
    return (isAll ? 'A' : present(EVENT_CLASSES, set)) + present('KEm', set)
  },
}

/** Returns those of the letters that are in a set, in their order. */
function present(letters: string, set: ReadonlySet<string>): string {
  return [...letters].filter((letter) => set.has(letter)).join('')
}

/** Pairs of seconds and changes. They are kept, but nothing is saved by them. */
export const savePoints: ConfigParameter = {
  initial: '',
  read: (value) => {
    const numbers = value.split(' ').filter(Boolean)
    const valid = numbers.length % 2 === 0 && numbers.every((number) => /^\d+$/.test(number))
    return valid ? numbers.join(' ') : { error: 'Invalid save parameters' }
  },
}

export const percentiles: ConfigParameter = {
  initial: '50 99 99.9',
  read: (value) => {
    const numbers = value.split(' ').filter(Boolean)
    const valid = numbers.every((number) => /^\d+(\.\d+)?$/.test(number) && Number(number) <= 100)
    return valid
      ? numbers.map(Number).join(' ')
      : { error: 'Invalid latency-tracking-info-percentiles parameters' }
  },
}

const CLIENT_CLASSES = ['normal', 'slave', 'pubsub']

/** Limits of unread output by the class of the client: hard, soft, and seconds of the soft one. */
export const outputBufferLimits: ConfigParameter = {
  initial: 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
  read: (value, current) => {
    const limits = byClass(current)
    const given = value.split(' ').filter(Boolean)
    if (given.length % 4 !== 0) return { error: 'Wrong number of arguments in buffer limit configuration.' }
    for (let n = 0; n < given.length; n += 4) {
      const [name = '', hard = '', soft = '', seconds = ''] = given.slice(n, n + 4)
      const known = name.toLowerCase() === 'replica' ? 'slave' : name.toLowerCase()
      if (!CLIENT_CLASSES.includes(known))
        return { error: 'Invalid client class specified in buffer limit configuration.' }
      const [hardBytes, softBytes] = [readMemory(hard), readMemory(soft)]
      if (hardBytes === undefined || softBytes === undefined || !/^\d+$/.test(seconds))
        return { error: 'Error in hard, soft or soft_seconds setting in buffer limit configuration.' }
      limits.set(known, `${hardBytes} ${softBytes} ${seconds}`)
    }
    return [...limits].map(([name, limit]) => `${name} ${limit}`).join(' ')
  },
}

function byClass(value: string): Map<string, string> {
  const parts = value.split(' ')
  return new Map(
    CLIENT_CLASSES.map((name) => {
      const at = parts.indexOf(name)
      return [name, parts.slice(at + 1, at + 4).join(' ')]
    }),
  )
}

import type { Fault } from './fault.ts'
import { shortened } from './resp.ts'

/**
 * Faults for a {@link FaultProxy}. Those that change answers change those of MGET, which pages wait
 * for.
 */

/** Everything takes longer, by so many milliseconds each way. */
export const delayed = (ms: number): Fault => ({ delay: ms })

/** The connection is reset in the middle of an answer. */
export const cutAfter = (bytes: number): Fault => ({
  reply: (reply, command) => (command === 'mget' ? { thenReset: reply.subarray(0, bytes) } : reply),
})

/** The answer never comes, nor anything after it on the same connection. */
export const neverAnswered: Fault = { reply: () => 'mute' }

/** The answer is well formed, and has a value less than was asked for. */
export const tooShort: Fault = {
  reply: (reply, command) => (command === 'mget' && reply[0] === ASTERISK ? shortened(reply, 1) : reply),
}

/** The answer comes twice: whoever counts answers is wrong from then on. */
export const twice: Fault = {
  reply: (reply, command) => (command === 'mget' ? Buffer.concat([reply, reply]) : reply),
}

/** Answers to what nobody asked. */
export const withNulls: Fault = {
  reply: (reply, command) =>
    command === 'mget' ? Buffer.concat([reply, Buffer.from('$-1\r\n'.repeat(8))]) : reply,
}

/** Each command is answered with an error. */
export const answering = (error: string): Fault => ({ answer: () => `-${error}\r\n` })

/** One command is answered with an error, and no other. */
export const refusing = (refused: string, error: string): Fault => ({
  answer: (command) => (command === refused ? `-${error}\r\n` : undefined),
})

/** Each connection is told an error and closed. */
export const turningAway = (error: string): Fault => ({ greeting: `-${error}\r\n` })

/** One bit is wrong, in each answer at another place: `places` says where, from 0 to 1. */
export const garbled = (places: () => number): Fault => ({
  reply: (reply, command) => {
    if (command !== 'mget') return reply
    const wrong = Buffer.from(reply)
    const at = Math.floor(places() * wrong.length)
    wrong[at] = (wrong[at] as number) ^ (1 << Math.floor(places() * 8))
    return wrong
  },
})

/** Some bytes are missing, in each answer at another place. */
export const truncated = (places: () => number, count: number): Fault => ({
  reply: (reply, command) => {
    if (command !== 'mget') return reply
    const at = Math.floor(places() * reply.length)
    return Buffer.concat([reply.subarray(0, at), reply.subarray(at + count)])
  },
})

const ASTERISK = 42

/** Numbers from 0 to 1 that are the same at each run (mulberry32). */
export function repeatable(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

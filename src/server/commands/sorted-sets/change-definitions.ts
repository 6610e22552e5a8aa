import type { GroupedDefinition } from '../command.ts'
import { zadd, zincrby } from './add.ts'
import { zremrangebylex, zremrangebyrank, zremrangebyscore } from './counts.ts'
import { bzmpop, bzpopmax, bzpopmin, zmpop } from './multi-pop.ts'
import { zpopmax, zpopmin } from './pop.ts'
import { zrem } from './scores.ts'

/** The keys that follow their number, which is the first argument. */
/** As those, after a timeout. */
/** The commands that change one sorted set. */
export const changeDefinitions: readonly GroupedDefinition[] = [
  {
    name: 'zadd',
    arity: -4,
    flags: 'write denyoom fast',
    keys: 'RW update 1',
    since: '1.2.0',
    summary: 'Sets the scores of members.',
    handler: zadd,
  },
  {
    name: 'zincrby',
    arity: 4,
    flags: 'write denyoom fast',
    keys: 'RW access update 1',
    since: '1.2.0',
    summary: 'Adds to the score of a member.',
    handler: zincrby,
  },
  {
    name: 'zrem',
    arity: -3,
    flags: 'write fast',
    keys: 'RW delete 1',
    since: '1.2.0',
    summary: 'Removes members.',
    handler: zrem,
  },
  {
    name: 'zremrangebyrank',
    arity: 4,
    flags: 'write',
    keys: 'RW delete 1',
    since: '2.0.0',
    summary: 'Removes the members of a range of ranks.',
    handler: zremrangebyrank,
  },
  {
    name: 'zremrangebyscore',
    arity: 4,
    flags: 'write',
    keys: 'RW delete 1',
    since: '1.2.0',
    summary: 'Removes the members of a range of scores.',
    handler: zremrangebyscore,
  },
  {
    name: 'zremrangebylex',
    arity: 4,
    flags: 'write',
    keys: 'RW delete 1',
    since: '2.8.9',
    summary: 'Removes the members of a range of members.',
    handler: zremrangebylex,
  },
  {
    name: 'zpopmin',
    arity: -2,
    flags: 'write fast',
    keys: 'RW access delete 1',
    since: '5.0.0',
    summary: 'Removes members with the lowest scores, and returns them.',
    handler: zpopmin,
  },
  {
    name: 'zpopmax',
    arity: -2,
    flags: 'write fast',
    keys: 'RW access delete 1',
    since: '5.0.0',
    summary: 'Removes members with the highest scores, and returns them.',
    handler: zpopmax,
  },
  {
    name: 'zmpop',
    arity: -4,
    flags: 'write movablekeys',
    keys: 'RW access delete numkeys 1',
    since: '7.0.0',
    summary: 'Removes members of the first set that exists, and returns them.',
    handler: zmpop,
  },
  {
    name: 'bzpopmin',
    arity: -3,
    flags: 'write noscript blocking fast',
    keys: 'RW access delete 1..-2',
    since: '5.0.0',
    summary: 'Waits for a member with the lowest score, removes it, and returns it.',
    handler: bzpopmin,
  },
  {
    name: 'bzpopmax',
    arity: -3,
    flags: 'write noscript blocking fast',
    keys: 'RW access delete 1..-2',
    since: '5.0.0',
    summary: 'Waits for a member with the highest score, removes it, and returns it.',
    handler: bzpopmax,
  },
  {
    name: 'bzmpop',
    arity: -5,
    flags: 'write blocking movablekeys',
    keys: 'RW access delete numkeys 2',
    since: '7.0.0',
    summary: 'Waits for members of one of several sets, removes them, and returns them.',
    handler: bzmpop,
  },
]

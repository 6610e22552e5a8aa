import type { Duration } from '../../options/duration.ts'
import { readOneOf } from '../../options/read-option.ts'
import type { WaitOptions } from '../blocking.ts'
import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { checkOptions, countArgument, listArgument, noArguments, numberArgument } from './arguments.ts'
import { Collection } from './collection.ts'
import { flatOf, integerOf, isOne, listOf, numberIfAny, numberOf } from './replies.ts'

/** A value with its score. */
export type Scored<T> = [value: T, score: number]

/** Options of `add` and `addMany`. */
export interface AddOptions {
  /**
   * Changes nothing unless the value is absent or present, or the new score is greater or less.
   *
   * @defaultValue always
   */
  readonly only?: 'absent' | 'present' | 'greater' | 'less' | undefined
}

const FLAGS = { absent: 'NX', present: 'XX', greater: 'GT', less: 'LT' }

/** Base of sorted sets: the values, one by one. */
export abstract class ScoredValues<Out, In = Out> extends Collection<Out, In> {
  /** @internal */
  constructor(context: KitContext, name: unknown, codec: Codec<Out, In>) {
    super(context, 'a sorted set', name, codec)
  }

  /** Adds a value, or changes its score. @returns true if it is new */
  add(value: In, score: number, options: AddOptions = {}): Promise<boolean> {
    return this.send('ZADD', () => [...flagOf(options), scoreOf(score), this.item(value)], isOne)
  }

  /** Adds values, or changes their scores. @returns how many are new */
  addMany(scored: Iterable<readonly [value: In, score: number]>, options: AddOptions = {}): Promise<number> {
    const items = () => {
      const pairs = listArgument('addMany', scored).flatMap(([value, score]) => [
        scoreOf(score),
        this.item(value),
      ])
      return pairs.length === 0 ? [] : [...flagOf(options), ...pairs]
    }
    return this.sendItems('ZADD', items, integerOf, 0)
  }

  /** Adds to the score of a value, which is 0 if it is absent. @returns the score after that */
  increment(value: In, by = 1): Promise<number> {
    return this.send('ZINCRBY', () => [scoreOf(by), this.item(value)], numberOf)
  }

  /** Returns the score of a value; undefined if it is absent. */
  score(value: In): Promise<number | undefined> {
    return this.send('ZSCORE', () => [this.item(value)], numberIfAny)
  }

  /** Returns the scores of several values. */
  scores(values: Iterable<In>): Promise<(number | undefined)[]> {
    return this.sendItems(
      'ZMSCORE',
      () => this.items('scores', values),
      (reply) => listOf(reply).map(numberIfAny),
      [],
    )
  }

  /** Returns true if the set has a value. */
  has(value: In): Promise<boolean> {
    return this.send(
      'ZSCORE',
      () => [this.item(value)],
      (reply) => reply !== null,
    )
  }

  /** Returns the number of values with a lower score; undefined if the value is absent. */
  rank(value: In): Promise<number | undefined> {
    return this.send('ZRANK', () => [this.item(value)], numberIfAny)
  }

  /** Returns the number of values with a higher score; undefined if the value is absent. */
  reverseRank(value: In): Promise<number | undefined> {
    return this.send('ZREVRANK', () => [this.item(value)], numberIfAny)
  }

  /** Removes values. @returns how many there were */
  delete(...values: In[]): Promise<number> {
    return this.sendItems('ZREM', () => this.items('delete', values), integerOf, 0)
  }

  /** Returns the number of values. */
  size(): Promise<number> {
    return this.send('ZCARD', noArguments, integerOf)
  }

  /** Removes and returns the value with the lowest score; undefined if there is none. */
  popMin(): Promise<Scored<Out> | undefined> {
    return this.send('ZPOPMIN', noArguments, (reply) => this.scored(reply)[0])
  }

  /** Removes and returns the value with the highest score; undefined if there is none. */
  popMax(): Promise<Scored<Out> | undefined> {
    return this.send('ZPOPMAX', noArguments, (reply) => this.scored(reply)[0])
  }

  /** Removes and returns up to `count` values with the lowest scores. */
  popMinMany(count: number): Promise<Scored<Out>[]> {
    return this.send('ZPOPMIN', () => [countArgument('The count of popMinMany', count)], this.scored)
  }

  /** Removes and returns up to `count` values with the highest scores, from the highest. */
  popMaxMany(count: number): Promise<Scored<Out>[]> {
    return this.send('ZPOPMAX', () => [countArgument('The count of popMaxMany', count)], this.scored)
  }

  /** Removes and returns the value with the lowest score, for which it waits. */
  blockingPopMin(within: Duration, options: WaitOptions = {}): Promise<Scored<Out> | undefined> {
    return this.#wait('BZPOPMIN', within, options)
  }

  /** Removes and returns the value with the highest score, for which it waits. */
  blockingPopMax(within: Duration, options: WaitOptions = {}): Promise<Scored<Out> | undefined> {
    return this.#wait('BZPOPMAX', within, options)
  }

  async #wait(command: string, within: Duration, options: WaitOptions): Promise<Scored<Out> | undefined> {
    this.refuseBatch(`a wait (${command})`)
    checkOptions('A wait', options, ['signal'])
    const reply = await this.block(command, (seconds) => [this.key, seconds], within, options.signal)
    return this.scored(listOf(reply).slice(1))[0]
  }

  /** @internal */
  protected readonly scored = (reply: unknown): Scored<Out>[] => {
    const flat = flatOf(reply)
    const scored: Scored<Out>[] = []
    for (let at = 0; at + 1 < flat.length; at += 2)
      scored.push([this.decodeBytes(this.codec, flat[at] as Buffer, flat), numberOf(flat[at + 1])])
    return scored
  }
}

const scoreOf = (score: unknown) => numberArgument('A score', score)

function flagOf(options: AddOptions): string[] {
  checkOptions('add', options, ['only'])
  const { only } = options
  return only === undefined
    ? []
    : [FLAGS[readOneOf('only', only, ['absent', 'present', 'greater', 'less'] as const)]]
}

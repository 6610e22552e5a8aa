import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { NodeLimits } from './node-size.ts'
import { MIN_ID, readId, type StreamId } from './stream-id.ts'
import type { Trim } from './trim.ts'

/** Nodes that `~` removes at most without LIMIT. */
const DEFAULT_NODES = 100
const DEFAULT_LIMIT = 10_000
const MAX_DEFAULT_LIMIT = 1_000_000

const BOTH_STRATEGIES = new CommandError(
  'ERR syntax error, MAXLEN and MINID options at the same time are not compatible',
)
const NEGATIVE_LENGTH = new CommandError('ERR The MAXLEN argument must be >= 0.')
const NEGATIVE_LIMIT = new CommandError('ERR The LIMIT argument must be >= 0.')
const LIMIT_WITHOUT_STRATEGY = new CommandError(
  'ERR syntax error, LIMIT cannot be used without specifying a trimming strategy',
)
const NO_STRATEGY = new CommandError('ERR syntax error, XTRIM must be called with a trimming strategy')
const LIMIT_WITHOUT_APPROXIMATION = new CommandError(
  'ERR syntax error, LIMIT cannot be used without the special ~ option',
)

/** Reads the options of XTRIM and XADD, which may stand in any order. */
export class TrimOptions {
  /** Index of the first argument that is no option. */
  end = 2
  noMakeStream = false
  #strategy: 'maxlen' | 'minid' | undefined
  #maxLength = 0
  #minId: StreamId = MIN_ID
  #approximate = false
  #limit: number | undefined
  readonly #ofXadd: boolean

  /**
   * @param ofXadd true if NOMKSTREAM is an option, and the options end at the first other argument
   * @throws CommandError
   */
  constructor(args: readonly string[], ofXadd: boolean) {
    this.#ofXadd = ofXadd
    while (this.end < args.length) {
      const option = (args[this.end] as string).toLowerCase()
      const more = this.end + 1 < args.length
      if (more && (option === 'maxlen' || option === 'minid')) this.#readStrategy(args, option)
      else if (more && option === 'limit') {
        this.#limit = indexArgument(args[this.end + 1] as string)
        if (this.#limit < 0) throw NEGATIVE_LIMIT
        this.end += 2
      } else if (!ofXadd) throw SYNTAX_ERROR
      else if (option === 'nomkstream') {
        this.noMakeStream = true
        this.end++
      } else return
    }
  }

  /**
   * Returns what is to be removed; undefined without MAXLEN and MINID, which XTRIM must have.
   *
   * @throws CommandError
   */
  trim(limits: NodeLimits): Trim | undefined {
    const limit = this.#limit
    if (limit && !this.#strategy) throw LIMIT_WITHOUT_STRATEGY
    if (!this.#ofXadd && !this.#strategy) throw NO_STRATEGY
    if (limit !== undefined && !this.#approximate) throw LIMIT_WITHOUT_APPROXIMATION
    if (!this.#strategy) return undefined
    return {
      maxLength: this.#strategy === 'maxlen' ? this.#maxLength : undefined,
      minId: this.#minId,
      approximate: this.#approximate,
      limit: this.#approximate ? (limit ?? defaultLimit(limits)) : 0,
    }
  }

  #readStrategy(args: readonly string[], strategy: 'maxlen' | 'minid'): void {
    if (this.#strategy) throw BOTH_STRATEGIES
    this.#strategy = strategy
    let at = this.end + 1
    const sign = args[at] as string
    this.#approximate = sign === '~' && at + 1 < args.length
    if (this.#approximate || (sign === '=' && at + 1 < args.length)) at++
    const threshold = args[at] as string
    if (strategy === 'minid') this.#minId = readId(threshold)
    else {
      this.#maxLength = indexArgument(threshold)
      if (this.#maxLength < 0) throw NEGATIVE_LENGTH
    }
    this.end = at + 1
  }
}

function defaultLimit({ streamNodeEntries }: NodeLimits): number {
  const limit = DEFAULT_NODES * streamNodeEntries
  return limit <= 0 ? DEFAULT_LIMIT : Math.min(limit, MAX_DEFAULT_LIMIT)
}

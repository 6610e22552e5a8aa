import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'

/** The options of ZADD. */
export interface AddOptions {
  /** Index of the first score. */
  readonly first: number
  /** Adds members, but changes no score. */
  readonly nx: boolean
  /** Changes scores, but adds no member. */
  readonly xx: boolean
  /** Changes a score only to a greater one. */
  readonly gt: boolean
  /** Changes a score only to a lower one. */
  readonly lt: boolean
  /** Answers how many scores were changed, too. */
  readonly ch: boolean
  /** Adds to the score. */
  readonly incr: boolean
}

const NO_OPTIONS: AddOptions = optionsAt(2, new Set())

const NAMES = new Set(['nx', 'xx', 'gt', 'lt', 'ch', 'incr'])

const XX_AND_NX = new CommandError('ERR XX and NX options at the same time are not compatible')
const GT_LT_NX = new CommandError('ERR GT, LT, and/or NX options at the same time are not compatible')
const INCR_OF_MANY = new CommandError('ERR INCR option supports a single increment-element pair')

/**
 * Reads the options of ZADD, and checks them and the number of pairs.
 *
 * @throws CommandError
 */
export function readAddOptions(args: readonly string[]): AddOptions {
  const options = mayBeOption(args[2] as string) ? readNames(args) : NO_OPTIONS
  const { first, nx, xx, gt, lt, incr } = options
  const values = args.length - first
  if (values === 0 || values % 2 === 1) throw SYNTAX_ERROR
  if (nx && xx) throw XX_AND_NX
  if ((gt && nx) || (lt && nx) || (gt && lt)) throw GT_LT_NX
  if (incr && values > 2) throw INCR_OF_MANY
  return options
}

/** False for what begins as numbers do, so that nearly all calls need not look further. */
function mayBeOption(arg: string): boolean {
  return arg.charCodeAt(0) >= 65
}

function readNames(args: readonly string[]): AddOptions {
  const given = new Set<string>()
  let at = 2
  for (; at < args.length; at++) {
    const name = (args[at] as string).toLowerCase()
    if (!NAMES.has(name)) break
    given.add(name)
  }
  return optionsAt(at, given)
}

function optionsAt(first: number, given: ReadonlySet<string>): AddOptions {
  return {
    first,
    nx: given.has('nx'),
    xx: given.has('xx'),
    gt: given.has('gt'),
    lt: given.has('lt'),
    ch: given.has('ch'),
    incr: given.has('incr'),
  }
}

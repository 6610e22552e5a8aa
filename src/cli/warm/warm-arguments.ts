import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { VaryValues } from '../../core/definition/define-fragment.ts'
import { readRate } from '../../core/warm/warm-options.ts'
import { messageOf } from '../../errors.ts'
import { isPlainObject } from '../../options/show.ts'
import { existingModule } from '../import-module.ts'
import { shown, UsageError } from '../usage-error.ts'

export const WARM_HELP = `onetrip warm <module>

Renders the defined fragments of a cache, and stores them, before visitors ask for them: after a
deploy, or at night. Fragments that have a fresh entry are left alone.

  // cache.js
  export const cache = new FragmentCache({ store, engine, fragments: [sidebar] })
  export const params = { sidebar: async function* () { for await (const { id } of db.films()) yield { id } } }

  npx onetrip warm ./cache.js --rate 50/s

  --fragment name           one fragment (default: all that params of the module has)
  --params file.jsonl       parameters from a file, a JSON object in each line, in place of those that
                            the module exports. Needs --fragment
  --hot number              the parameters that visitors ask for most. Needs fragments.hot
  --vary json               values that the fragment varies by, such as '{"locale":"de"}'. May be
                            given several times: each parameters are rendered with all of them
  --rate rate               fragments to begin in a second, such as 50/s or 300/m (default: no limit)
  --concurrency number      fragments to render at a time (default: 4)
  --force                   renders fragments, too, that have a fresh entry

The module exports the cache, or a function that returns it, as "cache" or by default; and as
"params" an object with an iterable, or a function that returns one, for each fragment. Exits with 0
if all were rendered, with 1 if some failed, and with 2 if it cannot start.
`

/** The command line of `onetrip warm`, parsed. */
export interface WarmArguments {
  /** The path of the module, absolute. */
  readonly file: string
  readonly fragment: string | undefined
  /** Path of a file with parameters. */
  readonly params: string | undefined
  readonly hot: number | undefined
  readonly vary: readonly VaryValues[] | undefined
  readonly rate: number | undefined
  readonly concurrency: number
  readonly force: boolean
}

const MOST = 10_000

/** Parses the command line of `onetrip warm`. @throws UsageError */
export function parseWarm(args: readonly string[]): WarmArguments | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [file, ...more] = positionals
  if (file === undefined)
    throw new UsageError(
      'onetrip warm needs a module that exports a cache: onetrip warm ./cache.js. See onetrip warm --help.',
    )
  if (more.length > 0)
    throw new UsageError(`onetrip warm takes one module, not also ${more.map(shown).join(', ')}.`)
  const { fragment, params, hot } = values
  if (params !== undefined && hot !== undefined)
    throw new UsageError('onetrip warm takes either --params or --hot, not both.')
  if (params !== undefined && fragment === undefined)
    throw new UsageError('--params needs --fragment: the parameters are those of one fragment.')
  if (params !== undefined && !statSync(params, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`--params: there is no file ${shown(params)}.`)
  return {
    file: existingModule(file, 'your cache'),
    fragment,
    params,
    hot: hot === undefined ? undefined : count('hot', hot),
    vary: values.vary?.map(readVary),
    rate: values.rate === undefined ? undefined : rate(values.rate),
    concurrency: count('concurrency', values.concurrency ?? '4'),
    force: values.force ?? false,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        fragment: { type: 'string' },
        params: { type: 'string' },
        hot: { type: 'string' },
        vary: { type: 'string', multiple: true },
        rate: { type: 'string' },
        concurrency: { type: 'string' },
        force: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(`${messageOf(error)}. See onetrip warm --help.`)
  }
}

function count(name: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= 1 && value <= MOST) return value
  throw new UsageError(`--${name} must be a whole number from 1 to ${MOST}, not ${shown(text)}.`)
}

function rate(text: string): number {
  try {
    return readRate(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text)
  } catch {
    throw new UsageError(`--rate must be a rate such as 50/s or 300/m, not ${shown(text)}.`)
  }
}

function readVary(text: string): VaryValues {
  try {
    const vary: unknown = JSON.parse(text)
    if (isPlainObject(vary)) return vary as VaryValues
  } catch {
    // It is no JSON.
  }
  throw new UsageError(`--vary must be an object in JSON, such as '{"locale":"de"}', not ${shown(text)}.`)
}

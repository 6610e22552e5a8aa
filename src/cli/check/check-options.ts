import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { resolveDataPolicy } from '../../core/options/data-policy.ts'
import type { DataPolicy } from '../../engines/data-policy.ts'
import { UsageError } from '../usage-error.ts'

export const CHECK_HELP = `onetrip check <folder or file>...

Reads all templates in the folders, each as a page with all that it includes, imports and extends.
Of files (as lint-staged gives them) it prints what concerns them; it reads all of their folder.
Exits with 1 where it finds something.

  --json                  prints findings as JSON
  --github                prints findings as annotations of GitHub Actions
  --ttl                   the cache has the option ttl: a fragment without ttl and tags is not a finding
  --per-request a,b       names that are printed for each request, as in the option perRequest
  --per-visitor a,b       names that belong to one visitor (safety.perVisitor)
  --shared a,b            names that are the same for all visitors (safety.shared)
  --identities a,b        properties that tell an object from others (safety.identities)
  --default-vary a,b      what every fragment varies by (keys.defaultVary)
  --strict                report every name that is neither in the key nor shared
  --versioned a,b         objects that are versioned parts of keys
  --root folder           of files, the folder that templates are found in (default: the views or
                          templates on their path, or the first folder of it)
  --extensions a,b        files that are templates (default: .njk,.nunjucks,.html,.htm,.j2,.jinja,.xml)
  --fragments file.js     a module that exports your defined fragments, or the cache: the names and the
                          parameters of {% fragment %} are checked, too
  --environment file.js   a module whose default export is your nunjucks Environment, where templates
                          use tags of other extensions
`

/** The command line of `onetrip check`, parsed. */
export interface CheckArguments {
  /** Folders and files. */
  readonly paths: readonly string[]
  /** The folder that templates are found in, for files. */
  readonly root: string | undefined
  readonly format: 'text' | 'json' | 'github' | 'help'
  readonly dataPolicy: DataPolicy
  readonly hasTtl: boolean
  readonly versioned: readonly string[]
  readonly extensions: readonly string[]
  readonly environment: string | undefined
  /** The path of a module that exports defined fragments. */
  readonly fragments: string | undefined
}

const LISTS = [
  'per-request',
  'per-visitor',
  'shared',
  'identities',
  'default-vary',
  'versioned',
  'extensions',
]
const FLAGS = ['json', 'github', 'ttl', 'strict', 'help']
const EXTENSIONS = ['.njk', '.nunjucks', '.html', '.htm', '.j2', '.jinja', '.xml']

/** Parses the command line of `onetrip check`. @throws UsageError */
export function parseCheck(args: readonly string[]): CheckArguments {
  const { values, positionals } = parse(args)
  const list = (name: string): string[] | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value.split(',').map((one) => one.trim()) : undefined
  }
  if (values.json && values.github) throw new UsageError('--json and --github: choose one.')
  if (positionals.length === 0 && !values.help) {
    throw new UsageError('onetrip check needs a folder of templates: onetrip check views/')
  }
  const format = values.help ? 'help' : values.json ? 'json' : values.github ? 'github' : 'text'
  const extensions = list('extensions') ?? EXTENSIONS
  const wrong = extensions.find((one) => extname(`x${one}`) !== one)
  if (wrong !== undefined)
    throw new UsageError(`--extensions must be a list such as .njk,.html, not ${wrong}.`)
  return {
    paths: positionals,
    root: typeof values.root === 'string' ? values.root : undefined,
    format,
    dataPolicy: dataPolicyFrom(list, values.strict === true),
    hasTtl: values.ttl === true,
    versioned: list('versioned') ?? [],
    extensions,
    environment: typeof values.environment === 'string' ? values.environment : undefined,
    fragments: typeof values.fragments === 'string' ? values.fragments : undefined,
  }
}

interface Parsed {
  values: Record<string, unknown>
  positionals: string[]
}

function parse(args: readonly string[]): Parsed {
  const options = Object.fromEntries([
    ...[...LISTS, 'environment', 'fragments', 'root'].map((name) => [name, { type: 'string' }] as const),
    ...FLAGS.map((name) => [name, { type: 'boolean', ...(name === 'help' && { short: 'h' }) }] as const),
  ])
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true }) as Parsed
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. See onetrip check --help.`)
  }
}

function dataPolicyFrom(list: (name: string) => string[] | undefined, strict: boolean): DataPolicy {
  try {
    return resolveDataPolicy(
      {
        perRequest: list('per-request'),
        perVisitor: list('per-visitor'),
        shared: list('shared'),
        identities: list('identities'),
        defaultVary: list('default-vary'),
        strict,
      },
      flagOf,
    )
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Returns the flag that gives an option: `perVisitor` is `--per-visitor`. */
function flagOf(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Returns the environment that a module exports by default. @throws UsageError */
export async function importEnvironment(file: string): Promise<object> {
  const url = pathToFileURL(resolve(file)).href
  let exported: unknown
  try {
    exported = ((await import(url)) as { default?: unknown }).default
  } catch (error) {
    throw new UsageError(`--environment ${file} cannot be imported: ${(error as Error).message}`)
  }
  const environment = typeof exported === 'function' ? await exported() : exported
  if (typeof environment === 'object' && environment !== null) return environment
  throw new UsageError(`--environment ${file} has no default export that is a nunjucks Environment.`)
}

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { DataPolicy } from '../data-policy.ts'
import type { FragmentRead, ParameterRead } from '../fragment-read.ts'
import type { MaybePromise, Run, RunHost, TemplateEngine } from '../template-engine.ts'
import { PageReads } from './analysis/page-reads.ts'
import { CheckedLoader } from './environment/checked-loader.ts'
import { adopt } from './environment/environment.ts'
import { type Environment, nunjucks, type Template } from './nunjucks.ts'
import { type Called, called } from './runtime/callback.ts'
import { TemplateRun } from './runtime/run.ts'
import { recordOf } from './runtime/run-record.ts'
import { sourceOf } from './template-code.ts'
import { ABSENT, digestOfText } from './template-names.ts'

/** Options of {@link nunjucksEngine}. Those that shape output are nunjucks' own. */
export interface NunjucksEngineOptions {
  /**
   * The folder, or folders, that templates are found in.
   * @defaultValue none: `root` or `environment` is needed
   */
  root?: string | readonly string[]
  /**
   * An environment of your own, with its loaders, filters and globals, in place of `root` and
   * nunjucks' options.
   * @defaultValue none
   */
  environment?: object
  /**
   * Caches fragments. `false` renders each of them in place, for every page.
   * @defaultValue true
   */
  cache?: boolean
  /**
   * Part of every entry. Change it when a filter or a global returns other HTML than before.
   * @defaultValue `''`
   */
  version?: string | number
  /**
   * Escapes output for HTML.
   * @defaultValue true
   */
  autoescape?: boolean
  /**
   * Throws where a template prints null or undefined.
   * @defaultValue false
   */
  throwOnUndefined?: boolean
  /**
   * Removes the line break after a tag.
   * @defaultValue false
   */
  trimBlocks?: boolean
  /**
   * Removes the white space before a tag, from the start of its line.
   * @defaultValue false
   */
  lstripBlocks?: boolean
  /**
   * Other delimiters: `blockStart`, `blockEnd`, `variableStart`, `variableEnd`, `commentStart`,
   * `commentEnd`.
   * @defaultValue those of nunjucks
   */
  tags?: Readonly<Record<string, string>>
  /**
   * Keeps the stack of nunjucks' internals in errors.
   * @defaultValue false
   */
  dev?: boolean
  /**
   * Checks the files of a page's templates for edits, and reads edited ones again.
   * @defaultValue true, unless `NODE_ENV` is `production`
   */
  noCache?: boolean
}

/** A template engine over nunjucks. */
export interface NunjucksEngine extends TemplateEngine {
  /** The nunjucks Environment: add filters, globals and extensions to it. */
  // biome-ignore lint/suspicious/noExplicitAny: nunjucks' types are an optional peer's
  readonly environment: any
}

const ENVIRONMENT_OPTIONS = [
  'autoescape',
  'throwOnUndefined',
  'trimBlocks',
  'lstripBlocks',
  'tags',
  'dev',
] as const
/** All names of {@link NunjucksEngineOptions}. */
export const ENGINE_OPTIONS = [
  'root',
  'environment',
  'cache',
  'version',
  'noCache',
  ...ENVIRONMENT_OPTIONS,
] as const

/** Options that are true or false. */
const SWITCHES = [
  'cache',
  'noCache',
  'autoescape',
  'throwOnUndefined',
  'trimBlocks',
  'lstripBlocks',
  'dev',
] as const

const ON_THE_ENVIRONMENT =
  'they belong to the environment: const engine = nunjucksEngine({ root }), then engine.environment.'
/** Likely mistakes: names of other packages, and of options that stand elsewhere. */
const MEANT = {
  path: 'root',
  views: 'root',
  templates: 'root',
  env: 'environment',
  filters: `${ON_THE_ENVIRONMENT}addFilter(name, fn).`,
  globals: `${ON_THE_ENVIRONMENT}addGlobal(name, value).`,
  watch: 'outside production an edited template is read again without it (noCache).',
}

/**
 * Renders nunjucks templates with cached fragments.
 *
 * @example nunjucksEngine({ root: 'views' })
 * @throws OptionError
 */
export function nunjucksEngine(options: NunjucksEngineOptions): NunjucksEngine {
  check(options)
  const { environment, cache = true, version = '' } = options
  const env = adopt(environment ?? environmentFrom(options))
  return new Engine(env, cache, String(version))
}

/** The engine of an environment that was made ours. */
export class Engine implements NunjucksEngine {
  readonly environment: Environment
  readonly digest: string
  readonly #inline: boolean
  readonly #reads: PageReads

  constructor(env: Environment, cache: boolean, version: string) {
    const { autoescape, throwOnUndefined, trimBlocks, lstripBlocks, tags } = env.opts
    const shape = [autoescape, throwOnUndefined, trimBlocks, lstripBlocks, tags ?? null, version]
    this.environment = env
    this.digest = createHash('sha256').update(JSON.stringify(shape)).digest('base64url').slice(0, 22)
    this.#inline = !cache
    this.#reads = new PageReads(env)
  }

  readsOf(name: string, dataPolicy: DataPolicy): readonly FragmentRead[] {
    return this.#reads.of(name, dataPolicy)
  }

  readsOfWhole(name: string, fragment: string, dataPolicy: DataPolicy): readonly FragmentRead[] {
    return this.#reads.ofWhole(name, fragment, dataPolicy)
  }

  readsOfParameters(name: string, dataPolicy: DataPolicy): readonly ParameterRead[] {
    return this.#reads.ofParameters(name, dataPolicy)
  }

  holesWith(data: object, host: RunHost): Pick<Run, 'renderHole'> {
    return new TemplateRun(this.environment, recordOf(host).dataOf(data), host, this.#inline)
  }

  /** The same for a template that is at hand, which may have no name. */
  readsOfTemplate(template: Template, dataPolicy: DataPolicy): readonly FragmentRead[] {
    return this.#reads.ofTemplate(template, dataPolicy)
  }

  parametersOfTemplate(template: Template, dataPolicy: DataPolicy): readonly ParameterRead[] {
    return this.#reads.parametersOfTemplate(template, dataPolicy)
  }

  run(name: string, data: object, host: RunHost): MaybePromise<Run> {
    const found = this.#find(name)
    return found instanceof Promise
      ? found.then((template) => this.runTemplate(template, data, host))
      : this.runTemplate(found, data, host)
  }

  runTemplate(template: Template, data: object, host: RunHost): MaybePromise<Run> {
    return new TemplateRun(template.env, recordOf(host).dataOf(data), host, this.#inline).render(template)
  }

  digestOf(name: string): MaybePromise<string | null> {
    const text = digestOfText(name)
    if (text !== undefined) return text
    try {
      const found = this.#find(name)
      return found instanceof Promise ? found.then(digest, missing) : digest(found)
    } catch {
      return missing()
    }
  }

  /** Most loaders answer at once. */
  #find(name: string): MaybePromise<Template> {
    const end = ({ error, result }: Called<Template | undefined>): Template => {
      if (result) return result
      throw withFolders(error, this.environment)
    }
    const found = called<Template | undefined>((callback) =>
      this.environment.getTemplate(name, false, null, false, callback),
    )
    return found instanceof Promise ? found.then(end) : end(found)
  }
}

/** nunjucks says what it did not find, not where it looked. */
function withFolders(error: unknown, { loaders }: Environment): unknown {
  const folders = loaders.flatMap(({ searchPaths }) => searchPaths ?? []).map((folder) => resolve(folder))
  if (error instanceof Error && folders.length > 0 && error.message.startsWith('template not found')) {
    error.message += ` (looked in ${folders.join(', ')})${withoutExtension(error.message)}`
  }
  return error
}

/** Fastify and Express name templates by an option, or a setting, of their own. */
function withoutExtension(message: string): string {
  const name = message.slice(message.indexOf(':') + 2)
  if (extname(name) !== '') return ''
  return (
    `. The name has no extension: write ${name}.njk, or set one for all: the option render: { viewExt: 'njk' } on Fastify, ` +
    "app.set('view engine', 'njk') on Express."
  )
}

function digest(template: Template): string {
  return sourceOf(template).digest
}

function missing(): string {
  return ABSENT
}

function environmentFrom(options: NunjucksEngineOptions): Environment {
  const { root, noCache = process.env.NODE_ENV !== 'production' } = options
  const loader = new (noCache ? CheckedLoader : nunjucks.FileSystemLoader)(root as string | string[])
  const chosen = ENVIRONMENT_OPTIONS.filter((name) => options[name] !== undefined)
  return new nunjucks.Environment(loader, Object.fromEntries(chosen.map((name) => [name, options[name]])))
}

function check(options: NunjucksEngineOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `The options of nunjucksEngine must be an object such as { root: 'views' }, not ${show(options)}.`,
    )
  }
  refuseUnknownOptions('nunjucksEngine', options, ENGINE_OPTIONS, MEANT)
  const { root, environment, version, tags } = options
  for (const name of SWITCHES) {
    if (options[name] === undefined || typeof options[name] === 'boolean') continue
    throw new OptionError(`The option ${name} must be true or false, not ${show(options[name])}.`)
  }
  if (tags !== undefined && (typeof tags !== 'object' || tags === null)) {
    throw new OptionError(
      `The option tags must be an object of delimiters such as { blockStart: '<%' }, not ${show(tags)}.`,
    )
  }
  if (version !== undefined && typeof version !== 'string' && typeof version !== 'number') {
    throw new OptionError(`The option version must be a string or a number, not ${show(version)}.`)
  }
  if (environment === undefined) checkRoot(root)
  else checkAlone(options)
}

function checkRoot(root: unknown): void {
  const folders = Array.isArray(root) ? root : [root]
  if (folders.length > 0 && folders.every((folder) => typeof folder === 'string' && folder !== '')) {
    const absent = folders.find((folder) => !existsSync(folder))
    if (absent === undefined) return
    throw new OptionError(`The option root names a folder that does not exist: ${resolve(absent)}.`)
  }
  throw new OptionError(
    `The option root must be the folder that templates are found in, such as 'views', not ${show(root)}. ` +
      'Or pass an environment of your own.',
  )
}

function checkAlone(options: NunjucksEngineOptions): void {
  const beside = (['root', 'noCache', ...ENVIRONMENT_OPTIONS] as const).filter(
    (name) => options[name] !== undefined,
  )
  if (beside.length === 0) return
  throw new OptionError(
    `The environment brings its own ${beside.join(', ')}: give these options to new nunjucks.Environment.`,
  )
}

import { posix, relative, resolve, sep } from 'node:path'
import { LRUCache } from 'lru-cache'
import { OptionError } from '../../../errors.ts'
import { hasMarks } from '../../per-visitor.ts'
import { type Environment, nunjucks, type RenderCallback, type Template } from '../nunjucks.ts'
import type { FirstLine } from '../own-code.ts'
import { notingFilter } from '../runtime/noting-filter.ts'
import { plainCacheTag } from '../syntax/cache-tag.ts'
import { CACHE_EXTENSION, TAGS } from '../syntax/tag-checks.ts'
import { setSource, TemplateSource } from '../template-code.ts'
import { ABSENT } from '../template-names.ts'
import { KeptTemplates } from './kept-templates.ts'
import { MADE_EXTENSION, madeTemplates } from './made-templates.ts'
import { compileNow, isOwned, own, type Renderer } from './own-template.ts'
import { renderAsRoot, renderPlain } from './plain-render.ts'
import { replaceLookup } from './stock-code.ts'

/** Renderer of an environment's templates. */
interface Rendering {
  render: Renderer
  /**
   * Is called before a template that a program made is rendered for the first time, which is
   * without a cache.
   */
  firstOfMade?: () => void
}

const renderings = new WeakMap<Environment, Rendering>()

/** Sources that are kept for loaders that do not cache: compiled again only when they change. */
const KEPT_SOURCES = 1000

/**
 * How many names nunjucks keeps a template by beside its own, such as `./home.njk`: a visitor may
 * choose a name.
 */
export const KEPT_ALIASES = 1000

/**
 * Makes an environment's templates run code of our compiler, uncached until {@link setRendering}
 * says otherwise. It changes this one object, neither nunjucks' prototypes nor its modules; a
 * second call does nothing.
 * @throws OptionError
 */
export function adopt(environment: unknown): Environment {
  const env = environment as Environment
  if (renderings.has(env)) return env
  refuseForeign(env)
  refuseTaken(env)
  const rendering: Rendering = { render: renderPlain }
  renderings.set(env, rendering)
  env.addExtension(CACHE_EXTENSION, plainCacheTag(env.asyncFilters))
  refuseLater(env)

  const kept = new LRUCache<string, TemplateSource>({ max: KEPT_SOURCES })
  const aliases = new LRUCache<string, true>({
    max: KEPT_ALIASES,
    dispose: (_, alias) => {
      for (const { cache } of env.loaders) delete cache[alias]
    },
  })
  const render: Renderer = (template, data, callback) => rendering.render(template, data, callback)
  const getTemplate = env.getTemplate.bind(env)

  const keptTemplates = new KeptTemplates(env)

  env.getTemplate = (name, eagerCompile, parentName, ignoreMissing, callback) => {
    const parent = typeof parentName === 'string' ? parentName : null
    if (callback && typeof name === 'string') {
      const template = keptTemplates.get(name, parent)
      if (template && isOwned(template)) {
        if (eagerCompile === true) compileNow(template)
        return void callback(null, template)
      }
    }
    const take = (template: Template): Template => {
      if (!isOwned(template)) {
        const known = nameOf(env, template, name, parent)
        setSource(template, sourceFrom(kept, template, known))
        for (const given of givenNames(env, name, parent)) if (given !== known) aliases.set(given, true)
        own(template, render)
      }
      if (eagerCompile === true) compileNow(template)
      return template
    }
    const done = [eagerCompile, parentName, callback].find((argument) => typeof argument === 'function') as
      | GetTemplateCallback
      | undefined
    if (!done) return take(getTemplate(name, false, parent, ignoreMissing) as Template)
    getTemplate(name, false, parent, ignoreMissing, taking(take, done))
    return undefined
  }

  const getFilter = env.getFilter.bind(env)
  replaceLookup(env, (name) => (hasMarks() ? notingFilter(env, name, getFilter(name)) : getFilter(name)))

  env.renderString = (text, data, options, callback) => {
    const done = [data, options, callback].find((argument) => typeof argument === 'function')
    const { path } = (typeof options === 'object' && options !== null ? options : {}) as { path?: string }
    const template = new nunjucks.Template(text, env, path)
    takeText(template, 1)
    return template.render(data, done as RenderCallback)
  }

  const takeText = (template: Template, first: FirstLine): void => {
    setSource(template, new TemplateSource(template, undefined, first))
    own(template, render)
  }
  const made = madeTemplates(env, (template, context, callback) => {
    // Its errors are said by nunjucks' own Template, in stock's words.
    takeText(template, 0)
    rendering.firstOfMade?.()
    renderAsRoot(template, context, callback)
  })
  env.addExtension(MADE_EXTENSION, made)
  return env
}

/** Says who renders the templates of an environment from now on. */
export function setRendering(env: Environment, rendering: Rendering): void {
  Object.assign(renderings.get(env) as Rendering, rendering)
}

type GetTemplateCallback = (error: unknown, template?: Template) => void

function taking(take: (template: Template) => Template, done: GetTemplateCallback): GetTemplateCallback {
  return (error, template) => {
    if (error) return done(error)
    let taken: Template
    try {
      taken = take(template as Template)
    } catch (failure) {
      return done(failure)
    }
    done(null, taken)
  }
}

function sourceFrom(
  kept: LRUCache<string, TemplateSource>,
  template: Template,
  name: string | undefined,
): TemplateSource {
  const before = name === undefined ? undefined : kept.get(name)
  if (before?.text !== undefined && before.text === template.tmplStr) return before
  const source = new TemplateSource(template, name)
  if (name !== undefined && source.digest !== ABSENT) kept.set(name, source)
  return source
}

/**
 * The name that a template is found by in any process: relative to the folder that it lies in,
 * since paths differ from machine to machine. Undefined for a `Template` that a program made
 * itself.
 */
function nameOf(
  env: Environment,
  { path }: Template,
  name: unknown,
  parentName: string | null,
): string | undefined {
  if (typeof name !== 'string') return undefined
  for (const folder of env.loaders.flatMap(({ searchPaths }) => searchPaths ?? [])) {
    const root = resolve(folder) + sep
    if (path?.startsWith(root)) return relative(root, path).split(sep).join(posix.sep)
  }
  const [loader] = env.loaders
  return loader ? env.resolveTemplate(loader, parentName, name) : name
}

/** The names by which nunjucks' loaders keep a template that was asked for by `name`. */
function givenNames(env: Environment, name: unknown, parentName: string | null): readonly string[] {
  if (typeof name !== 'string') return []
  return env.loaders.map((loader) => env.resolveTemplate(loader, parentName, name))
}

function refuseForeign(env: Environment): void {
  if (typeof env !== 'object' || env === null || typeof env.getTemplate !== 'function') {
    throw new OptionError(
      'The environment must be a nunjucks Environment, such as what nunjucks.configure() returns, or new nunjucks.Environment(); ' +
        `it is ${isModule(env) ? 'the module nunjucks itself' : env === null ? 'null' : `of type ${typeof env}`}.`,
    )
  }
  if (env instanceof nunjucks.Environment) return
  throw new OptionError(
    'The environment was made by another copy of nunjucks than the one that onetrip found. Install nunjucks once, ' +
      'in the version that your application uses: npm ls nunjucks shows who brings which.',
  )
}

function isModule(value: unknown): boolean {
  return typeof (value as { configure?: unknown } | null)?.configure === 'function'
}

/** Returns true for the name of a tag of ours. */
function isOurs(tag: string): boolean {
  return TAGS.some((one) => one === tag)
}

function refuseTaken(env: Environment): void {
  for (const { tags, __name: name = '' } of env.extensionsList) {
    const tag = tags?.find(isOurs)
    if (tag === undefined) continue
    throw new OptionError(
      `The environment has an extension for the tag {% ${tag} %} already: "${name}". Remove it with ` +
        `environment.removeExtension("${name}"); the tag of onetrip takes its place.`,
    )
  }
}

/** An extension that is added later would take the tags over, without a word. */
function refuseLater(env: Environment): void {
  const addExtension = env.addExtension.bind(env)
  env.addExtension = (name, extension) => {
    const tag = extension?.tags?.find(isOurs)
    if (tag !== undefined) {
      throw new OptionError(
        `The extension "${name}" is for the tag {% ${tag} %}, which is onetrip's in this environment. Give its tag ` +
          'another name, or add it to an environment of its own.',
      )
    }
    return addExtension(name, extension)
  }
}

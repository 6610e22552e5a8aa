import { TagError } from '../../errors.ts'
import { type DataPolicy, NO_POLICY } from '../data-policy.ts'
import type { Place } from '../template-engine.ts'
import { type CodeWay, type CompiledSource, compileTemplate } from './compiler/compiler.ts'
import type { BodyNames } from './compiler/tags.ts'
import { PURE_FILTERS } from './environment/stock-code.ts'
import {
  type AstNode,
  type CompiledFunction,
  type Environment,
  type Frame,
  nunjucks,
  type Template,
} from './nunjucks.ts'
import { UNKNOWN } from './runtime/cut.ts'
import { RunFrame } from './runtime/frame.ts'
import { hasKeyword, makeMacro } from './runtime/macro.ts'
import type { TemplateRun } from './runtime/run.ts'
import { TagDeclaration } from './runtime/tag-arguments.ts'
import { Text } from './runtime/text.ts'
import { setOwner } from './syntax/block-owners.ts'
import { freeNames, readNames } from './syntax/names.ts'
import { parseTemplate } from './syntax/parse.ts'
import { CACHE_EXTENSION, TagProblem } from './syntax/tag-checks.ts'
import { ABSENT, digestOf, nameOfText } from './template-names.ts'

/** The functions of a compiled template. */
export interface TemplateCode {
  readonly own: OwnCode
  readonly root: CompiledFunction
  readonly blocks: Readonly<Record<string, CompiledFunction>>
  /** Its `{% nocache %}`, by number. */
  readonly holes: readonly CompiledFunction[]
}

/** A `{% nocache %}` of a template. */
export interface HolePlace {
  readonly template: string
  readonly number: number
  readonly line: number
  /** The names that it reads of the page's data. */
  readonly names: readonly string[]
}

/**
 * nunjucks counts from 0 while a page runs, and shows that in errors; except for templates that a
 * program made we count from 1.
 */
export type FirstLine = 0 | 1

/** What the code of one template is given of its own. */
export interface OwnCode {
  /** The name that it is found by in any process. */
  readonly name: string
  /** As nunjucks shows it in errors. */
  readonly path: string | undefined
  readonly digest: string
  /**
   * The templates of a run that is in no other one, as most bodies are: by name, with the digest.
   */
  readonly alone: ReadonlyMap<string, string>
  /** What the first line and column are called in errors. */
  readonly first: FirstLine
  readonly places: readonly Place[]
  readonly bodies: readonly BodyNames[]
  /** The names that its code may read from what is around it; null: any. */
  readonly reads: readonly string[] | null
  readonly holes: readonly HolePlace[]
  /** It only defines macros. */
  readonly isLibrary: boolean
  readonly UNKNOWN: typeof UNKNOWN
  readonly Text: typeof Text
  readonly Frame: typeof RunFrame
  readonly pureFilters: typeof PURE_FILTERS
  readonly Tag: typeof TagDeclaration
  readonly macro: typeof makeMacro
  readonly has: typeof hasKeyword
}

const sources = new WeakMap<Template, TemplateSource>()

/** The source of a template that an environment of ours has given out. */
export function sourceOf(template: Template): TemplateSource {
  let source = sources.get(template)
  if (!source) {
    source = new TemplateSource(template, template.path || undefined)
    sources.set(template, source)
  }
  return source
}

/**
 * Makes templates with one source share its code: a loader that does not cache gives out a new one
 * each time.
 */
export function setSource(template: Template, source: TemplateSource): void {
  sources.set(template, source)
}

/**
 * The code of a template, compiled at its first use.
 * @throws TagError, and what the parser throws
 */
export function codeOf(template: Template, way: CodeWay): TemplateCode {
  return sourceOf(template).code(way)
}

/** For a page without a cache. */
export const PLAIN_WAY: CodeWay = { inline: false, once: false, dataPolicy: NO_POLICY }

/** The runs of precompiled code, which hands on its frame to what it includes, and nothing else. */
const runs = new WeakMap<Frame, TemplateRun>()

/** The run that a frame of precompiled code belongs to. */
export function runAround(frame: Frame): TemplateRun | undefined {
  for (let scope: Frame | undefined = frame; scope; scope = scope.parent) {
    const run = runs.get(scope)
    if (run) return run
  }
  return undefined
}

/** A template's source, and its code for pages and for rendering in one go. */
export class TemplateSource {
  readonly name: string
  readonly digest: string
  readonly text: string | undefined
  readonly #env: Environment
  readonly #path: string | undefined
  readonly #first: FirstLine
  /** Code that nunjucks precompiled is the same for all. */
  readonly #only: TemplateCode | undefined
  /** By data policy: each cache has one. */
  #codes = new WeakMap<DataPolicy, { page?: TemplateCode; inline?: TemplateCode; once?: TemplateCode }>()
  #lookup: unknown
  #reads: [readonly string[] | null] | undefined

  /** @param name left out: a template of no name, which is known by its text */
  constructor(template: Template, name: string | undefined, first: FirstLine = 1) {
    this.text = template.tmplStr
    this.#env = template.env
    this.#path = template.path
    this.#first = first
    this.digest = isNothing(template) ? ABSENT : digestOf(this.text ?? textOf(template.tmplProps ?? {}))
    this.name = name ?? nameOfText(this.digest)
    if (this.text === undefined) this.#only = this.#precompiled(template.tmplProps ?? {})
  }

  code(way: CodeWay): TemplateCode {
    if (this.#only) return this.#only
    // Members are read inline unless the Jinja compatibility is installed, which may happen at any
    // time.
    if (this.#lookup !== nunjucks.runtime.memberLookup) {
      this.#codes = new WeakMap()
      this.#lookup = nunjucks.runtime.memberLookup
    }
    const { inline, once, dataPolicy } = way
    let codes = this.#codes.get(dataPolicy)
    if (!codes) {
      codes = {}
      this.#codes.set(dataPolicy, codes)
    }
    const known = once ? codes.once : inline ? codes.inline : codes.page
    if (known) return known
    const { code, tags } = this.#compile(this.text as string, way)
    if (once) {
      codes.once = code
      return code
    }
    // Without a tag there is one way to run it.
    if (inline || tags === 0) codes.inline = code
    if (!inline || tags === 0) codes.page = code
    return code
  }

  /** The names that its code may read from what is around it; null: any. */
  get reads(): readonly string[] | null {
    this.#reads ??= this.text === undefined ? [null] : [namesIn(parseTemplate(this.text, this.#env, true))]
    return this.#reads[0]
  }

  #compile(text: string, way: CodeWay): { code: TemplateCode; tags: number } {
    const path = this.#path ?? null
    const compiled = this.#refusing(() => compileTemplate(text, this.#env, path, way))
    const own = this.#own(compiled)
    const code = codeFrom(new Function('own', compiled.code)(own), own)
    return { code, tags: compiled.places.length }
  }

  #own({ places, bodies, holes, isLibrary }: CompiledSource): OwnCode {
    const { name, digest } = this
    const reads = () => this.reads
    return {
      get reads() {
        return reads()
      },
      name,
      path: this.#path,
      digest,
      alone: new Map([[name, digest]]),
      first: this.#first,
      places: places.map((place, n) => ({ ...place, id: `${name}#${n + 1}`, template: name, digest })),
      bodies,
      holes: holes.map((hole, number) => ({ ...hole, template: name, number })),
      isLibrary,
      UNKNOWN,
      Text,
      Frame: RunFrame,
      pureFilters: PURE_FILTERS,
      Tag: TagDeclaration,
      macro: makeMacro,
      has: hasKeyword,
    }
  }

  /**
   * Code that nunjucks precompiled. It has no places, so a cache tag in it could only run uncached,
   * unseen.
   */
  #precompiled(props: Record<string, CompiledFunction>): TemplateCode {
    if (textOf(props).includes(`getExtension("${CACHE_EXTENSION}")`)) {
      throw new TagError(
        `${this.name} was precompiled by nunjucks and has a cache tag, which only works where the template is ` +
          'compiled here: load it as source',
      )
    }
    const own = this.#own({ code: '', places: [], bodies: [], holes: [], isLibrary: false })
    const code = codeFrom(props, own)
    const root: CompiledFunction = (env, context, frame, runtime, callback) => {
      if (!isRun(runtime)) return code.root(env, context, frame, runtime, callback)
      runtime.ran(own)
      runs.set(frame, runtime)
      code.root(env, context, frame, runtime, runtime.noteLate(callback))
    }
    return { ...code, root }
  }

  #refusing<T>(compile: () => T): T {
    try {
      return compile()
    } catch (error) {
      if (!(error instanceof TagProblem)) throw error
      const where = `${this.name}, line ${error.lineno + 1}`
      throw new TagError(`${error.message} (${where})`)
    }
  }
}

/**
 * Says whether code runs for a page of ours: a precompiled template that a program made itself has
 * nunjucks' own runtime.
 */
export function isRun(runtime: unknown): runtime is TemplateRun {
  return typeof (runtime as Partial<TemplateRun>).ran === 'function'
}

function codeFrom(props: Record<string, CompiledFunction>, own: OwnCode): TemplateCode {
  const blocks = Object.keys(props).filter((name) => name.startsWith('b_'))
  for (const name of blocks) setOwner(props[name] as CompiledFunction, own.name)
  return {
    own,
    root: props.root as CompiledFunction,
    blocks: Object.fromEntries(blocks.map((name) => [name.slice(2), props[name] as CompiledFunction])),
    holes: Array.isArray(props.holes) ? props.holes : [],
  }
}

/**
 * A name that is bound on one way through a template may be free on another; `caller` is a macro's
 * own.
 */
function namesIn(tree: AstNode): readonly string[] {
  const names = readNames(tree)
  if (!freeNames(tree).has('caller')) names.delete('caller')
  return [...names]
}

function textOf(props: Record<string, CompiledFunction>): string {
  return Object.keys(props)
    .map((name) => `${name}: ${props[name]}`)
    .join('\n')
}

/**
 * Says whether a template is the one that nunjucks includes in place of a missing template, where
 * that is ignored.
 */
function isNothing({ tmplProps, path }: Template): boolean {
  return tmplProps !== undefined && path === ''
}

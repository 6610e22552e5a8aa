import { TagError } from '../../errors.ts'
import { type DataPolicy, NO_POLICY } from '../data-policy.ts'
import { type CodeWay, type CompiledSource, compileTemplate } from './compiler/compiler.ts'
import { PURE_FILTERS } from './environment/stock-code.ts'
import {
  type AstNode,
  type CompiledFunction,
  type Environment,
  type Frame,
  nunjucks,
  type RenderCallback,
  type Template,
} from './nunjucks.ts'
import type { FirstLine, OwnCode, TemplateCode } from './own-code.ts'
import { UNKNOWN } from './runtime/cut.ts'
import { FAST_FILTERS } from './runtime/fast-filters.ts'
import { RunFrame } from './runtime/frame.ts'
import { hasKeyword, makeMacro } from './runtime/macro.ts'
import { TagDeclaration } from './runtime/tag-arguments.ts'
import { Text } from './runtime/text.ts'
import { setOwner } from './syntax/block-owners.ts'
import { freeNames, readNames } from './syntax/names.ts'
import { parseTemplate } from './syntax/parse.ts'
import { CACHE_EXTENSION, TagProblem } from './syntax/tag-checks.ts'
import { ABSENT, digestOf, nameOfText } from './template-names.ts'

/** Where a template keeps its source: it is asked for more often than a WeakMap is fast. */
const SOURCE = Symbol('onetrip.source')

/** The source of a template that an environment of ours has given out. */
export function sourceOf(template: Template & { [SOURCE]?: TemplateSource }): TemplateSource {
  const known = template[SOURCE]
  if (known) return known
  const source = new TemplateSource(template, template.path || undefined)
  setSource(template, source)
  return source
}

/**
 * Makes templates with one source share its code: a loader that does not cache gives out a new one
 * each time.
 */
export function setSource(template: Template, source: TemplateSource): void {
  Object.defineProperty(template, SOURCE, { value: source, configurable: true, writable: true })
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

/** The run that code of a template is part of. */
export interface CodeRun {
  /** Is called by each function of a template. */
  ran(own: OwnCode): void
  /** Makes the callback of a root function that nunjucks compiled. */
  noteLate(callback: RenderCallback): RenderCallback
}

/** The runs of precompiled code, which hands on its frame to what it includes, and nothing else. */
const runs = new WeakMap<Frame, CodeRun>()

/** The run that a frame of precompiled code belongs to. */
export function runAround(frame: Frame): CodeRun | undefined {
  for (let scope: Frame | undefined = frame; scope; scope = scope.parent) {
    const run = runs.get(scope)
    if (run) return run
  }
  return undefined
}

/** The parts of the runtime that compiled code uses by itself, as `own`. */
const LIBRARY = {
  UNKNOWN,
  Text,
  Frame: RunFrame,
  pureFilters: PURE_FILTERS,
  fastFilters: FAST_FILTERS,
  Tag: TagDeclaration,
  macro: makeMacro,
  has: hasKeyword,
}

/** The code of one source under one data policy. */
interface Codes {
  page?: TemplateCode
  inline?: TemplateCode
  once?: TemplateCode
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
  #codes = new WeakMap<DataPolicy, Codes>()
  /** Those of the policy that was asked for last: most processes have one cache. */
  #last: { readonly policy: DataPolicy; readonly codes: Codes } | undefined
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
      this.#last = undefined
      this.#lookup = nunjucks.runtime.memberLookup
    }
    const { inline, once } = way
    const codes = this.#codesOf(way.dataPolicy)
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

  #codesOf(policy: DataPolicy): Codes {
    if (this.#last?.policy === policy) return this.#last.codes
    const codes = this.#codes.get(policy) ?? {}
    this.#codes.set(policy, codes)
    this.#last = { policy, codes }
    return codes
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
      ...LIBRARY,
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
export function isRun(runtime: unknown): runtime is CodeRun {
  return typeof (runtime as Partial<CodeRun>).ran === 'function'
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

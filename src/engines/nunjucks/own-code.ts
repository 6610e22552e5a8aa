import type { Place } from '../template-engine.ts'
import type { BodyNames } from './compiler/tags.ts'
import type { CompiledFunction } from './nunjucks.ts'

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

/** The code of one template, as the run that it is part of knows it. */
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
  /** Number of the first line and column in errors. */
  readonly first: FirstLine
  readonly places: readonly Place[]
  readonly bodies: readonly BodyNames[]
  /** The names that its code may read from what is around it; null: any. */
  readonly reads: readonly string[] | null
  readonly holes: readonly HolePlace[]
  /** It only defines macros. */
  readonly isLibrary: boolean
}

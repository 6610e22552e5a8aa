import { dataProperty } from '../../data-property.ts'
import { belongsToOneVisitor, isShared } from '../../engines/data-policy.ts'
import type { DefinedCall } from '../../engines/defined-call.ts'
import type { FragmentAt, FragmentRead } from '../../engines/fragment-read.ts'
import { Lazy } from '../../engines/lazy.ts'
import { hasMarks, isPerVisitorValue } from '../../engines/per-visitor.ts'
import type { TemplateEngine } from '../../engines/template-engine.ts'
import { LeakError } from '../../errors.ts'
import { type Fragment, fragmentsIn } from '../fragment/fragment.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import { NO_TAGS, type ParametersByTag, parametersByTag } from './parameters-by-tag.ts'

/** A read of what belongs to one visitor, and why it does; undefined: by its name. */
interface Leak {
  readonly read: FragmentRead
  readonly reason: string | undefined
}

/** Number of items of an array that are searched for a mark. */
const MOST_ITEMS = 1000

/**
 * Returns true if a value on a path into the data is marked by `perVisitor`. Lazy values are
 * checked when read.
 */
function isMarked(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (isPerVisitorValue(value)) return true
  if (value instanceof Lazy || name === undefined) return false
  if (name !== '[]') return isMarked(dataProperty(value, name), rest)
  return Object.keys(value)
    .slice(0, MOST_ITEMS)
    .some((key) => isMarked(dataProperty(value, key), rest))
}

/** Searches one render for leaks, by the option `safety`. */
export class LeakCheck {
  readonly #template: string
  readonly #data: object
  readonly #engine: TemplateEngine
  readonly #locals: object
  readonly #options: Pick<ResolvedOptions, 'safety' | 'dataPolicy'>
  /** The name of the fragment that all of the template is; undefined for a page. */
  readonly #fragment: string | undefined
  /** Checks of templates that were rendered inside, with data of their own. */
  readonly #inside: LeakCheck[] = Array.of()
  #leaks: readonly Leak[] | undefined
  #tags: ParametersByTag | undefined

  /**
   * @param locals data that belongs to one visitor by its origin: `res.locals`
   * @param fragment set if the template is a fragment by itself, whose data this is
   */
  constructor(
    template: string,
    data: object,
    engine: TemplateEngine,
    locals: object,
    options: Pick<ResolvedOptions, 'safety' | 'dataPolicy'>,
    fragment?: string,
  ) {
    this.#fragment = fragment
    this.#template = template
    this.#data = data
    this.#engine = engine
    this.#locals = locals
    this.#options = options
  }

  /** Checks the data before the render. @throws LeakError */
  refuse(): void {
    const leaks = this.#find()
    if (leaks.length > 0) throw leakError(leaks)
  }

  /**
   * Adds the check of a template that is rendered inside.
   * @throws LeakError, if a leak is an error
   */
  add(inside: LeakCheck): void {
    if (this.#options.safety === 'error') inside.refuse()
    else this.#inside.push(inside)
  }

  /** Checks what bodies have read. @throws LeakError, if a leak is an error */
  look(fragments: readonly Fragment[]): void {
    const { safety } = this.#options
    if (safety === 'off') return
    for (const fragment of fragments) {
      if (fragment.reason === undefined || fragment.kept) continue
      fragment.leak = markedLeak(fragment)
      if (fragment.leak && safety === 'error') throw fragment.leak
    }
  }

  /** Marks fragments that leak, if a leak is no error: they are not stored. */
  mark(fragments: readonly Fragment[]): void {
    if (this.#options.safety !== 'uncached' || fragments.length === 0) return
    for (const leak of this.#find()) {
      const at = fragments.filter((fragment) => isAt(fragment, leak.read.fragment))
      for (const fragment of at) fragment.leak ??= leakError([leak])
    }
    for (const inside of this.#inside) inside.mark(fragments)
  }

  /**
   * Returns what fragments read of one visitor without having it in their keys, by the templates
   * alone.
   */
  #find(): readonly Leak[] {
    const { dataPolicy } = this.#options
    this.#leaks ??= [
      ...(this.#engine.readsOf?.(this.#template, dataPolicy) ?? []).flatMap((read) => this.#leakOf(read)),
      ...(this.#fragment === undefined ? [] : this.#absentReads(this.#fragment)),
    ]
    return this.#leaks
  }

  /** Returns what a fragment with data of its own reads of a visitor, and does not have. */
  #absentReads(fragment: string): Leak[] {
    const { dataPolicy } = this.#options
    const reads = this.#engine.readsOfWhole?.(this.#template, fragment, dataPolicy) ?? []
    const absent = reads.filter(({ path: [root = ''] }) => !Object.hasOwn(this.#data, root))
    return absent
      .filter(({ path }) => belongsToOneVisitor(path, dataPolicy))
      .map((read) => ({ read, reason: undefined }))
  }

  /**
   * Returns true if a parameter of a defined fragment is made of what belongs to one visitor, also
   * by way of a variable, a macro or a loop.
   * @param place of its tag
   */
  hasPerVisitorParameter(name: string, { template, line }: DefinedCall['place']): boolean {
    this.#tags ??= this.#parametersByTag()
    const tag = this.#tags.get(name)?.find((one) => one.line === line && one.template === template)
    return tag !== undefined && (tag.byName || tag.paths.some((path) => this.#reasonOf(path) !== undefined))
  }

  #parametersByTag(): ParametersByTag {
    const { dataPolicy } = this.#options
    const reads = this.#engine.readsOfParameters?.(this.#template, dataPolicy)
    return reads ? parametersByTag(reads, dataPolicy) : NO_TAGS
  }

  #leakOf(read: FragmentRead): Leak[] {
    if (belongsToOneVisitor(read.path, this.#options.dataPolicy)) return [{ read, reason: undefined }]
    const reason = this.#reasonOf(read.path)
    return reason === undefined ? [] : [{ read, reason }]
  }

  /** Returns why a value belongs to one visitor, if that is not by its name. */
  #reasonOf(path: readonly string[]): string | undefined {
    const [root = ''] = path
    const { dataPolicy } = this.#options
    if (Object.hasOwn(this.#locals, root) && !isShared(root, dataPolicy))
      return this.#fragment === undefined
        ? `comes from the response's own values (res.locals, reply.locals), which belong to one visitor`
        : `is data of the fragment "${this.#fragment}", of whose parameters one belongs to one visitor`
    return hasMarks() && isMarked(this.#data, path) ? 'is marked by perVisitor()' : undefined
  }
}

/** Returns the error of all fragments that leak. */
function leakError(leaks: readonly Leak[]): LeakError {
  return new LeakError(leaks.map(({ read, reason }) => read.describe(reason)).join('\n'))
}

/** By name, not by line: a tag may span several lines, and rather one too many is not stored. */
function isAt({ name, place }: Fragment, at: FragmentAt): boolean {
  return name === at.name && place.template === at.template
}

/** Returns what a fragment read that is marked as one visitor's, and is not in its key. */
function markedLeak(fragment: Fragment): LeakError | undefined {
  const reads = markedReads(fragment)
  if (reads.length === 0) return undefined
  const found = reads.find(([value]) => !fragment.keyed?.has(value))
  if (!found) return undefined
  return new LeakError(
    `The fragment ${fragment.title} reads ${found[1]}, which is marked by perVisitor() as one visitor's, and its key does not have ` +
      'it, so that all visitors would get it. Add what tells visitors apart to the parts of its tag, such as the id of that ' +
      'object; or print it for each request, in a {% nocache %}.',
  )
}

function markedReads({ body, inner }: Fragment): readonly [object, string][] {
  const perVisitorReads = body?.result?.perVisitorReads
  const own = perVisitorReads && perVisitorReads.size > 0 ? [...perVisitorReads] : NO_READS
  return inner.length === 0 ? own : [...own, ...fragmentsIn(inner).flatMap(markedReads)]
}

const NO_READS: readonly [object, string][] = []

import { dataProperty } from '../../../data-property.ts'
import type { Bind, Bindings } from '../../bindings.ts'
import type { BodyNames } from '../compiler/tags.ts'
import type { Frame } from '../nunjucks.ts'
import type { OwnCode } from '../own-code.ts'
import { answerBlock } from './borrowed.ts'
import type { PageContext } from './context.ts'
import { Exports } from './exports.ts'
import { macroOf } from './macro.ts'
import type { LastBindings } from './page-code.ts'
import type { TemplateRun } from './run.ts'

/** Scope of a tag, as it was when its run met it. */
export interface TagScope {
  readonly run: TemplateRun
  readonly names: BodyNames
  /** Values of the JavaScript variables of the body, in the order of `names.variables`. */
  readonly variables: readonly unknown[]
  readonly context: PageContext
  readonly ctx: Readonly<Record<string, unknown>>
  readonly frame: Frame
  /** How many tags the run had met. */
  readonly mark: number
}

type Bound = Parameters<Bind>

/**
 * Tells what the names that a body may read stand for at its tag, as far as that is code, and so on
 * for what that code reads of the page. An import without context reads nothing of it.
 */
export function bindingsOf(
  scope: TagScope,
  templates: Bound[0],
  blocks: Bound[1],
  macros: Bound[2],
): Bindings {
  const { run, ctx } = scope
  const names = namesRead(scope, templates)
  if (blocks || macros) return new Walk(scope, names, blocks ?? [], macros).bindings
  const { last } = run.code
  if (last?.run === run && last.ctx === ctx && last.names === names && seesSame(scope, last))
    return last.bindings
  const values = names.flatMap((name) => [ownValue(scope, name), seenValue(scope, name)])
  const { bindings } = new Walk(scope, names, [], undefined)
  run.code.last = { run, ctx, names, values, bindings }
  return bindings
}

function seesSame(scope: TagScope, { names, values }: LastBindings): boolean {
  for (let n = 0; n < names.length; n++) {
    const name = names[n] as string
    if (values[2 * n] !== ownValue(scope, name) || values[2 * n + 1] !== seenValue(scope, name)) return false
  }
  return true
}

/** The names that may stand for code in a body, and in templates that it runs, sorted. */
function namesRead(scope: TagScope, templates: Bound[0]): readonly string[] {
  const { names, context, run } = scope
  // Neither another template nor a parent's block runs in it.
  if (names.picked !== null) return run.code.among(names.all)
  const known = templates && run.code.namesOf(names.all, templates, context.env)
  return known ?? namesSeen(scope)
}

/** All names that stand for code. */
function namesSeen({ names, frame, ctx }: TagScope): readonly string[] {
  return [...new Set([...names.variables, ...Object.keys(frame.variables), ...Object.keys(ctx)])].sort()
}

/** Returns the value of a name in the body itself, where it is a JavaScript variable there. */
function ownValue({ names, variables }: TagScope, name: string): unknown {
  const at = names.variables.indexOf(name)
  return at === -1 ? undefined : variables[at]
}

/** Returns the value of a name for code that looks it up. */
function seenValue({ frame, ctx }: TagScope, name: string): unknown {
  const value = frame.variables[name]
  return value === undefined ? ctx[name] : value
}

/** The variables of a context, and what may be read of them. */
interface Reached {
  readonly label: string
  readonly ctx: Readonly<Record<string, unknown>>
  readonly names: readonly string[]
  /** It sees nothing of the page. */
  readonly pure: boolean
}

/** Follows names to code, and from there to what that code reads: each context once. */
class Walk {
  readonly bindings: Bindings
  readonly #scope: TagScope
  /** Also what code reads that sees nothing of the page: which macros it may call. */
  readonly #deep: boolean
  readonly #macros = new Set<object>()
  readonly #lines: string[] = []
  readonly #reached: Reached[] = []
  readonly #labels = new Map<object, Map<string, string>>()
  /** Lists and dicts that are being looked through. */
  readonly #scanned = new Set<object>()
  #items = 0

  /** @param called macros that the body called, where it has run */
  constructor(scope: TagScope, names: readonly string[], blocks: Iterable<string>, called: Bound[2]) {
    this.#scope = scope
    this.#deep = called !== undefined
    const { blocks: chains } = scope.context
    for (const question of [...blocks].sort()) this.#note(question, answerBlock(question, chains))
    for (const name of names) {
      const [own, seen] = [ownValue(scope, name), seenValue(scope, name)]
      const ids = own === seen ? this.#idOf(own) : this.#idOf(own) + this.#idOf(seen)
      this.#note(name, ids)
    }
    for (const { label, ctx, names: read, pure } of this.#reached) {
      for (const name of read) {
        const id = this.#idOf(ctx[name])
        if (!pure) this.#note(`${label} ${name}`, id)
      }
    }
    this.bindings = {
      text: this.#lines.map(asLine).join('\n'),
      macros: this.#macros,
      unsure: this.#unnamed(called ?? []),
    }
  }

  #note(name: string, id: string): void {
    if (id !== '') this.#lines.push(name, id)
  }

  /** @returns '' for what is no code */
  #idOf(value: unknown): string {
    if (typeof value === 'function') {
      const macro = macroOf(value)
      if (!macro) return ''
      this.#macros.add(value)
      return macro.id + (macro.origin ? this.#reach(macro.origin.made, macro.origin.own) : '')
    }
    if (typeof value !== 'object' || value === null) return ''
    if (value instanceof Exports) {
      const { own, made } = Exports.originOf(value)
      if (this.#deep) for (const member of Object.values(value)) this.#idOf(member)
      return own.name + this.#reach(made, own)
    }
    return this.#scope.run.code.handedOn ? this.#idOfItems(value) : ''
  }

  /** Code in a list or a dict, however deep: a template has put it there. */
  #idOfItems(value: object): string {
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return ''
    if (this.#scanned.has(value) || this.#scope.run.isOfPage(value)) return ''
    this.#scanned.add(value)
    const ids: string[] = []
    for (const key of Object.keys(value)) {
      if (++this.#items > MOST_ITEMS) break
      const id = this.#idOf(dataProperty(value, key))
      if (id !== '') ids.push(`${key}=${id}`)
    }
    this.#scanned.delete(value)
    return ids.length > 0 ? `{${ids.join()}}` : ''
  }

  /** @returns how the text names a context that is read */
  #reach(made: PageContext, own: OwnCode): string {
    if (made.pure && !this.#deep) return ''
    const { run, context, ctx: here, mark } = this.#scope
    const ctx = made.origin === context.origin ? here : run.around.seenAt(mark, made)
    const labels = this.#labels.get(ctx) ?? new Map<string, string>()
    this.#labels.set(ctx, labels)
    const known = labels.get(own.name)
    if (known !== undefined) return known
    const label = made.pure ? '' : `>${this.#reached.filter(({ pure }) => !pure).length}`
    labels.set(own.name, label)
    const names = own.reads ? run.code.among(own.reads) : Object.keys(ctx).sort()
    this.#reached.push({ label, ctx, names, pure: made.pure })
    return label
  }

  /** Why the text may not tell all: macros were called that none of the names stands for. */
  #unnamed(called: Iterable<object>): string | undefined {
    if (this.#items > MOST_ITEMS) {
      return `it reads arrays with more than ${MOST_ITEMS} items, which may contain macros that are passed as values: pass macros by a name of their own`
    }
    for (const macro of called) {
      const known = macroOf(macro)
      if (
        this.#macros.has(macro) ||
        !known?.origin ||
        !this.#scope.run.around.isInside(known.origin.made.run)
      )
        continue
      return `it calls a macro (${known.id}) that none of the names it reads stands for: give it a name before the tag, {% set name = ... %}, and call that`
    }
    return undefined
  }
}

/** Of all lists and dicts that are looked through for one tag. */
const MOST_ITEMS = 2000

function asLine(text: string): string {
  return /[\n%]/.test(text) ? text.replaceAll('%', '%25').replaceAll('\n', '%0A') : text
}

import { hasMarks } from '../../per-visitor.ts'
import { isPure, isPureMethod } from '../environment/stock-code.ts'
import { membersAreStock } from '../environment/stock-members.ts'
import { type Context, nunjucks } from '../nunjucks.ts'
import { converts, makesText, toPrimitive, toText } from './conversion.ts'
import type { Given } from './given.ts'
import { changes } from './journal.ts'
import { isMacro } from './macro.ts'
import { plainFilter } from './noting-filter.ts'
import { callsCode, foundAt, GETTER } from './property-kind.ts'
import { type CallingRun, RecordedCalls } from './recorded-calls.ts'
import type { RunRecord } from './run-record.ts'
import { Text } from './text.ts'
import { Values } from './values.ts'

type Fn = (...args: unknown[]) => unknown

/**
 * Reads members, and calls functions, filters and tests of the application: what an earlier run of
 * the same template has read and called gives the same again.
 */
export abstract class Calls extends Values implements CallingRun {
  abstract readonly record: RunRecord
  /** There was a run before this one. Compiled code asks for it. */
  again = false
  #application: RecordedCalls | undefined

  abstract changedBefore(): ReadonlyMap<object, Given> | undefined

  /**
   * Gives what compiled code has read as `object[name]` itself, where that has called nothing.
   */
  member(value: unknown, object: object, name: string): unknown {
    if (typeof value === 'object') return this.read(value, name)
    return this.#asMember(value, object, name)
  }

  /** Returns true if reading a member calls code: a run that is started again must not. */
  callsCode(object: unknown, name: string): boolean {
    return typeof object === 'object' && object !== null && callsCode(object, name)
  }

  /** Returns the kind of members that a place has read so far, this time included. */
  foundAt(before: number, object: unknown, name: string): number {
    return foundAt(before, object, name)
  }

  /**
   * The same where that is not known.
   * @param found what the place that reads it has found so far
   */
  memberAt(object: object, name: string, found: number): unknown {
    const read = () => this.#asMember(object[name as never], object, name)
    return this.read(found === GETTER ? this.#noted(object, name, read) : read(), name)
  }

  /** @param selection a name, or the parts of a slice where the Jinja compatibility is installed */
  memberOf(object: unknown, ...selection: unknown[]): unknown {
    const [name] = selection
    const read = () => {
      const member = this.#memberNow(object, selection)
      const isMade = typeof member === 'function' && member !== object?.[name as never]
      return isMade ? bind(member as Fn, object as object, name) : member
    }
    return this.value(this.#noted(object, name, read), String(name))
  }

  /** Reads a property for a loop over an object. */
  itemOf(object: object, name: string): unknown {
    return this.#noted(object, name, () => object[name as never])
  }

  call(fn: unknown, label: string, context: Context, args: unknown[]): unknown {
    const lazy = this.host.calls.of(fn, args)
    if (lazy) return this.read(lazy, label)
    if (typeof fn !== 'function') return nunjucks.runtime.callWrap(fn, label, context, args)
    if (isMacro(fn)) return this.read(fn.apply(context, args), label)
    const { object = fn, name = fn } = (fn as Bound)[BOUND] ?? {}
    return this.#result(
      label,
      args,
      this.application.call(object, name, fn as Fn, context, withoutTexts(args)),
    )
  }

  callMember(object: unknown, name: unknown, label: string, context: Context, args: unknown[]): unknown {
    const fn = this.read(this.#methodOf(object, name), String(name))
    if (typeof fn !== 'function') return this.call(fn, label, context, args)
    if (isMacro(fn)) return this.read(fn.apply(context, args), label)
    if (changes(object, name)) this.journal.note(object, this.tagsMet)
    else if (!isPureMethod(object, name, args)) {
      return this.#result(
        label,
        args,
        this.application.call(object, name, fn as Fn, object, withoutTexts(args)),
      )
    }
    return this.#result(label, args, fn.apply(object, args))
  }

  #result(label: string, args: readonly unknown[], result: unknown): unknown {
    if (hasMarks()) this.noteShown('function', label, args, result)
    return this.read(result, label)
  }

  /** @param isStock it is nunjucks' own filter, and calls nothing of what it is given */
  filter(given: Fn, isStock: boolean, name: string, context: Context, args: unknown[]): unknown {
    const result = isStock
      ? given.apply(context, args)
      : this.#ownFilter(plainFilter(given), name, context, args)
    if (hasMarks()) this.noteShown('filter', name, args, result)
    return typeof result === 'object' ? this.read(result, `the result of the filter ${name}`) : result
  }

  #ownFilter(fn: Fn, name: string, context: Context, args: unknown[]): unknown {
    return isPure(fn) && !converts(name, args)
      ? fn.apply(context, args)
      : this.application.call(fn, fn, fn, context, withoutTexts(args))
  }

  /** Makes a text of an object, by its own code at most once. */
  protected override printed(value: object, escaped: boolean): unknown {
    if (!makesText(value)) return value
    const convert = escaped ? toText : toPrimitive
    return this.application.call(convert, convert, convert as Fn, undefined, [value])
  }

  test(fn: Fn, context: Context, args: unknown[]): boolean {
    const result = isPure(fn)
      ? fn.apply(context, args)
      : this.application.call(fn, fn, fn, context, withoutTexts(args))
    return result === true
  }

  /** As nunjucks has it, for what a loop runs over. What can be run over once is run over once. */
  fromIterator(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    if (value instanceof Promise) this.usePromise(value)
    const { fromIterator } = nunjucks.runtime
    if (value instanceof Map || value instanceof Set || !(Symbol.iterator in value))
      return fromIterator(value)
    return this.application.call(value, Symbol.iterator, fromIterator as Fn, undefined, [value])
  }

  /** Calls of code of the application. */
  protected get application(): RecordedCalls {
    this.#application ??= new RecordedCalls(this)
    return this.#application
  }

  #noted(object: unknown, name: unknown, read: () => unknown): unknown {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return read()
    // What is no getter, the journal has put back.
    if (this.again) return callsCode(object, String(name)) ? this.record.read(object, name, read) : read()
    const value = read()
    this.record.noteRead(object, name, value)
    return value
  }

  /** A method to be called on its object, or whatever else the member is. */
  #methodOf(object: unknown, name: unknown): unknown {
    const isPlain = object !== undefined && object !== null && !(object instanceof Promise)
    // nunjucks would make a function for each call.
    return isPlain && membersAreStock() ? object[name as never] : this.#memberNow(object, [name])
  }

  #memberNow(object: unknown, selection: unknown[]): unknown {
    const [name] = selection
    const value = (nunjucks.runtime.memberLookup as Fn)(object, ...selection)
    if (typeof value === 'function') {
      const own = (object as Record<string, unknown>)[name as string]
      return typeof own === 'function' && isMacro(own) ? own : value
    }
    if (value === undefined && object instanceof Promise) this.usePromise(object)
    return value
  }

  /** A member that is a function is bound to its object, as nunjucks has it. */
  #asMember(value: unknown, object: object, name: string): unknown {
    if (value === undefined && object instanceof Promise) this.usePromise(object)
    if (typeof value !== 'function') return value
    if (isMacro(value)) {
      this.code.handedOn = true
      return value
    }
    // Its very function: a template may print it.
    return bind(nunjucks.runtime.memberLookup(object, name) as Fn, object, name)
  }
}

/**
 * Where a function that was read as a member keeps what it is a method of: it is made anew each
 * time.
 */
const BOUND = Symbol('onetrip.bound')

interface Bound {
  readonly [BOUND]?: { readonly object: object; readonly name: unknown }
}

function bind(fn: Fn, object: object, name: unknown): Fn {
  return Object.assign(fn, { [BOUND]: { object, name } })
}

/**
 * Code of the application is given text without holes: a text that it asks for would end it in the
 * middle.
 */
function withoutTexts(args: unknown[]): unknown[] {
  for (let n = 0; n < args.length; n++) {
    const arg = args[n]
    if (arg instanceof Text) args[n] = new nunjucks.runtime.SafeString(arg.toString())
  }
  return args
}

import { Lazy } from '../../lazy.ts'
import { membersAreStock } from '../environment/stock-members.ts'
import { type Context, nunjucks, type RenderCallback } from '../nunjucks.ts'
import { hasNocache } from '../template-code.ts'
import { changes } from './journal.ts'
import { isMacro } from './macro.ts'
import { TemplateRun } from './run.ts'
import { callStock } from './stock-filter.ts'

type Fn = (...args: unknown[]) => unknown

/**
 * A run that is not started again: no lazy value was ever made in this process, or all are loaded
 * where they are read. So it notes neither calls nor reads, and its code has nothing of pages.
 */
export class OnceRun extends TemplateRun {
  constructor(...[env, data, host]: ConstructorParameters<typeof TemplateRun>) {
    super(env, data, host, true)
  }

  override get once(): boolean {
    return true
  }

  /** Returns true where changes are noted: a tag changes them back. */
  get #notes(): boolean {
    return this.depth > 0 || hasNocache(this.env)
  }

  override ran(): void {}

  override read(value: unknown, name: string): unknown {
    return typeof value === 'object' && value instanceof Lazy ? super.read(value, name) : value
  }

  override value(value: unknown, name: string): unknown {
    return typeof value === 'object' && value instanceof Lazy ? super.read(value, name) : value
  }

  override show(value: unknown, autoescape: boolean): unknown {
    if (typeof value === 'string') return autoescape ? nunjucks.lib.escape(value) : value
    if (typeof value === 'number') return value
    return value === undefined || value === null ? '' : nunjucks.runtime.suppressValue(value, autoescape)
  }

  override member(value: unknown, object: object, name: string): unknown {
    if (typeof value === 'object') return this.read(value, name)
    // Its very function: a template may print it.
    return typeof value === 'function' && !isMacro(value)
      ? nunjucks.runtime.memberLookup(object, name)
      : value
  }

  override memberOf(object: unknown, ...selection: unknown[]): unknown {
    if (!membersAreStock() || object === undefined || object === null)
      return super.memberOf(object, ...selection)
    const [name] = selection
    return this.member(object[name as never], object, String(name))
  }

  override itemOf(object: object, name: string): unknown {
    return object[name as never]
  }

  override call(fn: unknown, label: string, context: Context, args: unknown[]): unknown {
    if (typeof fn !== 'function') return super.call(fn, label, context, args)
    if (isMacro(fn)) return fn.apply(context, args)
    if (this.#notes) return super.call(fn, label, context, args)
    const lazy = this.host.calls.of(fn, args)
    return this.read(lazy ?? fn.apply(context, args), label)
  }

  override callMember(
    object: unknown,
    name: unknown,
    label: string,
    context: Context,
    args: unknown[],
  ): unknown {
    if (object === undefined || object === null || !membersAreStock() || changes(object, name))
      return super.callMember(object, name, label, context, args)
    const fn: unknown = object[name as never]
    if (typeof fn !== 'function' || this.#notes) return super.callMember(object, name, label, context, args)
    return this.read(fn.apply(isMacro(fn) ? context : object, args), label)
  }

  override filter(given: Fn, isStock: boolean, name: string, context: Context, args: unknown[]): unknown {
    if (!isStock && this.#notes) return super.filter(given, isStock, name, context, args)
    const result = isStock ? callStock(given, name, context, args) : given.apply(context, args)
    return this.read(result, name)
  }

  override test(fn: Fn, context: Context, args: unknown[]): boolean {
    return this.#notes ? super.test(fn, context, args) : fn.apply(context, args) === true
  }

  override joined(value: unknown): unknown {
    return value
  }

  protected override recorded(...call: Parameters<TemplateRun['recorded']>): unknown {
    if (this.#notes) return super.recorded(...call)
    const [, , fn, context, args] = call
    return fn.apply(context, args as unknown[])
  }

  protected override recordedLater(...call: Parameters<TemplateRun['recordedLater']>): void {
    if (this.#notes) return super.recordedLater(...call)
    const [, , start, , , callback] = call
    start(callback as RenderCallback)
  }
}

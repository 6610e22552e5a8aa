import { hasMarks } from '../../per-visitor.ts'
import type { Hole } from '../../template-engine.ts'
import { type Context, nunjucks, type RenderCallback } from '../nunjucks.ts'
import type { OwnCode } from '../own-code.ts'
import { AtOnce } from './at-once.ts'
import { Calls } from './calls.ts'
import { CUT, UNKNOWN } from './cut.ts'
import { plainFilter } from './noting-filter.ts'
import { type Parts, SetText, Text } from './text.ts'

type OutputList = (string | Hole)[] | null

const NO_PARTS: Parts = []

/** Puts together the output of a run, and hands text to filters and extensions. */
export abstract class Output extends Calls {
  /** The text that the run came to, where that has no holes. */
  output: string | undefined
  #parts: Parts | undefined

  /** Output of the run, with its holes. */
  get parts(): Parts {
    // No literal: see `Values#addHole`.
    this.#parts ??= this.output === undefined ? NO_PARTS : Array.of(this.output)
    return this.#parts
  }

  /** Keeps what the run has come to. */
  protected keep(result: string | Text): void {
    if (result instanceof Text) this.#parts = result.partsIn(this)
    else this.output = result
  }

  /** Adds text and then a value to a list of output; `null` is a list that is not begun yet. */
  splice(list: OutputList, text: string, value: string | Text | Hole): (string | Hole)[] {
    const parts: (string | Hole)[] = list ?? Array.of()
    if (text !== '') parts.push(text)
    if (value instanceof Text) parts.push(...value.partsIn(this))
    else parts.push(value)
    return parts
  }

  /** Output that has holes. */
  text(list: (string | Hole)[], output: string): Text {
    return new Text(output === '' ? list : [...list, output], this)
  }

  /** Returns the value of a `{% set %}` block. */
  setText(list: OutputList, output: string, cuts: number): unknown {
    if (this.cuts !== cuts) return UNKNOWN
    return list === null ? output : new SetText(this.text(list, output).partsIn(this))
  }

  /** The text of a filter block, or of what an extension encloses: it is needed at once. */
  textNow(list: OutputList, output: string, cuts: number): string {
    if (this.cuts !== cuts) throw CUT
    return list === null ? output : this.text(list, output).toString()
  }

  /** A text for code that cannot be cut; '' where it is not known yet, and this run is cut. */
  textNowOrCut(output: unknown): unknown {
    if (!(output instanceof Text)) return output
    try {
      return output.toString()
    } catch (error) {
      this.cut(error)
      return ''
    }
  }

  /** Adds the text of a `{% head %}` to the head of the page. */
  addToHead(list: OutputList, output: string, cuts: number): void {
    if (this.cuts === cuts) this.addHole(this.host.addToHead([...(list ?? []), output]))
  }

  /** Begins the statements of a function that returns at once. */
  atOnce(): AtOnce {
    return new AtOnce((error) => this.failLate(error))
  }

  /** Ends them. @throws what one of them failed with */
  ended(begun: AtOnce, { name }: OwnCode, line: number, cuts: number): void {
    begun.end(this.cuts !== cuts)
    if (!begun.complete) {
      this.unusable ??= `what stands at line ${line} of ${name} ends before what it waits for (an asynchronous filter, tag or loader)`
    }
  }

  /** An error of a statement whose text nobody waits for any more. */
  protected abstract failLate(error: unknown): void

  macroText(list: OutputList, output: string, cuts: number): object {
    if (this.cuts !== cuts) throw CUT
    return list === null ? new nunjucks.runtime.SafeString(output) : this.text(list, output)
  }

  /** As nunjucks' own, whose callback gets one joined string. */
  asyncAll(
    array: unknown,
    dimensions: number,
    body: (...args: unknown[]) => void,
    callback: RenderCallback,
  ): void {
    const outputs: (string | Text)[] = []
    const each = (...args: unknown[]) => {
      const done = args.pop() as (i: number, output: string) => void
      body(...args, (i: number, output: string | Text) => {
        outputs[i] = output
        done(i, '')
      })
    }
    nunjucks.runtime.asyncAll(array, dimensions, each, (error) => {
      if (error) return callback(error)
      if (!outputs.some((output) => output instanceof Text)) return callback(null, outputs.join(''))
      callback(
        null,
        this.text(
          outputs.reduce<(string | Hole)[]>((list, output) => this.splice(list, '', output), []),
          '',
        ),
      )
    })
  }

  /** The tag of a synchronous extension. */
  extension(name: string, method: string, args: unknown, escaped: boolean): unknown {
    if (args === UNKNOWN) return ''
    const [context, ...given] = args as unknown[]
    const extension = extensionOf(args, name)
    const run = (...values: unknown[]) => extension[method]?.(context, ...values)
    // What it encloses may read what it did not before.
    const output = given.some(isFunction)
      ? run(...given)
      : this.application.call(extension, method, run, context, given)
    return nunjucks.runtime.suppressValue(output, escaped)
  }

  extensionAsync(name: string, method: string, args: unknown, callback: RenderCallback): void {
    const values = this.#withTexts(args)
    if (!values) return callback(null, '')
    const [context, ...given] = values
    const extension = extensionOf(values, name)
    const start = (done: RenderCallback) => extension[method]?.(...values, done)
    if (given.some(isFunction)) start(callback)
    else this.application.callLater(extension, method, start, context, given, callback)
  }

  filterAsync(name: string, context: Context, args: unknown, callback: RenderCallback): void {
    const values = this.#withTexts(args)
    if (!values) return callback(null, UNKNOWN)
    const filter = plainFilter(context.env.getFilter(name))
    const start = (done: RenderCallback) => filter.call(context, ...values, done)
    this.application.callLater(filter, filter, start, context, values, (error, result) => {
      if (hasMarks()) this.noteShown('filter', name, values, result)
      callback(error, result)
    })
  }

  /**
   * Arguments for code that goes on later: texts with holes are asked for before. A cut that is
   * thrown into a foreign callback would end the process.
   *
   * @returns `undefined`: the statement is cut
   */
  #withTexts(args: unknown): unknown[] | undefined {
    if (args === UNKNOWN) return undefined
    try {
      return (args as unknown[]).map((arg) => withTexts(arg, DEEPEST))
    } catch (error) {
      this.cut(error)
      return undefined
    }
  }
}

/** A template builds lists of lists at most; data of the page has no texts of it. */
const DEEPEST = 3

function withTexts(value: unknown, depth: number): unknown {
  if (value instanceof Text) return new nunjucks.runtime.SafeString(value.toString())
  if (depth === 0 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value))
    return value.some(hasText) ? value.map((item) => withTexts(item, depth - 1)) : value
  if (Object.getPrototypeOf(value) !== Object.prototype || !Object.values(value).some(hasText)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item, depth - 1)]))
}

function hasText(value: unknown): boolean {
  if (value instanceof Text) return true
  return Array.isArray(value) && value.some(hasText)
}

type Methods = Record<string, ((...args: unknown[]) => unknown) | undefined>

/** The first argument of an extension's method is the context. */
function extensionOf(args: unknown, name: string): Methods {
  const [context] = args as [Context]
  return context.env.getExtension(name) as unknown as Methods
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

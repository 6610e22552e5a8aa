import { type Frame, nunjucks } from '../nunjucks.ts'

type Variables = Record<string, unknown>

/**
 * Makes objects without inherited members. Unlike those of `Object.create(null)`, V8 reads them by
 * inline caches.
 */
const Variables = function Variables() {} as unknown as new () => Variables
Variables.prototype = Object.create(null)

const stock = nunjucks.runtime.Frame.prototype as Frame

/**
 * A scope of a run, as nunjucks' own: cheaper to make, and compiled code writes its variables as
 * properties.
 */
export class RunFrame implements Frame {
  readonly variables: Variables = new Variables()
  readonly parent: Frame | undefined
  topLevel = false
  readonly isolateWrites: boolean

  constructor(parent?: Frame, isolateWrites = false) {
    this.parent = parent
    this.isolateWrites = isolateWrites
  }

  /** @param resolveUp where an outer scope has the name, it is set there */
  set(name: string, value: unknown, resolveUp = false): void {
    // Code that nunjucks precompiled sets `loop.index` so.
    if (!resolveUp) return stock.set.call(this, name, value)
    const frame = this.resolve(name, true) ?? this
    frame.variables[name] = value
  }

  lookup(name: string): unknown {
    for (let frame: Frame | undefined = this; frame; frame = frame.parent) {
      const value = frame.variables[name]
      if (value !== undefined) return value
    }
    return undefined
  }

  /** As nunjucks has it: only the innermost scope keeps writes to itself. */
  resolve(name: string, forWrite = false): Frame | undefined {
    if (this.variables[name] !== undefined) return this
    let frame = forWrite && this.isolateWrites ? undefined : this.parent
    while (frame && frame.variables[name] === undefined) frame = frame.parent
    return frame
  }

  push(isolateWrites = false): Frame {
    return new RunFrame(this, isolateWrites)
  }

  pop(): Frame | undefined {
    return this.parent
  }
}
// So that code of others takes it for one of nunjucks.
Object.setPrototypeOf(RunFrame.prototype, stock)

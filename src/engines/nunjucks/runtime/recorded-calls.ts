import type { RenderCallback } from '../nunjucks.ts'
import { PageContext } from './context.ts'
import { CUT } from './cut.ts'
import { changesOf, type Given } from './given.ts'
import { type Collection, type Journal, replace } from './journal.ts'
import { Call } from './made-call.ts'
import type { RunRecord } from './run-record.ts'
import { withArguments } from './same-arguments.ts'

type Fn = (...args: unknown[]) => unknown

/** The run that makes the calls. */
export interface CallingRun {
  /** There was a run before this one. */
  readonly again: boolean
  readonly record: RunRecord
  /** Grows with all that is missed. */
  readonly missed: number
  /** How many tags were met. */
  readonly tagsMet: number
  readonly journal: Journal
  /** Returns all that this run, and those around it, have changed. */
  changedBefore(): ReadonlyMap<object, Given> | undefined
}

/**
 * Calls code of the application for a run, and notes each call with what it has changed. What an
 * earlier run of the same template has called is not called again: it gives the same, and what it
 * changed is changed again.
 */
export class RecordedCalls {
  readonly #run: CallingRun

  constructor(run: CallingRun) {
    this.#run = run
  }

  /**
   * Calls code of the application, unless an earlier run has.
   * @param target the function, or a method's object
   */
  call(target: unknown, callee: unknown, fn: Fn, context: unknown, args: readonly unknown[]): unknown {
    const known = this.#run.again ? this.#run.record.nextCall(target, callee, args) : undefined
    if (known) {
      const value = this.#repeat(known, args)
      if (known.failed) throw value
      return value
    }
    const call = this.#callOf(target, callee, args)
    const { missed } = this.#run
    const lookups = context instanceof PageContext ? context.lookups : 0
    try {
      call.returned(fn.apply(context, args as unknown[]))
    } catch (error) {
      call.threw(error)
    }
    this.#note(call, missed, context, lookups)
    if (call.failed) throw call.value
    return call.value
  }

  /** The same for code that calls back. */
  callLater(
    target: unknown,
    callee: unknown,
    start: (callback: RenderCallback) => void,
    context: unknown,
    args: readonly unknown[],
    callback: RenderCallback,
  ): void {
    const known = this.#run.again ? this.#run.record.nextCall(target, callee, args) : undefined
    if (known) {
      const value = this.#repeat(known, args)
      if (known.failed) callback(value)
      else callback(null, value)
      return
    }
    const call = this.#callOf(target, callee, args)
    const { missed } = this.#run
    const lookups = context instanceof PageContext ? context.lookups : 0
    let over = false
    start((error, value) => {
      if (!over) {
        over = true
        if (error) call.threw(error)
        else call.returned(value)
        this.#note(call, missed, context, lookups)
      }
      callback(error, value)
    })
  }

  #callOf(target: unknown, callee: unknown, args: readonly unknown[]): Call {
    const given = this.#run.record.watch.before(target, args)
    return new Call(target, callee, args, given, given.length > 0 ? this.#run.changedBefore() : undefined)
  }

  /**
   * Notes a call that was made, and what it has changed.
   * @param missed how much had been missed before
   * @param lookups how often variables of the context had been looked at before
   */
  #note(call: Call, missed: number, context: unknown, lookups: number): void {
    if (call.given.length > 0) {
      call.changes = changesOf(call.given)
      for (const { at, name, before } of call.changes) {
        this.#run.journal.note(this.#changed(call.given[at] as Given, name), this.#run.tagsMet, before)
      }
    }
    // With what it missed, or with a variable that is not known yet, it may come to something else.
    if (this.#run.missed !== missed || (call.failed && call.value === CUT)) return
    if (context instanceof PageContext && context.lookups !== lookups && context.hasUnknown) return
    this.#run.record.noteCall(call)
  }

  /** Returns the result, or the error, of a call of an earlier run, and repeats its changes. */
  #repeat(call: Call, args: readonly unknown[]): unknown {
    const returned = call.given.findIndex(({ value }) => value === call.value)
    if (call.changes.length === 0 && returned === -1) return withArguments(call, args)
    // What a template makes, a list or an object, is made anew by each run.
    const given = this.#run.record.watch.before(call.target, args)
    for (const { at, name, after } of call.changes) {
      if (!given[at]) continue
      const collection = this.#changed(given[at], name)
      this.#run.journal.note(collection, this.#run.tagsMet)
      replace(collection, after)
    }
    return given[returned]?.value ?? withArguments(call, args)
  }

  #changed({ value }: Given, name: string | undefined): Collection {
    return name === undefined ? (value as unknown[]) : this.#run.journal.property(value, name)
  }
}

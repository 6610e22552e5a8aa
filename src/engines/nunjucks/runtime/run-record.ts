import type { RunHost } from '../../template-engine.ts'
import { Watch } from './given.ts'
import type { Call } from './made-call.ts'
import { sameArguments } from './same-arguments.ts'

/** The calls of one function, or of one object's methods, in order. */
interface Calls {
  readonly all: Call[]
  /** Those before this one were met in this run. */
  first: number
}

/** Values that reading a property has given, in order. */
interface Values {
  readonly all: unknown[]
  next: number
}

/**
 * Calls and reads of the application by the runs of one template, or of one body. A run
 * that is started again gets the same: the n-th call of a function with the same arguments, and the
 * n-th read of a property, give what they gave before, and only what comes after that is called and
 * read. So a flash message that is gone once it is read, an iterator or a counter is met once,
 * however often the template runs.
 *
 * Most templates run once: the first run only adds to two lists.
 */
export class RunRecord {
  #watch: Watch | undefined
  #run = 0
  #given: object | undefined
  #data: object | undefined
  #firstCalls: Call[] | undefined
  /** Object, name and value, one after the other. */
  #firstReads: unknown[] | undefined
  /** From the second run on: the calls by function or object, and the reads by object and name. */
  #calls: Map<unknown, Calls> | undefined
  #values: Map<object, Map<unknown, Values>> | undefined

  get watch(): Watch {
    this.#watch ??= new Watch()
    return this.#watch
  }

  /** Begins a run. @returns whether there was one before */
  begin(): boolean {
    this.#run++
    if (this.#run === 1) return false
    if (this.#run === 2) this.#index()
    for (const calls of this.#calls?.values() ?? []) calls.first = 0
    for (const properties of this.#values?.values() ?? []) {
      for (const values of properties.values()) values.next = 0
    }
    return true
  }

  /** The page's data as it was first read: a getter among it is called once. */
  dataOf(given: object): object {
    if (this.#data === undefined || given !== this.#given) this.#data = Object.assign({}, given)
    this.#given = given
    return this.#data
  }

  /** Notes a read of the first run. */
  noteRead(object: object, name: unknown, value: unknown): void {
    this.#firstReads ??= Array.of()
    this.#firstReads.push(object, name, value)
  }

  /** Reads a property in a later run. */
  read(object: object, name: unknown, read: () => unknown): unknown {
    const values = this.#valuesOf(object, name)
    if (values.next === values.all.length) values.all.push(read())
    return values.all[values.next++]
  }

  /** Notes a call that was made. */
  noteCall(call: Call): void {
    call.run = this.#run
    if (this.#run >= 2) return void this.#callsOf(call.target).all.push(call)
    this.#firstCalls ??= Array.of()
    this.#firstCalls.push(call)
  }

  /** The next call of this kind that an earlier run has made and this one has not met. */
  nextCall(target: unknown, callee: unknown, args: readonly unknown[]): Call | undefined {
    const calls = this.#callsOf(target)
    for (let n = calls.first; n < calls.all.length; n++) {
      const call = calls.all[n] as Call
      if (call.run === this.#run || call.callee !== callee || !sameArguments(call, args)) continue
      call.run = this.#run
      while (calls.all[calls.first]?.run === this.#run) calls.first++
      return call
    }
    return undefined
  }

  #index(): void {
    for (const call of this.#firstCalls ?? []) this.#callsOf(call.target).all.push(call)
    const reads = this.#firstReads ?? []
    for (let n = 0; n < reads.length; n += 3) {
      const [object, name, value] = reads.slice(n, n + 3)
      this.#valuesOf(object as object, name).all.push(value)
    }
    this.#firstCalls = undefined
    this.#firstReads = undefined
  }

  #callsOf(target: unknown): Calls {
    this.#calls ??= new Map()
    let calls = this.#calls.get(target)
    if (!calls) {
      calls = { all: [], first: 0 }
      this.#calls.set(target, calls)
    }
    return calls
  }

  #valuesOf(object: object, name: unknown): Values {
    this.#values ??= new Map()
    let properties = this.#values.get(object)
    if (!properties) {
      properties = new Map()
      this.#values.set(object, properties)
    }
    let values = properties.get(name)
    if (!values) {
      values = { all: [], next: 0 }
      properties.set(name, values)
    }
    return values
  }
}

/** Returns the record that a host keeps from run to run. */
export function recordOf(host: RunHost): RunRecord {
  host.engineState ??= new RunRecord()
  return host.engineState as RunRecord
}

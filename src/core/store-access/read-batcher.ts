import type { Clock } from '../../clock.ts'
import { OnetripError, StoreError } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'
import type { Observers } from '../observe/observers.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { Deadline } from './deadline.ts'
import type { KnownVersions } from './known-versions.ts'
import { asStoreError, lateError } from './store-failure.ts'

/** For each key what is there, `null` for nothing, an Error where it was not read. */
export type Found = readonly (Buffer | null | OnetripError)[]

/**
 * Counts a page's round trips to the store. All reads of one turn of the event loop, of fragments
 * and values, are one command and count once.
 */
export class TripCounter {
  total = 0
  /** Those of them that have read values alone. */
  ofValues = 0
  #last: object | undefined
  #lastIsOfValues = false

  /**
   * @param command identifies it: other pages may have a part in it
   * @param forValues whether it is counted for values, not for fragments
   */
  count(command: object, forValues = false): void {
    if (command !== this.#last) {
      this.#last = command
      this.#lastIsOfValues = forValues
      this.total++
      if (forValues) this.ofValues++
    } else if (this.#lastIsOfValues && !forValues) {
      this.#lastIsOfValues = false
      this.ofValues--
    }
  }
}

/** Kind of a read, for observers: of fragments, of values, or of versions and marks alone. */
export type ReadKind = 'fetch' | 'values' | 'tags'

/** The keys that one page asks for. A class, and lists without a literal: see `Values#addHole`. */
class Request {
  readonly keys: readonly string[]
  readonly resolve: (found: Found) => void

  constructor(keys: readonly string[], resolve: (found: Found) => void) {
    this.keys = keys
    this.resolve = resolve
  }
}

/**
 * Reads from the store. Pages that ask in the same turn of the event loop share one command, and a
 * key that several of them ask for is in it once.
 */
export class ReadBatcher {
  readonly #store: Store
  readonly #breaker: CircuitBreaker
  readonly #timeout: number
  readonly #clock: Clock
  readonly #known: KnownVersions | undefined
  readonly #observers: Observers
  #requests: Request[] = Array.of()
  /** Kind of the command that they become: a fragment among them decides. */
  #kind: ReadKind = 'tags'

  /**
   * @param timeout milliseconds after which a command that is not answered counts as a failure of
   *   the store
   * @param known given where a version that was put back is to be found out
   */
  constructor(
    store: Store,
    breaker: CircuitBreaker,
    timeout: number,
    clock: Clock,
    known: KnownVersions | undefined,
    observers: Observers,
  ) {
    this.#observers = observers
    this.#known = known
    this.#clock = clock
    this.#store = store
    this.#breaker = breaker
    this.#timeout = timeout
  }

  /**
   * Reads keys. Never rejects. What is answered after the page's deadline is dropped.
   *
   * @param trips counts the command, where one is sent
   */
  async read(
    keys: readonly string[],
    deadline: Deadline,
    trips?: TripCounter,
    kind: ReadKind = 'fetch',
  ): Promise<Found> {
    const broken = this.#breaker.error
    if (broken) return keys.map(() => broken)
    const sentAt = this.#clock.now()
    const found = deadline.left > 0 ? this.#join(keys, trips, kind) : undefined
    const late = () => {
      const error = lateError(this.#timeout)
      // A page that had little time left says nothing of the store.
      if (this.#clock.now() - sentAt >= this.#timeout * ALMOST) this.#breaker.failed(error)
      return keys.map(() => error)
    }
    return found ? deadline.wait(found, late) : late()
  }

  #join(keys: readonly string[], trips: TripCounter | undefined, kind: ReadKind): Promise<Found> {
    const forValues = kind === 'values'
    return new Promise((resolve) => {
      // Within this process nothing is gained by waiting.
      if (!this.#store.capabilities.shared) {
        trips?.count(keys, forValues)
        return this.#send(keys, kind, resolve)
      }
      // After all requests that the sockets have delivered in this turn.
      if (this.#requests.length === 0) this.#clock.setImmediate(() => this.#sendAll())
      trips?.count(this.#requests, forValues)
      if (this.#kind === 'tags' || kind === 'fetch') this.#kind = kind
      this.#requests.push(new Request(keys, resolve))
    })
  }

  #sendAll(): void {
    const groups = groupsOf(this.#requests)
    this.#requests = Array.of()
    const kind = this.#kind
    this.#kind = 'tags'
    const [only] = groups
    if (groups.length === 1 && only) {
      this.#send(only.keys, kind, (found) => only.resolve(found))
      return
    }
    const all = new Map<string, number>()
    const places = groups.map(({ keys }) => keys.map((key) => placeIn(all, key)))
    this.#send([...all.keys()], kind, (found) => {
      for (const [n, group] of groups.entries())
        group.resolve((places[n] as number[]).map((place) => found[place] as Found[number]))
    })
  }

  #send(keys: readonly string[], kind: ReadKind, resolve: (found: Found) => void): void {
    const observers = this.#observers
    const begun = observers.seeTrips ? this.#clock.now() : undefined
    this.#getMany(keys).then(
      (values) => {
        const found = values.map(asFound)
        if (begun !== undefined) observers.trip(kind, keys.length, begun, found.some(isError))
        const failure = found[0]
        // A store of several servers may fail in part.
        if (failure instanceof OnetripError && found.every((value) => value instanceof OnetripError))
          this.#breaker.failed(failure)
        else this.#breaker.succeeded()
        resolve(this.#known ? found.map((value, n) => this.#trusted(keys[n] as string, value)) : found)
      },
      (cause: unknown) => {
        const error = asStoreError(cause)
        if (begun !== undefined) observers.trip(kind, keys.length, begun, true)
        this.#breaker.failed(error)
        resolve(keys.map(() => error))
      },
    )
  }

  /** Refuses a version that was put back. */
  #trusted(key: string, value: Found[number]): Found[number] {
    const known = this.#known
    return known && Buffer.isBuffer(value) && known.isPutBack(key, value) ? known.refuse(key) : value
  }

  /** Reads keys. A foreign store may throw where it should reject, or answer too little. */
  async #getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    const values: unknown = await this.#store.getMany(keys)
    if (!Array.isArray(values))
      throw new StoreError(`The store answered a value of type ${typeof values}, and no array`)
    if (values.length === keys.length) return values
    throw new StoreError(`The store answered ${values.length} values for ${keys.length} keys`)
  }
}

/** Requests for the same keys: those of one page, which many visitors ask for at the same time. */
class Group {
  readonly keys: readonly string[]
  readonly #resolves: ((found: Found) => void)[] = Array.of()

  constructor(keys: readonly string[]) {
    this.keys = keys
  }

  add({ keys, resolve }: Request): boolean {
    const isSame = keys.length === this.keys.length && keys.every((key, n) => key === this.keys[n])
    if (isSame) this.#resolves.push(resolve)
    return isSame
  }

  resolve(found: Found): void {
    for (const resolve of this.#resolves) resolve(found)
  }
}

/** Groups requests by their keys, which costs less than to look up each key of each. */
function groupsOf(requests: readonly Request[]): Group[] {
  const groups: Group[] = Array.of()
  const byFirst = new Map<string | undefined, Group>()
  for (const request of requests) {
    const { keys } = request
    if (byFirst.get(keys[0])?.add(request)) continue
    const group = new Group(keys)
    group.add(request)
    groups.push(group)
    byFirst.set(keys[0], group)
  }
  return groups
}

/** Returns which of all keys a key is, counted from 0. */
function placeIn(all: Map<string, number>, key: string): number {
  const known = all.get(key)
  if (known !== undefined) return known
  const place = all.size
  all.set(key, place)
  return place
}

function isError(value: Found[number]): boolean {
  return value instanceof OnetripError
}

/** Share of `timeout` from which a late answer counts as a failure: timers are not exact. */
const ALMOST = 0.9

/** Trusts no reply: one wrong bit makes a number, or a list, of the bytes of Redis' protocol. */
function asFound(value: unknown): Found[number] {
  if (value === null || Buffer.isBuffer(value)) return value
  if (value instanceof Error) return asStoreError(value)
  return new StoreError(`The store answered a value of type ${typeof value} for a key, and no Buffer`)
}

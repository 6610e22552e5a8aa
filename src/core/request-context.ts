import { AsyncContext } from './async-context.ts'

/** A request, whose page is opened at its first use. */
export interface PageOwner<Page> {
  readonly page: Page
  /** Its response is over: what still runs in its context may be a callback of another request. */
  readonly over: boolean
}

/**
 * The requests that a plugin or a middleware serves. Finds the one that the running code belongs
 * to.
 */
export class RequestContext<Page> {
  readonly #owners = new AsyncContext<PageOwner<Page>>()
  /** Requests enter their context. */
  tracked = false
  #underWay = 0
  /** Number of those that began before requests were tracked. */
  #untracked = 0

  /**
   * Lets each request enter its context from now on, by {@link RequestContext.run}. Until then
   * none does: it would add a tenth to the time of a page of hits.
   */
  track(): void {
    this.tracked = true
  }

  /** Counts a request. @returns a function to call when its response has ended */
  begin(): () => void {
    const untracked = this.tracked ? 0 : 1
    this.#underWay++
    this.#untracked += untracked
    return () => {
      this.#underWay--
      this.#untracked -= untracked
    }
  }

  /** Runs a function, and all that it starts, for a request. */
  run<T>(owner: PageOwner<Page>, fn: () => T): T {
    return this.#owners.run(owner, fn)
  }

  /** The page of the running code's request; undefined outside of requests. */
  get page(): Page | undefined {
    return this.#owners.value?.page
  }

  /** That page; undefined, too, if the response of its request is over. */
  get servedPage(): Page | undefined {
    const owner = this.#owners.value
    return owner?.over === false ? owner.page : undefined
  }

  /**
   * The running code is in the context of a request that is over, and may belong to another one.
   */
  get over(): boolean {
    return this.#owners.value?.over === true
  }

  /** The running code may belong to a request that is not known: the context may be lost. */
  get unknown(): boolean {
    return this.#owners.value?.over ?? this.#underWay > 0
  }

  /** That request may be one that never entered a context. */
  get untracked(): boolean {
    return this.#untracked > 0 && this.#owners.value === undefined
  }
}

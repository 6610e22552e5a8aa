import { AsyncLocalStorage } from 'node:async_hooks'
import type { Page } from './page.ts'

/** A request, whose page is opened at its first use. */
export interface PageOwner {
  readonly page: Page
  /** Its response is over: what still runs in its context may be a callback of another request. */
  readonly over: boolean
}

/** The requests that a plugin or a middleware serves. Finds the one that the running code belongs to. */
export class Requests {
  readonly #owners = new AsyncLocalStorage<PageOwner>()
  #tracked = false
  #underWay = 0
  /** Of these, those that began before pages were tracked. */
  #untracked = 0

  /**
   * Says that each request is to enter its context from now on, by {@link run}. Until then none does: it makes a page
   * of hits a tenth dearer.
   */
  track(): void {
    this.#tracked = true
  }

  get tracked(): boolean {
    return this.#tracked
  }

  /** Counts a request. @returns a function to call when its response has ended */
  begin(): () => void {
    const untracked = this.#tracked ? 0 : 1
    this.#underWay++
    this.#untracked += untracked
    return () => {
      this.#underWay--
      this.#untracked -= untracked
    }
  }

  /** Runs a function, and all that it starts, for a request. */
  run<T>(owner: PageOwner, fn: () => T): T {
    return this.#owners.run(owner, fn)
  }

  /** The page of the request that the running code belongs to, as far as is known. */
  get page(): Page | undefined {
    return this.#owners.getStore()?.page
  }

  /** The same, only where that request is still being served. */
  get servedPage(): Page | undefined {
    const owner = this.#owners.getStore()
    return owner?.over === false ? owner.page : undefined
  }

  /** Whether the running code is in the context of a request that is over, and may belong to another. */
  get over(): boolean {
    return this.#owners.getStore()?.over === true
  }

  /** Whether the running code may belong to a request, and it is not known to which: the context may be lost. */
  get unknown(): boolean {
    return this.#owners.getStore()?.over ?? this.#underWay > 0
  }

  /** The same, where the request never entered a context. */
  get untracked(): boolean {
    return this.#untracked > 0 && this.#owners.getStore() === undefined
  }
}

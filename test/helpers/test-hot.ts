import type { HotFragments } from 'onetrip'

/** Counts exactly, in this process, what a sketch estimates. */
export class TestHot implements HotFragments {
  readonly #counts = new Map<string, Map<string, number>>()
  /** Thrown by `top`. */
  failure: Error | undefined

  note(fragment: string, params: string): void {
    const counts = this.#counts.get(fragment) ?? new Map<string, number>()
    this.#counts.set(fragment, counts.set(params, (counts.get(params) ?? 0) + 1))
  }

  async top(fragment: string, n: number) {
    if (this.failure) throw this.failure
    const all = [...(this.#counts.get(fragment) ?? [])].sort(([, one], [, other]) => other - one)
    return all.slice(0, n).map(([params, count]) => ({ params, count }))
  }
}

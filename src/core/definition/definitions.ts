import { OptionError, TagError } from '../../errors.ts'
import { nearestOf } from '../../options/nearest-name.ts'
import { show } from '../../options/show.ts'
import { DefinedFragment } from './define-fragment.ts'

/** The defined fragments of one cache, by name. */
export class Definitions {
  readonly #byName: ReadonlyMap<string, DefinedFragment>

  constructor(fragments: readonly DefinedFragment[]) {
    this.#byName = new Map(fragments.map((fragment) => [fragment.name, fragment]))
  }

  get all(): Iterable<DefinedFragment> {
    return this.#byName.values()
  }

  get(name: string): DefinedFragment | undefined {
    return this.#byName.get(name)
  }

  /** Returns the fragment that a template names. @throws TagError */
  named(name: string, where: string): DefinedFragment {
    const fragment = this.#byName.get(name)
    if (fragment) return fragment
    throw new TagError(
      `There is no fragment "${name}"${where}${this.#near(name)}. Define it, defineFragment("${name}", { template }), and give it ` +
        'to the cache: the option fragments.',
    )
  }

  /**
   * Returns the fragment that a program passes, or names.
   * @param caller the method, for messages
   * @throws OptionError
   */
  of(fragment: unknown, caller: string): DefinedFragment {
    if (typeof fragment === 'string') {
      const named = this.#byName.get(fragment)
      if (named) return named
      throw new OptionError(
        `${caller}: the option fragments of the cache has no fragment "${fragment}"${this.#near(fragment)}.`,
      )
    }
    if (!(fragment instanceof DefinedFragment)) {
      throw new OptionError(
        `${caller} takes what defineFragment() returned, or its name, not ${show(fragment)}.`,
      )
    }
    if (this.#byName.get(fragment.name) === fragment) return fragment
    const other = this.#byName.has(fragment.name) ? ' It has another one of that name.' : ''
    throw new OptionError(
      `${caller}: the fragment "${fragment.name}" is not in the option fragments of this cache.${other}`,
    )
  }

  #near(name: string): string {
    const nearest = nearestOf(name, [...this.#byName.keys()])
    return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`
  }
}

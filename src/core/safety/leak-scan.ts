import { LeakError, OptionError } from '../../errors.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { StoredBody, storedHeads } from '../fragment/stored-body.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'

/** A shorter value would be found by chance. */
const SHORTEST = 4

/** Values of one visitor, which must not be in what others get. */
export class LeakScan {
  /** Each value as it may stand in HTML. */
  readonly #forms: readonly (readonly string[])[]

  /** @throws OptionError where `detectLeaks` gives no list */
  constructor({ detectLeaks }: ResolvedOptions, request: unknown) {
    const values: unknown = detectLeaks?.(request) ?? []
    if (!Array.isArray(values)) {
      const gave = values instanceof Promise ? 'a Promise' : typeof values
      if (values instanceof Promise) values.catch(() => {})
      throw new OptionError(`The option safety.detectLeaks must return an array of values, not ${gave}.`)
    }
    this.#forms = values
      .filter((value) => value !== undefined && value !== null)
      .map(String)
      .filter((value) => value.length >= SHORTEST)
      .map(formsOf)
  }

  /**
   * @returns the error of a fragment that holds one of the values. It does not repeat the value.
   */
  search(fragment: Fragment): LeakError | undefined {
    const { name, place } = fragment
    const body = new StoredBody(fragment)
    const heads = storedHeads(fragment.inner, body.nocache)
    // What a hole is given by name is kept, too.
    const holes = [...body.holes, ...heads.flatMap((head) => head.holes)]
    const kept = holes.map(({ values }) => JSON.stringify(values))
    const text = [body.text, ...heads.map((head) => head.text), ...kept].join('\n')
    const found = this.#forms.findIndex((forms) => forms.some((form) => text.includes(form)))
    if (found === -1) return undefined
    return new LeakError(
      `The fragment "${name}" (${place.template}, line ${place.line}) contains value ${found + 1} of detectLeaks, which ` +
        'belongs to one visitor. Put the value into its key, or remove it from the fragment.',
    )
  }
}

/** As it is, as nunjucks escapes it, as JSON and as an address have it. */
function formsOf(value: string): string[] {
  const escaped = value.replace(/[&"'<>\\]/g, (character) => ESCAPED[character] as string)
  return [...new Set([value, escaped, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])]
}

const ESCAPED: Record<string, string> = {
  '&': '&amp;',
  '"': '&quot;',
  "'": '&#39;',
  '<': '&lt;',
  '>': '&gt;',
  '\\': '&#92;',
}

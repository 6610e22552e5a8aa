import type { Declaration } from '../../engines/template-engine.ts'
import { KeyPartError, messageOf, OptionError, TagError } from '../../errors.ts'
import { listNames } from '../../options/list-names.ts'
import { show } from '../../options/show.ts'
import type { ResolvedOptions, VaryFunction } from '../options/cache-options.ts'
import { encodeVary } from './fragment-key.ts'

/** Why a page does not share what varies by its request, if that is not known. */
export const UNKNOWN_REQUEST = 'its request is not known'

/** Values that one page differs by. Each function is called at most once for its request. */
export class Vary {
  readonly #functions: Readonly<Record<string, VaryFunction>>
  readonly #always: readonly string[]
  readonly #request: unknown
  readonly #given: Readonly<Record<string, unknown>> | undefined
  #values: Map<string, unknown> | undefined

  /** @param given values that stand for what the functions return */
  constructor(
    { vary, defaultVary }: ResolvedOptions,
    request: unknown,
    given?: Readonly<Record<string, unknown>>,
  ) {
    this.#given = given
    this.#functions = vary
    this.#always = defaultVary
    this.#request = request
  }

  /**
   * Returns the end of a fragment's key: what it differs by, and how.
   * @throws TagError for an unknown name, KeyPartError for a value that is nothing
   */
  suffixOf({ vary, name, place }: Declaration): string {
    const where = ` (${place.template}, line ${place.line})`
    const names = new Set([...this.#always, ...readNames(vary, name, where)])
    return this.suffixOfNames([...names], `The fragment "${name}"`, where)
  }

  /** Returns the end of another key. @param title names it in messages @throws as `suffixOf` */
  suffixOfNames(names: readonly string[], title: string, where = ''): string {
    return encodeVary(names.map((one) => [one, this.#valueOf(one, title, where)]))
  }

  /**
   * Returns the values of names, those of every fragment among them. Nothing can change them.
   * @param title names what differs by them, in messages
   * @throws TagError, KeyPartError
   */
  valuesOf(names: readonly string[], title: string, where: string): Readonly<Record<string, unknown>> {
    if (names.length + this.#always.length === 0) return NO_VALUES
    const all = [...new Set([...this.#always, ...names])]
    return Object.freeze(Object.fromEntries(all.map((name) => [name, this.#valueOf(name, title, where)])))
  }

  /**
   * Checks that the values are as they were, or a page would get fragments of both.
   * @throws KeyPartError
   */
  refuseChanged(): void {
    for (const [vary, value] of this.#values ?? []) {
      if (this.#isGiven(vary)) continue
      const now = this.#ask(this.#functions[vary] as VaryFunction, `Fragments vary by "${vary}"`)
      if (Object.is(now, value)) continue
      throw new KeyPartError(
        `The value of "${vary}", by which fragments vary, changed from ${show(value)} to ${show(now)} while the page was rendered: ` +
          'set it before, and let the function of the option vary return one value for each request.',
      )
    }
  }

  #isGiven(vary: string): boolean {
    return this.#given !== undefined && Object.hasOwn(this.#given, vary)
  }

  #ask(read: VaryFunction, title: string): unknown {
    try {
      return read(this.#request)
    } catch (cause) {
      const missing =
        this.#request === undefined
          ? ' There is no request: give render() one, render(template, data, { request }), or let the function do without it.'
          : ''
      throw new KeyPartError(
        `${title}, and that function of the option vary threw: ${messageOf(cause)}.${missing}`,
        { cause },
      )
    }
  }

  #valueOf(vary: string, title: string, where: string): unknown {
    this.#values ??= new Map()
    if (this.#isGiven(vary)) this.#values.set(vary, this.#given?.[vary])
    if (!this.#values.has(vary)) {
      const read = this.#functions[vary]
      if (!read || !Object.hasOwn(this.#functions, vary)) {
        throw new TagError(
          `${title} varies by "${vary}"${where}, which the option vary does not have: ${listNames(this.#functions)}.`,
        )
      }
      // Without a request its function could only guess.
      if (this.#given && this.#request === undefined) {
        throw new KeyPartError(
          `${title} varies by "${vary}"${where}, and it is rendered without a request: give the value, { vary: { ${vary}: ... } }.`,
        )
      }
      this.#values.set(vary, this.#ask(read, `${title} varies by "${vary}"${where}`))
    }
    const value = this.#values.get(vary)
    if (isValue(value)) return value
    throw new KeyPartError(
      `${title} varies by "${vary}"${where}, which is ${show(value)} for this request: it would be ` +
        'one fragment for all visitors. Give a string, a number or a boolean, such as a default locale.',
    )
  }
}

const NO_VALUES = Object.freeze({})

function readNames(vary: unknown, name: string, where: string): string[] {
  if (vary === undefined) return []
  const list = Array.isArray(vary) ? vary : [vary]
  const wrong = list.findIndex((one) => typeof one !== 'string')
  if (wrong === -1) return list
  throw new TagError(
    `The fragment "${name}" varies by ${show(list[wrong])}${where}: vary= must be an array of names, such as ["locale"].`,
  )
}

/**
 * Returns the end of a key by the values of `delete({ name, parts, vary })`.
 * @param caller the method that is given them, for messages
 * @throws OptionError
 */
export function suffixOfValues(
  vary: unknown,
  { defaultVary, vary: functions }: Pick<ResolvedOptions, 'defaultVary' | 'vary'>,
  caller = 'delete',
): string {
  if (vary === undefined) {
    if (defaultVary.length === 0) return ''
    throw new OptionError(
      `Every fragment varies by ${defaultVary.join(', ')} (the option keys.defaultVary), so a name and parts do not say which: ` +
        `${caller}({ name, parts, vary: { ... } })${caller === 'delete' ? ', or invalidate() by a tag' : ''}.`,
    )
  }
  if (typeof vary !== 'object' || vary === null || Array.isArray(vary)) {
    throw new OptionError(
      `The vary of ${caller}({ vary }) must be an object of values by name, such as { locale: 'en' }, not ${show(vary)}.`,
    )
  }
  const missing = defaultVary.find((one) => !Object.hasOwn(vary, one))
  if (missing !== undefined)
    throw new OptionError(`${caller}({ vary }) leaves out "${missing}", which every fragment varies by.`)
  // A process that only deletes may have no functions.
  const known = Object.keys(functions)
  const unknown = Object.keys(vary).find((one) => known.length > 0 && !known.includes(one))
  if (unknown !== undefined)
    throw new OptionError(
      `${caller}({ vary }) names "${unknown}", which the option vary does not have: ${listNames(functions)}.`,
    )
  const entries = Object.entries(vary)
  const wrong = entries.find(([, value]) => !isValue(value))
  if (wrong)
    throw new OptionError(
      `The vary of ${caller}({ vary }) must have a string, a number or a boolean for "${wrong[0]}", not ${show(wrong[1])}.`,
    )
  return encodeVary(entries)
}

function isValue(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'boolean' || Number.isFinite(value)
}

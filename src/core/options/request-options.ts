import { OptionError } from '../../errors.ts'
import { listNames } from '../../options/list-names.ts'
import type { BypassFunction, ResolvedOptions, Safety, VaryFunction } from './cache-options.ts'

/** The options that say what a request, or a visitor, is to a page: how each is read. */

export function readVary(value: unknown): Readonly<Record<string, VaryFunction>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const wrong = Object.entries(value).find(([, fn]) => typeof fn !== 'function')
    if (!wrong) return { ...value } as Record<string, VaryFunction>
    throw new OptionError(
      `The option vary has "${wrong[0]}", which is no function of the request but ${show(wrong[1])}.`,
    )
  }
  throw new OptionError(
    `The option vary takes functions by name, such as { locale: (request) => request.locale }, not ${show(value)}.`,
  )
}

export function readDefaultVary(value: unknown, vary: object): readonly string[] {
  if (!Array.isArray(value)) {
    throw new OptionError(
      `The option defaultVary takes a list of names, such as ['locale'], not ${show(value)}.`,
    )
  }
  const unknown = value.find((name) => !Object.hasOwn(vary, name))
  if (unknown === undefined) return [...value]
  throw new OptionError(
    `The option defaultVary names ${show(unknown)}, which the option vary does not have: ${listNames(vary)}.`,
  )
}

export function readBypass(value: unknown): BypassFunction | undefined {
  if (value === undefined || typeof value === 'function') return value as BypassFunction | undefined
  throw new OptionError(
    `The option bypass takes a function of the request that gives 'read', 'write', 'both' or false, not ${show(value)}.`,
  )
}

export function readSafety(value: unknown): Safety {
  if (value === 'error' || value === 'uncached' || value === 'off') return value
  throw new OptionError(`The option safety takes 'error', 'uncached' or 'off', not ${show(value)}.`)
}

export function readDetectLeaks(value: unknown): ResolvedOptions['detectLeaks'] {
  if (value instanceof AsyncFunction)
    throw new OptionError(
      'The option detectLeaks takes a function that gives its list at once, not an async one: load the values before, such as ' +
        'with the session.',
    )
  if (value === undefined || typeof value === 'function') return value as ResolvedOptions['detectLeaks']
  throw new OptionError(
    'The option detectLeaks takes a function of the request that gives a list of its values, such as ' +
      `(request) => [request.user?.email], not ${show(value)}.`,
  )
}

const AsyncFunction = (async () => {}).constructor as FunctionConstructor

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null
    ? `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`
    : String(value)
}

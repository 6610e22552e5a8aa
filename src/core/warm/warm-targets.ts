import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { type FragmentCall, readCall } from '../definition/call-text.ts'
import type { VaryValues } from '../definition/define-fragment.ts'
import type { HotFragments } from '../definition/hot-fragments.ts'
import type { WarmTarget } from './warm.ts'

/** Parameters of the fragments to warm: those that are given, or those that visitors ask for. */
export type WarmParams<P> =
  | Iterable<P>
  | AsyncIterable<P>
  /** The `hot` parameters, with their `vary`, that are asked for most. */
  | { readonly hot: number }

/** Returns the fragments to warm, and how many they are, if that is known. @throws OptionError */
export function readTargets(
  name: string,
  params: unknown,
  varies: readonly VaryValues[],
  hot: HotFragments | undefined,
): { readonly targets: AsyncIterable<WarmTarget>; readonly total: number | undefined } {
  if (isPlainObject(params) && 'hot' in params) {
    const { hot: count } = params
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 1)
      throw new OptionError(`warm(): hot must be a whole number of at least 1, not ${show(count)}.`)
    if (!hot)
      throw new OptionError(
        'warm(): { hot } needs the option fragments.hot of the cache, which counts what is asked for.',
      )
    return { targets: hotTargets(name, count, hot), total: undefined }
  }
  if (!isIterable(params)) {
    throw new OptionError(
      `warm(): the parameters must be an iterable, such as [{ id: 1 }, { id: 2 }], or { hot: 100 }, not ${show(params)}.`,
    )
  }
  const total = Array.isArray(params) ? params.length * varies.length : undefined
  return { targets: combined(params, varies), total }
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return (
    typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  )
}

async function* combined(
  list: Iterable<unknown> | AsyncIterable<unknown>,
  varies: readonly VaryValues[],
): AsyncGenerator<WarmTarget> {
  for await (const params of list) for (const vary of varies) yield { params, vary }
}

/** Yields the calls that visitors make most often. */
export async function* hotTargets(
  name: string,
  count: number,
  hot: HotFragments,
): AsyncGenerator<FragmentCall> {
  for (const { params } of await hot.top(name, count)) {
    const call = readCall(params)
    if (call) yield call
  }
}

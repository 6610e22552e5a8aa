import { OptionError } from '../../errors.ts'
import { type CachedFunction, cachedFunction } from './cached.ts'
import type { CachedOptions } from './cached-options.ts'
import type { CachedHost } from './call.ts'

/**
 * Decorator for a method or a getter (TC39 decorators, stage 3; TypeScript 5 without
 * `experimentalDecorators`). The decorated member returns a promise. The functions take the
 * instance first.
 */
export interface CachedMember<Self, Args extends unknown[]>
  extends Pick<
    CachedFunction<[self: Self, ...args: Args], unknown>,
    'key' | 'refresh' | 'invalidate' | 'clear' | 'lazy'
  > {
  <Value extends (this: Self, ...args: Args) => Promise<unknown>>(
    value: Value,
    context: { readonly kind: string; readonly name: string | symbol },
  ): Value
}

type Member = (this: unknown, ...args: unknown[]) => unknown

/** @throws OptionError, DurationError */
export function cachedMember(
  name: string,
  options: CachedOptions<never>,
  host: CachedHost,
): (value: unknown, context: unknown) => unknown {
  if (typeof name !== 'string' || name === '')
    throw new OptionError(
      'The first argument of cached() must be a name, a string: cached(name, options, fn).',
    )
  if (typeof options?.key !== 'function') {
    throw new OptionError(
      `cached("${name}", options) without a function is a decorator, whose key tells instances apart: pass key: (self) => ` +
        '[self.id]. For a function, pass it: cached(name, options, fn).',
    )
  }
  let member: Member | undefined
  const cached = cachedFunction<unknown[], unknown>(
    name,
    options as unknown as CachedOptions<unknown[]>,
    (self, ...args) => (member as Member).apply(self, args),
    host,
  )
  const { key, refresh, invalidate, clear, lazy } = cached
  const functions = { key, refresh, invalidate, clear, lazy }
  const decorate = (value: unknown, context: unknown) => {
    const { kind } = (context ?? {}) as { kind?: string; name?: string | symbol }
    if (typeof value !== 'function' || (kind !== 'method' && kind !== 'getter')) {
      throw new OptionError(
        `cached("${name}") decorates a method or a getter, by the decorators of the standard.`,
      )
    }
    if (value.length > 0 && options.key !== undefined && options.key.length < 2) {
      throw new OptionError(
        `cached("${name}") decorates a method that takes arguments, and its key is made of the instance alone: key: (self, ...args) => ` +
          '[self.id, ...args].',
      )
    }
    if (member)
      throw new OptionError(`cached("${name}") decorates one method or getter: make another for a second.`)
    member = value as Member
    return Object.assign(function (this: unknown, ...args: unknown[]) {
      return cached(this, ...args)
    }, functions)
  }
  return Object.assign(decorate, functions)
}

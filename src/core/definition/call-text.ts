import { isPlainObject } from '../../options/show.ts'
import type { VaryValues } from './define-fragment.ts'
import type { Params } from './params.ts'

/** A call of a defined fragment: its parameters, and the values that it varies by. */
export interface FragmentCall {
  readonly params: Params
  readonly vary: VaryValues
}

/** Returns a call as one string: the same for the same call. */
export function callText(params: object, vary: object): string {
  return JSON.stringify([params, vary])
}

/** Reads what {@link callText} returned; undefined for what is none. */
export function readCall(text: string): FragmentCall | undefined {
  try {
    const [params, vary] = JSON.parse(text) as [Params, VaryValues]
    return isPlainObject(params) && isPlainObject(vary) ? { params, vary } : undefined
  } catch {
    return undefined
  }
}

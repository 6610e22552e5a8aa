import type { CacheTag } from '../syntax/cache-tag.ts'
import { expressionText } from '../syntax/expression-text.ts'

/** Where a cache tag stands, and expressions of it as the template writes them. */
export interface CompiledPlace {
  /** Counted from 1. */
  readonly line: number
  readonly parts: readonly string[]
  /** The items of `tags=`, where it is written as an array. */
  readonly tags: readonly string[]
}

/** Returns the place of a cache tag. */
export function placeOf({ parts, tags }: CacheTag, line: number): CompiledPlace {
  const items = tags?.typename === 'Array' ? tags.children : []
  return { line, parts: parts.map(expressionText), tags: items.map(expressionText) }
}

import { twinOf } from './read-part.ts'

/**
 * Returns parts that are written as those that were given, with one of another type, such as `"42"`
 * in place of `42`, if there is an entry of them.
 */
export async function findTwin(
  parts: readonly unknown[],
  isThere: (parts: readonly unknown[]) => Promise<boolean>,
): Promise<readonly unknown[] | undefined> {
  for (const [n, part] of parts.entries()) {
    const twin = twinOf(part)
    if (twin === undefined) continue
    const others = parts.with(n, twin)
    if (await isThere(others)) return others
  }
  return undefined
}

import { expect, it } from 'vitest'
import { redisStore } from '../../../src/stores/redis/index.ts'

/** Without types, as a user of JavaScript calls it. */
export const redis = redisStore as (options?: unknown) => ReturnType<typeof redisStore>

/** Options that redisStore refuses, by a title, with the message expected. */
export type RefusedOptions = readonly (readonly [title: string, given: unknown, says: RegExp])[]

/** Declares a test for each: the error has the message, and no password (`s3cret`). */
export function refuses(all: RefusedOptions): void {
  it.each(all)('refuses %s', (_, given, says) => {
    let error: unknown
    try {
      redis(given)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'ERR_ONETRIP_OPTION', message: expect.stringMatching(says) })
    expect(String(error)).not.toContain('s3cret')
  })
}

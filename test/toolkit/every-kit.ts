import { type Toolkit, type ToolkitOptions, toolkit } from 'onetrip/toolkit'
import { expect } from 'vitest'
import { describeEveryClient, type Opened } from '../streams/every-client.ts'

export interface OpenedKit extends Opened {
  /** Makes a toolkit on the client, which is closed after the test. */
  kit(options?: ToolkitOptions): Toolkit
}

/** Describes tests that hold for every kind of client. */
export function describeEveryKit(name: string, fn: (at: OpenedKit) => void): void {
  describeEveryClient(name, (at) => {
    const kit = (options?: ToolkitOptions) => at.opened(toolkit(at.redis, options))
    fn(Object.defineProperties({ kit }, Object.getOwnPropertyDescriptors(at)) as OpenedKit)
  })
}

/** Matches an error of the toolkit. */
export const reason = (reason: string) => expect.objectContaining({ code: 'ERR_ONETRIP_TOOLKIT', reason })

/** Collects what an iteration yields. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

import type { Sources } from '../sources.ts'
import { addressOf, type Done, type Page, type View } from './page.ts'

/** Asks before it invalidates a tag. Its form is the only one that changes something. */
export const invalidatePage: Page = {
  name: 'invalidate',
  title: 'Invalidate a tag',
  template: 'invalidate.njk',
  parent: 'tags',
  params: ['tag'],
  hasForm: true,
  load: async ({ query }: View) => ({
    tag: query.get('tag') ?? '',
    action: addressOf('invalidate', query),
  }),
  post: invalidate,
}

async function invalidate(fields: URLSearchParams, { cache, now }: Sources): Promise<Done> {
  const tag = fields.get('tag') ?? ''
  if (tag === '') return { failed: true, message: 'No tag was given: nothing was invalidated.' }
  try {
    await cache.invalidate(tag)
    const at = new Date(now()).toISOString().slice(11, 19)
    return { failed: false, message: `The tag “${tag}” was invalidated at ${at} UTC.` }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { failed: true, message: `The tag “${tag}” was not invalidated: ${reason}` }
  }
}

import { fragmentPage } from './fragment.ts'
import { fragmentsPage } from './fragments.ts'
import { invalidatePage } from './invalidate.ts'
import { overviewPage } from './overview.ts'
import type { Page } from './page.ts'
import { tagsPage } from './tags.ts'

/** All pages, in the order of the menu. */
export const PAGES: readonly Page[] = [overviewPage, fragmentsPage, fragmentPage, tagsPage, invalidatePage]

/** Returns the page of an address; undefined if there is none. */
export function findPage(name: string): Page | undefined {
  return PAGES.find((page) => page.name === name)
}

import { entryPage } from './entry.ts'
import { findingsPage } from './findings.ts'
import { fragmentPage } from './fragment.ts'
import { fragmentsPage } from './fragments.ts'
import { invalidatePage } from './invalidate.ts'
import { nginxPage } from './nginx.ts'
import { overviewPage } from './overview.ts'
import type { Page } from './page.ts'
import { queuesPage } from './queues.ts'
import { tagsPage } from './tags.ts'
import { tracePage } from './trace.ts'
import { tracesPage } from './traces.ts'

/** All pages, in the order of the menu. */
export const PAGES: readonly Page[] = [
  overviewPage,
  fragmentsPage,
  fragmentPage,
  tracesPage,
  tracePage,
  entryPage,
  tagsPage,
  invalidatePage,
  queuesPage,
  nginxPage,
  findingsPage,
]

/** Returns the page of an address; undefined if there is none. */
export function findPage(name: string): Page | undefined {
  return PAGES.find((page) => page.name === name)
}

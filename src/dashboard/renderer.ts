import type { Clock } from '../clock.ts'
import { FragmentCache } from '../core/fragment-cache.ts'
import { lazy } from '../engines/lazy.ts'
import { nunjucksEngine } from '../engines/nunjucks/index.ts'
import { memoryStore } from '../stores/memory/index.ts'
import { VIEWS } from './assets.ts'
import { FILTERS } from './numbers/format.ts'
import type { Page, View } from './pages/page.ts'
import { PAGES } from './pages/pages.ts'
import type { Sources } from './sources.ts'

/**
 * Renders the pages, by a cache of its own: browsers that see the same page within a second share
 * one reading of the numbers, and nothing of it counts in the site's numbers.
 */
export class Renderer {
  readonly #cache: FragmentCache

  constructor(clock: Clock) {
    const engine = nunjucksEngine({ root: VIEWS, noCache: false, throwOnUndefined: false })
    for (const [name, filter] of Object.entries(FILTERS)) engine.environment.addFilter(name, filter)
    this.#cache = new FragmentCache(
      { engine, store: memoryStore({ maxBytes: '16MB' }, clock), ttl: '1s' },
      clock,
    )
  }

  /** Returns a whole page. @param extra data beside that of the view */
  page(page: Page, view: View, sources: Sources, extra: object): Promise<string> {
    return this.#render('layout.njk', page, view, sources, extra)
  }

  /** Returns the part of a page that changes. */
  main(page: Page, view: View, sources: Sources): Promise<string> {
    return this.#render('main.njk', page, view, sources, {})
  }

  close(): Promise<void> {
    return this.#cache.close()
  }

  async #render(template: string, page: Page, view: View, sources: Sources, extra: object): Promise<string> {
    const { body } = await this.#cache.render(template, {
      ...extra,
      nav: PAGES.filter(({ inMenu }) => inMenu?.(sources)).map(({ name, title }) => ({
        href: name === '' ? './' : name,
        title,
        current: name === page.name || name === page.parent,
      })),
      page: {
        name: page.name,
        title: page.title,
        template: page.template,
        live: page.interval !== undefined,
      },
      view,
      shared: page.interval !== undefined,
      data: lazy(() => page.load(view, sources)),
    })
    return body.toString()
  }
}

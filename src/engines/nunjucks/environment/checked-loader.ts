import { type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { LRUCache } from 'lru-cache'
import { nunjucks, type Template } from '../nunjucks.ts'

/**
 * A file that was changed this shortly before it was read, in milliseconds, may change once more
 * without another time of change: file systems count in ticks of up to 10 ms, some in whole
 * seconds.
 */
const SAME_TICK = 2_000

/** How many names are known at most; what is not known is read again. */
const MOST_NAMES = 10_000

/** The file of a template, as it was when it was read. */
interface ReadFile {
  readonly path: string
  readonly stats: Stats
  /** It was read so soon after a change that its stats do not tell the next one apart. */
  readonly isUnsure: boolean
}

/**
 * Loads templates from folders for development: a template is kept, and given out only while its
 * file is as it was read. So an edit shows on the next page, and a page costs one `stat` for each
 * template in place of reading all of them.
 */
export class CheckedLoader extends nunjucks.FileSystemLoader {
  readonly #files = new LRUCache<string, ReadFile>({ max: MOST_NAMES })
  #checked: Record<string, Template | null> = {}

  /** Where nunjucks keeps templates and looks for them. */
  override get cache(): Record<string, Template | null> {
    return this.#checked
  }

  /** nunjucks begins with an empty object, and empties it so. */
  override set cache(templates: Record<string, Template | null>) {
    this.#checked = new Proxy(templates, {
      get: (known, name) => {
        const template = Reflect.get(known, name)
        return template && this.#isCurrent(String(name)) ? template : undefined
      },
    })
  }

  override getSource(name: string): { path: string } | null {
    const source = super.getSource(name)
    if (!source) return null
    // After it was read: a change in between is one of a moment ago.
    const stats = statSync(source.path, { throwIfNoEntry: false })
    if (stats) {
      const isUnsure = Date.now() - stats.mtimeMs < SAME_TICK
      this.#files.set(name, { path: source.path, stats, isUnsure })
    } else this.#files.delete(name)
    return source
  }

  #isCurrent(name: string): boolean {
    const file = this.#files.get(name)
    if (!file || file.isUnsure || this.#pathOf(name) !== file.path) return false
    const now = statSync(file.path, { throwIfNoEntry: false })
    return (
      now !== undefined &&
      now.mtimeMs === file.stats.mtimeMs &&
      now.ctimeMs === file.stats.ctimeMs &&
      now.size === file.stats.size &&
      now.ino === file.stats.ino
    )
  }

  /** Where the template is found now: one of the same name may have come into an earlier folder. */
  #pathOf(name: string): string | undefined {
    const { searchPaths } = this
    if (searchPaths.length === 1) return resolve(searchPaths[0] as string, name)
    return searchPaths
      .map((folder) => resolve(folder, name))
      .find((path) => statSync(path, { throwIfNoEntry: false }) !== undefined)
  }
}

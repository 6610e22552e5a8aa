import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, posix, relative, resolve, sep } from 'node:path'
import nunjucks from 'nunjucks'

/** Folders whose files are no templates of the site. */
const SKIPPED = new Set(['node_modules', '.git', 'dist', 'coverage'])
const TEMPLATE = /\.(njk|nunjucks|nunj|html|svg)$/
/** Others are templates if they have a tag. */
const ALWAYS = /\.(njk|nunjucks|nunj)$/
/** What static generators read above a template. */
const FRONT_MATTER = /^---\r?\n[\s\S]*?\r?\n---\r?\n/

/** The templates of one folder, named by their paths in it. */
export class Site {
  sources = new Map()
  #endings = new Map()

  constructor(folder) {
    this.folder = resolve(folder)
    this.name = basename(this.folder)
    this.#read(this.folder)
    this.names = [...this.sources.keys()]
      .filter((name) => ALWAYS.test(name) || this.sources.get(name).includes('{%'))
      .sort()
  }

  #read(folder) {
    for (const entry of readdirSync(folder)) {
      const path = join(folder, entry)
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat?.isDirectory() && !SKIPPED.has(entry)) this.#read(path)
      if (!stat?.isFile() || !TEMPLATE.test(entry)) continue
      const name = relative(this.folder, path).split(sep).join(posix.sep)
      this.sources.set(name, readFileSync(path, 'utf8').replace(FRONT_MATTER, ''))
      this.#endings.set(entry, [...(this.#endings.get(entry) ?? []), name])
    }
  }

  /** The file that a name means: itself, or the shortest path that ends with it, since roots are not known. */
  find(name) {
    if (this.sources.has(name)) return name
    const own = `${this.name}/`
    if (name.startsWith(own)) return this.find(name.slice(own.length))
    const ending = `/${name.replace(/^[./]+/, '')}`
    const found = (this.#endings.get(posix.basename(name)) ?? []).filter((path) =>
      `/${path}`.endsWith(ending),
    )
    return found.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0]
  }
}

/** A name, and what is left of it without its first folders. */
function endingsOf(name) {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')
  return [name, ...parts.slice(0, -1).map((_, n) => parts.slice(n).join('/'))]
}

/** Finds the templates of a site, and in the other sites what a site takes from a package. */
export class SiteLoader extends nunjucks.Loader {
  #sites
  #change

  /** @param sites the site itself first @param change is given each source and its path */
  constructor(sites, change = (source) => source) {
    super()
    this.#sites = sites
    this.#change = change
  }

  resolve(from, to) {
    return posix.join(posix.dirname(from), to)
  }

  getSource(name) {
    for (const ending of endingsOf(name)) {
      for (const site of this.#sites) {
        const found = site.find(ending)
        if (found === undefined) continue
        const path = site === this.#sites[0] ? found : `${site.name}/${found}`
        return { src: this.#change(site.sources.get(found), path), path, noCache: false }
      }
    }
    return null
  }
}

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, posix, relative, resolve, sep } from 'node:path'
import nunjucks from 'nunjucks'
import { macrosOf, namesIn, Stubs } from './stubs.js'

/** Folders whose files are no templates of the site. */
const SKIPPED = new Set(['node_modules', '.git', 'dist', 'coverage'])
const TEMPLATE = /\.(njk|nunjucks|nunj|html|svg)$/
/** Others are templates if they have a tag. */
const ALWAYS = /\.(njk|nunjucks|nunj)$/
/** The front matter that static site generators read above a template. */
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

  /**
   * The file that a name means: itself, or the shortest path that ends with it, since roots are not
   * known.
   */
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

/**
 * The templates of a site, in the other sites those that it takes from a package, and stubs for the
 * rest.
 */
export class Views {
  #site
  #sites
  #stubs
  #known = new Map()

  /** @param others where to look for what the site itself does not have */
  constructor(site, others) {
    this.#site = site
    this.#sites = [site, ...others]
    this.#stubs = new Stubs(site)
  }

  /** The source that a name means, and its path. */
  find(name) {
    if (!this.#known.has(name)) this.#known.set(name, this.#found(name))
    return this.#known.get(name)
  }

  #found(name) {
    const imported = this.#stubs.importedFrom(name)
    let best
    for (const ending of endingsOf(name)) {
      for (const site of this.#sites) {
        const path = site.find(ending)
        if (path === undefined) continue
        const source = site.sources.get(path)
        const lacks = imported.filter((macro) => !defines(source, macro))
        if (site === this.#site && !best && lacks.length < Math.max(imported.length, 1))
          return { source, path }
        if (best && best.lacks.length <= lacks.length) continue
        best = { source, path: `${site.name}/${path}`, lacks }
      }
    }
    // Another version of a package has other macros.
    if (best && (best.lacks.length === 0 || best.lacks.length < imported.length)) {
      return { source: `${best.source}${macrosOf(best.lacks)}`, path: best.path }
    }
    const source = this.#stubs.sourceOf(name)
    return source === undefined ? undefined : { source, path: `made-up/${name}` }
  }

  /** The sources of a template and of all that it names by literals. */
  sourcesBehind(name, seen = new Map()) {
    const found = this.find(name)
    if (found === undefined || seen.has(found.path)) return [...seen.values()]
    seen.set(found.path, found.source)
    for (const { name: other } of namesIn(found.source)) {
      this.sourcesBehind(other.startsWith('.') ? posix.join(posix.dirname(name), other) : other, seen)
    }
    return [...seen.values()]
  }
}

function defines(source, name) {
  return new RegExp(`\\{%-?\\s*(?:macro|set)\\s+${name}\\b`).test(source)
}

/**
 * Loads the templates of a site, each by a path from the root, as nunjucks' own loader for files
 * has them.
 */
export class SiteLoader extends nunjucks.Loader {
  #views
  #change

  /** @param change is given each source and its path */
  constructor(views, change = (source) => source) {
    super()
    this.#views = views
    this.#change = change
  }

  getSource(name) {
    const found = this.#views.find(name.replace(/^\//, ''))
    if (found === undefined) return null
    return { src: this.#change(found.source, found.path), path: `/${found.path}`, noCache: false }
  }
}

// @ts-nocheck: nunjucks' types leave out what is used here
import nunjucks from 'nunjucks'
import { Shapes, treeOf } from './data.js'
import { SiteLoader, Views } from './site.js'
import { Syntax } from './syntax.js'

/**
 * One site with what its templates need: packages, filters, tags, globals and data are looked for,
 * or made up.
 */
export class OpenSite {
  site
  views
  syntax
  /** Globals, which macros that are imported without context see. */
  globals
  #trees = new Map()
  #parsing

  /**
   * @param sites all sites that are at hand: a template that the site takes from a package is
   *   looked for in the others
   * @param asynchronous half of the filters and tags call back later
   */
  constructor(site, sites, asynchronous = false) {
    this.site = site
    const others = sites.filter((other) => other !== site)
    this.views = new Views(site, others)
    this.syntax = new Syntax(sites, asynchronous)
    this.#parsing = this.syntax.addTo(new nunjucks.Environment(null))
    this.globals = new Shapes(this.#treesOf(site.names.map((name) => site.sources.get(name)))).globals
  }

  /**
   * A nunjucks Environment with all of that.
   * @param change is given each source and its path
   */
  environment(options, change) {
    const made = this.syntax.addTo(
      new nunjucks.Environment(new SiteLoader(this.views, change), { ...options }),
    )
    for (const [name, value] of Object.entries(this.globals)) {
      if (!(name in made.globals)) made.addGlobal(name, value)
    }
    return made
  }

  /**
   * Data for a page, by a seed: for what it reads itself, and what it includes, extends and
   * imports.
   */
  dataOf(name) {
    const shapes = new Shapes(this.#treesOf(this.views.sourcesBehind(name)))
    return (seed) => shapes.data(seed)
  }

  #treesOf(sources) {
    for (const source of sources) {
      if (!this.#trees.has(source)) this.#trees.set(source, treeOf(source, this.#parsing))
    }
    return sources.map((source) => this.#trees.get(source)).filter((tree) => tree !== undefined)
  }
}

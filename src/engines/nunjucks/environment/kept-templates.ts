import { isAbsolute } from 'node:path'
import { type Environment, type Loader, nunjucks, type Template } from '../nunjucks.ts'

/**
 * How many relative names are resolved at most before they are forgotten: a visitor may choose a
 * name.
 */
const MOST_NAMES = 10_000

const { resolveTemplate } = nunjucks.Environment.prototype
const { resolve, isRelative } = nunjucks.Loader.prototype

/**
 * Finds the templates that an environment's loaders keep, as nunjucks does. nunjucks' own loaders
 * resolve a relative name each time that it is asked for; here the result is kept.
 */
export class KeptTemplates {
  readonly #env: Environment
  readonly #resolved = new Map<string, Map<string, string>>()
  #names = 0

  constructor(env: Environment) {
    this.#env = env
  }

  get(name: string, parent: string | null): Template | undefined {
    const { loaders } = this.#env
    for (let n = 0; n < loaders.length; n++) {
      const loader = loaders[n] as Loader
      const template = loader.cache[this.#nameFor(loader, name, parent)]
      if (template) return template
    }
    return undefined
  }

  #nameFor(loader: Loader, name: string, parent: string | null): string {
    const env = this.#env
    const isStock =
      env.resolveTemplate === resolveTemplate &&
      loader.resolve === resolve &&
      loader.isRelative === isRelative
    if (!isStock) return env.resolveTemplate(loader, parent, name)
    if (parent === null || name.charCodeAt(0) !== DOT) return name
    const names = this.#resolved.get(parent)
    return names?.get(name) ?? this.#resolve(loader, name, parent)
  }

  #resolve(loader: Loader, name: string, parent: string): string {
    const resolved = this.#env.resolveTemplate(loader, parent, name)
    // Any other is resolved from the folder that the process works in, which may change.
    if (!isAbsolute(parent)) return resolved
    if (this.#names++ === MOST_NAMES) {
      this.#resolved.clear()
      this.#names = 1
    }
    let names = this.#resolved.get(parent)
    if (!names) {
      names = new Map()
      this.#resolved.set(parent, names)
    }
    names.set(name, resolved)
    return resolved
  }
}

const DOT = '.'.charCodeAt(0)

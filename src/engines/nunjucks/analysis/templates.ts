import type { AstNode, Environment, Template } from '../nunjucks.ts'
import { parseTemplate } from '../syntax/parse.ts'
import { sourceOf, type TemplateSource } from '../template-code.ts'
import { digestOfText } from '../template-names.ts'

/** A parsed template. */
export interface Parsed {
  readonly name: string
  readonly root: AstNode
}

/** Finds and parses templates, each once. */
export class ParsedTemplates {
  readonly #env: Environment
  readonly #parsed = new Map<string, Parsed>()
  /** Paths of templates, by name. */
  readonly #paths = new Map<string, string>()
  /** Templates that were found. */
  readonly sources = new Map<string, TemplateSource>()

  constructor(env: Environment) {
    this.#env = env
  }

  /**
   * @returns `undefined` where there is none, where it does not parse, and where its loader is
   * asynchronous
   */
  find(name: string, parent: string | null): Parsed | undefined {
    let template: Template | undefined
    try {
      // nunjucks resolves a relative name by the path of the template that contains it.
      const from = parent === null ? null : (this.#paths.get(parent) ?? parent)
      template = this.#env.getTemplate(name, false, from, true)
    } catch {
      return undefined
    }
    return template && this.parse(template)
  }

  /** @returns `undefined` where it does not parse */
  parse(template: Template): Parsed | undefined {
    const source = sourceOf(template)
    const { name, text } = source
    // A template without a name cannot be looked up again; its text does not change.
    if (digestOfText(name) === undefined) this.sources.set(name, source)
    if (template.path) this.#paths.set(name, template.path)
    if (text === undefined) return undefined
    const known = this.#parsed.get(name)
    if (known) return known
    try {
      const parsed = { name, root: parseTemplate(text, this.#env, true) }
      this.#parsed.set(name, parsed)
      return parsed
    } catch {
      // The check reports that it does not compile.
      return undefined
    }
  }
}

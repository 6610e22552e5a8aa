import { tagsIn, wordOf } from './text.js'

/** The template that data names where a template's name comes from the data. */
export const MADE_UP = 'made-up.njk'

const LITERAL = /^(["'])(.+?)\1$/
const IMPORT = /^(?:import|from)\s+(["'])(.+?)\1\s+(as|import)\s+(.+?)(?:\s+with(?:out)? context)?$/s
const NAMED = /^(?:include|extends|import|from)\s+(["'])(.+?)\1(?!\s*[+~|])(.*)$/s

/** The templates that a source names by literals, each with the tag's word. */
export function namesIn(source) {
  return tagsIn(source).flatMap((tag) => {
    const [, , name, rest] = NAMED.exec(tag.text) ?? []
    return tag.block && name ? [{ word: wordOf(tag), name, optional: rest.includes('ignore missing') }] : []
  })
}

/**
 * The same for `../a.njk`, `./a.njk` and `a.njk`: a name is given as it is written, or resolved.
 */
const plain = (name) => name.replace(/^(?:\.{0,2}\/)+/, '')

/** Templates made up for those that a site takes from packages which no checkout has. */
export class Stubs {
  /** The macros that are imported from a template, by its name. */
  #macros = new Map()
  #included = new Set()
  /** The blocks of the templates that extend one. */
  #blocks = new Map()

  constructor(site) {
    for (const source of site.sources.values()) {
      const blocks = tagsIn(source).flatMap(({ text }) => /^block\s+(\w+)/.exec(text)?.[1] ?? [])
      for (const { word, name, optional } of namesIn(source)) {
        if (word === 'include' && !optional) this.#included.add(plain(name))
        if (word === 'extends') this.#add(this.#blocks, name, blocks)
      }
      for (const { block, text } of tagsIn(source)) {
        if (block && /^extends\s/.test(text) && !LITERAL.test(text.slice(7).trim())) {
          this.#add(this.#blocks, MADE_UP, blocks)
        }
        const [, , name, word, rest] = (block && IMPORT.exec(text)) || []
        if (word === 'import') this.#add(this.#macros, name, namesOf(rest))
        else if (name) this.#add(this.#macros, name, membersOf(source, rest))
      }
    }
  }

  #add(map, name, values) {
    map.set(plain(name), new Set([...(map.get(plain(name)) ?? []), ...values]))
  }

  /** Returns the names that are imported from a template. */
  importedFrom(name) {
    return [...(this.#macros.get(plain(name)) ?? [])]
  }

  /** A template for a name; undefined: it may be missing. */
  sourceOf(name) {
    const key = plain(name)
    const blocks = this.#blocks.get(key)
    const known = blocks || this.#macros.has(key) || this.#included.has(key) || key === MADE_UP
    if (!known) return undefined
    const shown = [...(blocks ?? [])].map((block) => `{% block ${block} %}base of ${block}{% endblock %}`)
    return [`<i>${key}</i>`, ...shown, macrosOf(this.importedFrom(name))].join('\n')
  }
}

/** Macros that print what they are given. */
export function macrosOf(names) {
  return names
    .map((name) => {
      const text = `<i>${name} {{ [a, b, c] | dump }}</i>{% if caller %}{{ caller() }}{% endif %}`
      return `{% macro ${name}(a, b, c) %}${text}{% endmacro %}`
    })
    .join('\n')
}

/** `a, b as c` names a and b. */
function namesOf(text) {
  return text.split(',').flatMap((part) => /^\s*(\w+)/.exec(part)?.[1] ?? [])
}

function membersOf(source, alias) {
  return [...source.matchAll(new RegExp(`\\b${alias.trim()}\\.(\\w+)`, 'g'))].map(([, name]) => name)
}

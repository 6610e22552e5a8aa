import nunjucks from 'nunjucks'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { hash } from './random.js'
import { insertAround, spansIn, tagsIn, wordOf, wordsIn } from './text.js'

const NOT_READ = new Set([
  'caller',
  'super',
  'self',
  'if',
  'else',
  'not',
  'and',
  'or',
  'in',
  'is',
  'true',
  'false',
  'none',
  'set',
])
const RUNS_OTHERS = /\{%-?\s*include\b|\bsuper\s*\(|\bwith context\b/
const NAMED = /^(?:include|extends|import|from)\s+(["'])(.+?)\1/
const CHANGES = /\.\s*(push|pop|unshift|shift|splice|sort|reverse|concat)\s*\(/

/** The filter that the key of a cache tag is made with. */
export const KEY_FILTER = 'site_key'

/** Puts cache tags into the templates of a site, wherever one can stand. */
export class Tagged {
  counts = new Map()
  reasons = new Map()
  #views
  #known = new Map()
  #bound = new Set()
  #probe
  #environment
  #number = 0

  /** @param prepare gives an environment what the templates of the site name */
  constructor(sites, views, prepare) {
    this.#views = views
    for (const site of sites) {
      for (const name of site.names)
        for (const bound of boundIn(site.sources.get(name))) this.#bound.add(bound)
    }
    this.#probe = new Probe()
    this.#environment = prepare(new nunjucks.Environment(this.#probe))
    this.#environment.addFilter(KEY_FILTER, siteKey)
    nunjucksEngine({ environment: this.#environment })
  }

  /** A template's source with tags. */
  source(source, path) {
    let tagged = this.#known.get(path)
    if (tagged === undefined) {
      tagged = this.#compiles(source) === undefined ? this.#tag(source) : source
      this.#known.set(path, tagged)
    }
    return tagged
  }

  #tag(source) {
    const parts = []
    for (const span of spansIn(source)) {
      const text = source.slice(span.start, span.end)
      const reason = this.#callsCaller(text) ?? byIdentity(text, source) ?? unlike(span.kind, text, source)
      if (reason !== undefined) {
        count(this.reasons, reason)
        continue
      }
      const key = `${this.#key(text, source)} | ${KEY_FILTER}`
      parts.push({
        kind: span.kind,
        start: span.start,
        end: span.end,
        open: `{%${span.open[0]} cache "site${++this.#number}", ${key} ${span.open[1]}%}`,
        close: `{%${span.close[0]} endcache ${span.close[1]}%}`,
      })
    }
    const put = this.#allowed(source, parts)
    for (const { kind } of put) count(this.counts, kind)
    return insertAround(source, put)
  }

  /** Those tags that are not refused; only where one is, each is tried by itself. */
  #allowed(source, parts) {
    if (this.#compiles(insertAround(source, parts)) === undefined) return parts
    return parts.filter((part) => {
      const reason = this.#compiles(insertAround(source, [part]))
      if (reason !== undefined) count(this.reasons, reason)
      return reason === undefined
    })
  }

  /** All that may differ on one page between two runs of a body. */
  #key(text, source) {
    const words = new Set(RUNS_OTHERS.test(text) ? this.#wordsBehind(source) : wordsIn(text))
    // A macro of the same template reads what the template has set.
    if (callsMacroOf(text, source)) for (const word of wordsIn(source)) words.add(word)
    const names = [...words].filter((word) => this.#bound.has(word) && !NOT_READ.has(word)).sort()
    return `[${names.join(', ')}]`
  }

  /**
   * Returns why a text cannot be cached if it includes a template that calls `caller()`, which is
   * refused in a body at run time.
   */
  #callsCaller(text) {
    const calls = RUNS_OTHERS.test(text) && this.#wordsBehind(text).has('caller')
    return calls ? 'what it includes calls caller()' : undefined
  }

  /** The words of a template and of all that it may run. */
  #wordsBehind(source, seen = new Set()) {
    const words = wordsIn(source)
    for (const tag of tagsIn(source)) {
      if (!['include', 'extends', 'import', 'from'].includes(wordOf(tag))) continue
      const name = NAMED.exec(tag.text)?.[2]
      if (name === undefined) return this.#bound
      if (seen.has(name)) continue
      seen.add(name)
      const found = this.#views.find(name)
      if (found === undefined) continue
      for (const word of this.#wordsBehind(found.source, seen)) words.add(word)
    }
    return words
  }

  /** Why a source does not compile; undefined: it does. */
  #compiles(source) {
    try {
      this.#probe.source = source
      this.#environment.getTemplate('page', true)
      return undefined
    } catch (error) {
      return error.message.replace(/"site\d+"/, '""').replace(/ \(.*\)$/s, '')
    }
  }
}

/** Gives out one source under any name. */
class Probe extends nunjucks.Loader {
  source = ''

  getSource(path) {
    return { src: this.source, path, noCache: true }
  }
}

function count(counts, what) {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

function callsMacroOf(text, source) {
  return [...source.matchAll(/\{%-?\s*macro\s+(\w+)/g)].some(([, name]) => text.includes(name))
}

/** Keys are made of what objects hold. */
function byIdentity(text, source) {
  const read = callsMacroOf(text, source) ? source : text
  return /\bsameas\b/.test(read) ? 'it tells objects apart that hold the same' : undefined
}

/** A body has a scope of its own, so stock gives other bytes where what it sets is read outside. */
function unlike(kind, text, source) {
  if (CHANGES.test(text)) return 'it changes a list, which stays changed in stock'
  if (kind === 'loop body' && setsSometimes(text))
    return 'it sets a name in some turns, which stays set in stock'
  const outside = source.replace(text, '')
  const read = [...boundIn(text, false)].find((name) => wordsIn(outside).has(name))
  return read === undefined ? undefined : 'it sets a name that is read outside, which stock leaves set'
}

function setsSometimes(text) {
  let conditions = 0
  return tagsIn(text).some((tag) => {
    const word = wordOf(tag)
    if (word === 'if' || word === 'for' || word === 'switch') conditions++
    if (word === 'endif' || word === 'endfor' || word === 'endswitch') conditions--
    return word === 'set' && conditions > 0
  })
}

/**
 * The names that a source binds.
 * @param values those whose values may differ on one page; else what outlives it
 */
function boundIn(source, values = true) {
  const names = new Set(values ? ['loop'] : [])
  for (const tag of tagsIn(source)) {
    const word = wordOf(tag)
    const rest = tag.text.slice(word.length)
    const add = (text) => {
      for (const name of text?.match(/[A-Za-z_]\w*/g) ?? []) names.add(name)
    }
    if (word === 'set') add(rest.split('=')[0])
    if (!values && (word === 'import' || word === 'from')) add(/\b(?:as|import)\b(.*)$/s.exec(rest)?.[1])
    if (word === 'macro') add(values ? /\((.*)\)/s.exec(rest)?.[1] : /\w+/.exec(rest)?.[0])
    if (!values) continue
    if (['for', 'asyncEach', 'asyncAll'].includes(word)) add(rest.split(/\bin\b/)[0])
    if (word === 'call') add(/^\s*\((.*?)\)/.exec(rest)?.[1])
  }
  return names
}

/** Makes a key of whatever a body may read. */
export function siteKey(values) {
  const seen = new Set()
  const text = JSON.stringify(values, (_name, value) => {
    // Those of the data are told apart; others are macros.
    if (typeof value === 'function') return value.key ?? 'function'
    if (value instanceof nunjucks.runtime.SafeString) return String(value)
    if (typeof value === 'object' && value !== null) {
      if (seen.has(value) && seen.size > 10_000) return 'seen'
      seen.add(value)
    }
    return value === undefined ? 'undefined' : value
  })
  return `${text.length}-${hash(text)}-${hash(`${text}.`)}`
}

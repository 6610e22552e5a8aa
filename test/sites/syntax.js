// @ts-nocheck: nunjucks' types leave out what is used here
import nunjucks from 'nunjucks'
import { choose, hash } from './random.js'
import { tagsIn, wordOf } from './text.js'

const BUILT_IN = new Set(
  (
    'if elif elseif else endif for endfor asyncEach endeach asyncAll endall macro endmacro call endcall set endset ' +
    'block endblock include import from extends filter endfilter switch case default endswitch raw endraw verbatim ' +
    'endverbatim ifAsync'
  ).split(' '),
)

/** How many asynchronous calls were begun, and how many have ended. */
export const calls = { begun: 0, ended: 0 }

function callLater(done) {
  calls.begun++
  setImmediate(() => {
    calls.ended++
    done()
  })
}

/**
 * The tags of a site that nunjucks does not know, and the filters that it would need: each gets one
 * of ours.
 */
export class Syntax {
  tags = new Map()
  filters = new Set()
  #asynchronous

  /** @param asynchronous half of the filters and tags call back later */
  constructor(sites, asynchronous) {
    this.#asynchronous = asynchronous
    const words = new Set(
      sites.flatMap((site) => site.names.flatMap((name) => tagsIn(site.sources.get(name)).map(wordOf))),
    )
    for (const word of words) {
      if (word === '' || BUILT_IN.has(word) || (word.startsWith('end') && words.has(word.slice(3)))) continue
      this.tags.set(word, words.has(`end${word}`))
    }
    const builtIn = new nunjucks.Environment(null)
    for (const site of sites) {
      for (const name of site.names) {
        for (const { text } of tagsIn(site.sources.get(name))) {
          for (const [, filter] of text.matchAll(/\|\s*([A-Za-z_][\w.]*)/g)) {
            if (!(filter in builtIn.filters)) this.filters.add(filter)
          }
        }
      }
    }
  }

  #waits(name) {
    return this.#asynchronous && hash(name) % 2 === 0
  }

  /** Gives an environment all that its templates name. */
  addTo(environment) {
    for (const name of this.filters) {
      const filter = filterOf(name)
      if (this.#waits(name)) {
        environment.addFilter(
          name,
          (...args) => {
            const done = args.pop()
            // nunjucks calls it so in a set block, for one.
            if (typeof done !== 'function') throw new Error(`${name} was called without a callback`)
            const result = filter(...args)
            callLater(() => done(null, result))
          },
          true,
        )
      } else environment.addFilter(name, filter)
    }
    for (const [name, paired] of this.tags) {
      environment.addExtension(`Site${name}`, new SiteTag(name, paired, this.#waits(name)))
    }
    return environment
  }
}

/** A filter that only its name makes different from others. */
function filterOf(name) {
  const whole = (value) => value
  const text = (value) =>
    value instanceof nunjucks.runtime.SafeString || typeof value !== 'object' || value === null
      ? `${name} ${value ?? ''}`
      : value
  return choose([whole, text, text], name)
}

/** A tag that prints its arguments and its contents. */
class SiteTag {
  #name
  #paired
  #waits

  constructor(name, paired, waits) {
    this.tags = [name]
    this.#name = name
    this.#paired = paired
    this.#waits = waits
  }

  parse(parser, nodes) {
    const token = parser.nextToken()
    const args = parser.parseSignature(true, true)
    parser.advanceAfterBlockEnd(token.value)
    const contents = []
    if (this.#paired) {
      contents.push(parser.parseUntilBlocks(`end${this.#name}`))
      parser.advanceAfterBlockEnd()
    }
    const Call = this.#waits ? nodes.CallExtensionAsync : nodes.CallExtension
    return new Call(this, this.#waits ? 'runLater' : 'run', args, contents)
  }

  run(_context, ...args) {
    const body = this.#paired ? args.pop()() : ''
    return this.#text(args, body)
  }

  runLater(_context, ...args) {
    const done = args.pop()
    const finish = (error, body) => callLater(() => done(error, error ? undefined : this.#text(args, body)))
    if (this.#paired) args.pop()(finish)
    else finish(null, '')
  }

  #text(args, body) {
    const shown = args.map((arg) => (typeof arg === 'object' ? typeof arg : String(arg))).join(' ')
    return new nunjucks.runtime.SafeString(`<${this.#name} ${shown}>${body}`)
  }
}

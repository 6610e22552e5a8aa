import nunjucks from 'nunjucks'
import { FragmentCache, lazy } from 'onetrip'
import { installCache, nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'

/**
 * Code of an application that counts on being called once for each time that a template names it.
 */
function environmentOf(page: string, calls: string[]): nunjucks.Environment {
  const templates = {
    page,
    lib: '{% macro m(x) %}{{ x }}{{ next() }}{% endmacro %}{% macro c(x) %}<{{ x }}{% cache "c", x %}c{{ x }}{% endcache %}>{% endmacro %}',
  }
  const environment = new nunjucks.Environment(new TestLoader(templates))
  const called = (name: string) => calls.push(name)
  environment.addFilter('rev', (list: unknown[]) => {
    called('rev')
    return list.reverse()
  })
  environment.addFilter('cut2', (list: unknown[]) => {
    called('cut2')
    return list.splice(0, 2)
  })
  environment.addFilter('sorted', (list: unknown[]) => {
    called('sorted')
    return list.sort()
  })
  environment.addFilter('shout', (text: unknown, mark = '!') => {
    called('shout')
    return `${text}${mark}${calls.length}`
  })
  environment.addFilter(
    'numbered',
    (text: unknown, done: (error: null, text: string) => void) => {
      called('numbered')
      setImmediate(done, null, `${text}${calls.length}`)
    },
    true,
  )
  environment.addFilter('shown', (value: unknown) => {
    called('shown')
    return JSON.stringify(value)
  })
  environment.addFilter('wrap', (value: unknown) => {
    called('wrap')
    return { inner: value, all: [value] }
  })
  ;(environment as unknown as { addTest(name: string, test: () => boolean): void }).addTest('fresh', () => {
    called('fresh')
    return calls.length % 2 === 1
  })
  let n = 0
  environment.addGlobal('next', () => {
    called('next')
    return ++n
  })
  environment.addFilter('mark', (text: unknown, session: Session) => {
    called('mark')
    session.seen = (session.seen ?? 0) + 1
    return `${text}${session.seen}`
  })
  environment.addGlobal('touch', (given: { it?: Session } & Session) => {
    called('touch')
    const session = given.it ?? given
    session.seen = (session.seen ?? 0) + 1
    delete session.message
    return ''
  })
  environment.addGlobal('fails', () => {
    called('fails')
    throw new Error(`failure ${calls.length}`)
  })
  environment.addGlobal('locale', function (this: { ctx: { lang?: unknown } }) {
    return `[${this.ctx.lang}]`
  })
  environment.addExtension('Stamp', new Stamp(called))
  return environment
}

interface Session {
  message?: string
  seen?: number
}

class Stamp {
  tags = ['stamp']
  readonly #called: (name: string) => void
  #n = 0

  constructor(called: (name: string) => void) {
    this.#called = called
  }

  // biome-ignore lint/suspicious/noExplicitAny: nunjucks' parser has no types
  parse(parser: any, nodes: any): unknown {
    const token = parser.nextToken()
    const args = parser.parseSignature(null, true)
    parser.advanceAfterBlockEnd(token.value)
    return new nodes.CallExtension(this, 'run', args, [])
  }

  run(_context: unknown, text: unknown): string {
    this.#called('stamp')
    return `${text}${++this.#n}`
  }
}

type Load = <T>(value: T) => T

function ringOf(item: unknown): unknown[] {
  const ring = [item]
  ring.push(ring)
  return ring
}

const dataOf = (load: Load) => {
  let message: string | null = 'saved'
  let others = ['one']
  let n = 0
  return {
    list: ['b', 'c', 'a'],
    map: new Map([['k', 1]]),
    set: new Set(['s']),
    slow: load('slow'),
    slowList: load(['x', 'y']),
    later: load({ deep: load('deep') }),
    flash: {
      get message() {
        const now = message
        message = null
        return now
      },
      take() {
        const now = others
        others = []
        return now
      },
    },
    session: {
      message: 'saved' as string | undefined,
      take(this: Session): string | undefined {
        const { message } = this
        delete this.message
        return message
      },
    },
    counter: {
      n: 0,
      up() {
        return ++this.n
      },
    },
    get once() {
      return ++n
    },
    ring: ringOf(1),
    notice: { toString: () => `n${++n}`, toJSON: () => `j${++n}` },
    amount: { [Symbol.toPrimitive]: () => `p${++n}` },
    *numbers() {
      yield* [1, 2, 3]
    },
    iterator: [4, 5, 6].values(),
    entries: new Map([['e', 7]]).entries(),
  }
}

/** The second run finds its object in another state: it is called once more. */
const CALLED_WITH_OTHERS = 'a filter that counts in an object'

/**
 * Each page reads a lazy value outside of fragments, or uses the text of one: its template runs
 * more than once.
 */
const PAGES: Record<string, string> = {
  'a filter that reverses in place': '{{ list | rev | join }} {{ slow }}',
  'a list before and after it is reversed':
    '{{ list | join }}{{ list[0] }}{% for x in list %}{{ x }}{% endfor %} {{ list | rev | join }} {{ list[0] }}{{ list | join }}{% for x in list %}{{ x }}{% endfor %} {{ slow }}',
  'a filter that is reached only in the second run':
    '{{ list | join }}{% if slow %}{{ list | rev | join }}{% endif %}{{ list | join }}{{ list | rev | join }}{{ list | join }}',
  'a filter that takes items out': '{{ list | cut2 | join }}-{{ list | join }} {{ slow }} {{ list.length }}',
  'a filter that sorts in place, between changes by methods':
    '{% set _ = list.push("0") %}{{ list | sorted | join }}{% set _ = list.pop() %}{{ list | join }} {{ slow }}',
  'rows that a filter turns round':
    '{% set rows = [] %}{% for x in list %}{% set rows = (rows.push(x), rows) %}{% endfor %}{{ rows | rev | join }}{{ rows | join }} {{ slow }}',
  'rows in a list that a filter is given':
    '{% for most in [2, 0] %}{% set rows = [] %}{% for x in list %}{% if loop.index <= most %}{% set rows = (rows.push(x), rows) %}{% endif %}{% endfor %}{{ [rows] | shown }};{% endfor %} {{ slow }}',
  'rows in a key that a filter makes':
    '{% for most in [2, 0] %}{% set rows = [] %}{% for x in list %}{% if loop.index <= most %}{% set rows = (rows.push(x), rows) %}{% endif %}{% endfor %}{% set k = [rows] | shown %}{% cache "k", k %}<{{ rows | join }}>{% endcache %}{% endfor %} {{ slow }}',
  'rows in an object that a filter gives back':
    '{% set rows = [] %}{% for x in list %}{% set rows = (rows.push(x), rows) %}{% endfor %}{% set w = { rows: rows } | wrap %}{{ w.inner.rows | join }}{{ w.all[0].rows | join }} {{ slow }}',
  'rows that are added when a filter has given them back':
    '{% set rows = [] %}{% set w = [rows] | wrap %}{{ [rows] | shown }}{% set _ = rows.push("x") %}{{ w.inner | join }}{{ [rows] | shown }} {{ slow }}',
  'rows that a list holds twice':
    '{% set rows = [] %}{% set w = [rows, [rows]] | wrap %}{% set _ = rows.push("x") %}{{ w.all | dump }} {{ slow }}',
  'an object in a list, between changes':
    '{% set o = { message: "m" } %}{{ [o] | shown }}{{ touch(o) }}{{ [o] | shown }}{{ touch(o) }}{{ [o] | shown }} {{ slow }}',
  'a method that gives its value once':
    '{% for m in flash.take() %}{{ m }}{% endfor %}|{{ flash.take() | join }} {{ slow }}',
  'a counter': '{{ next() }}{{ next() }} {{ slow }} {{ next() }}',
  'a counter that the second run calls more often':
    '{% for x in slowList %}{{ next() }}{% endfor %}{{ next() }}',
  'a counter in macros': '{% from "lib" import m %}{{ m("a") }}{{ m(slow) }}{{ m("b") }}{{ m(later.deep) }}',
  'a counter that shows its count':
    '{{ counter.n }}{{ counter.up() }}{{ counter.n }}{{ counter.up() }}{{ counter.n }} {{ slow }}',
  'an object that a method changes, read before it':
    '{% if session.message %}{{ session.take() }}{% endif %}|{{ session.message }}|{{ session | dump }} {{ slow }}',
  'an object that a function is given by name':
    '{{ session.message }}{{ touch(it=session) }}{{ session.message }}{{ session.seen }}{% for k, v in session %}{{ k }}{% endfor %} {{ slow }}',
  'an object that the template makes':
    '{% set o = { message: "m" } %}{{ touch(o) }}{{ o.message }}{{ o.seen }} {{ slow }}{{ o | dump }}',
  'an object that the second run changes before':
    '{% if slow %}{{ touch(session) }}{% endif %}{{ session.seen }}{{ touch(session) }}{{ session.seen }}',
  [CALLED_WITH_OTHERS]:
    '{% if slow %}{{ "a" | mark(session) }}{% endif %}{{ "b" | mark(session) }}{{ session.seen }}',
  'a counter object that the second run counts first':
    '{% for x in slowList %}{{ counter.up() }}{% endfor %}{{ counter.up() }}{{ counter.n }}',
  'a method under another name': '{% set up = counter.up %}{{ up() }}{{ up() }} {{ slow }}',
  'a filter with state':
    '{{ "a" | shout }}{{ "a" | shout("?") }}{{ "b" | shout }}{{ "a" | shout }} {{ slow }}',
  'a filter with named arguments': '{{ "a" | shout(mark="?") }} {{ slow }}',
  'a filter of what is marked safe': '{{ "<a>" | safe | shout }}{{ ["a", { b: 1 }] | shout }} {{ slow }}',
  'an asynchronous filter with state': '{{ "a" | numbered }}{{ "a" | numbered }} {{ slow }}',
  'a test with state': '{% if "a" is fresh %}x{% endif %}{% if "a" is fresh %}y{% endif %} {{ slow }}',
  'a tag with state': '{% stamp "a" %}{% stamp "a" %} {{ slow }}',
  'a generator':
    '{% for x in numbers() %}{{ x }}{% endfor %}{% set g = numbers() %}{{ g.next().value }}{{ g.next().value }} {{ slow }}',
  'an iterator':
    '{% for x in iterator %}{{ x }}{% endfor %}|{% for x in iterator %}{{ x }}{% endfor %} {{ slow }}',
  'an iterator that is stepped':
    '{{ iterator.next().value }}{{ iterator.next().value }} {{ slow }} {{ iterator.next().value }}',
  'entries of a map': '{% for k, v in entries %}{{ k }}{{ v }}{% endfor %} {{ slow }}',
  'a map that changes':
    '{{ map.size }}{% set _ = map.set("l", 2) %}{{ map.size }}{% for k, v in map %}{{ k }}{{ v }}{% endfor %}{% set _ = map.delete("k") %}{{ map.has("k") }} {{ slow }}',
  'a set that changes':
    '{% for x in list %}{% if not set.has(x) %}{% set _ = set.add(x) %}{{ x }}{% endif %}{% endfor %}{{ set.size }} {{ slow }}',
  'a cycler and a joiner':
    '{% set c = cycler("odd", "even") %}{% set j = joiner() %}{% for x in slowList %}{{ j() }}{{ c.next() }}{% endfor %}{{ c.next() }}{{ c.current }} {{ slow }}',
  'a function that looks at what was set':
    '{% set lang = slow %}{{ locale() }}{% if slow %}{% set lang = later.deep %}{% endif %}{{ locale() }}',
  'a text that is used':
    '{% from "lib" import c %}{{ next() }}{{ list | rev | join }}{{ c("x") | upper }}{{ next() }}{{ list | join }}',
  'a text that code is given':
    '{% from "lib" import c %}{{ c("x") | shout }}{{ c("y") | shout }}{{ c("x") | shout }}',
  'an object that counts how often it is printed': '{{ notice }}{{ notice }}{{ [notice, 1] }} {{ slow }}',
  'objects that filters and "~" make texts of':
    '{{ notice | dump | safe }}{{ [notice, notice] | join }}{{ notice | string }}{{ "a" ~ notice ~ amount }} {{ slow }}',
  'a list that stands in itself': '{{ ring }}{{ ring | join }}{{ ring ~ ring }} {{ slow }}',
  'lazy values of lazy values':
    '{{ next() }}{{ later.deep }}{{ next() }}{% if later.deep == "deep" %}{{ slowList[0] }}{{ next() }}{% endif %}',
}

/** Here nunjucks itself reads a member twice, and a message that is gone by then is lost. */
const GETTERS: Record<string, string> = {
  'a getter that gives its value once': '{{ flash.message }}|{{ flash.message }} {{ slow }}',
  'a getter by a computed name': '{% set k = "message" %}{{ flash[k] }}|{{ flash[k] }} {{ slow }}',
  'a getter of the data itself': '{{ once }}{{ once }} {{ slow }}',
  'a getter of which the second run reads more':
    '{% if slow %}{{ flash.message }}{% endif %}|{{ flash.message }}|{{ flash.message }}',
}

const renderStock = (page: string, calls: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const environment = environmentOf(page.replaceAll(/\{% (cache [^%]*|endcache) %\}/g, ''), calls)
    const lib = environment.getTemplate('lib') as unknown as { tmplStr: string }
    lib.tmplStr = lib.tmplStr.replaceAll(/\{% (cache [^%]*|endcache) %\}/g, '')
    environment.getTemplate = ((get) =>
      function (this: unknown, name: string, ...rest: unknown[]) {
        const done = rest.find((one) => typeof one === 'function') as
          | ((e: null, t: unknown) => void)
          | undefined
        if (name !== 'lib') return get.call(environment, name, ...(rest as []))
        return done ? done(null, lib) : lib
      } as never)(environment.getTemplate)
    environment.render(
      'page',
      dataOf((value) => value),
      (error, html) => (error ? reject(error) : resolve(html ?? '')),
    )
  })

const renderOurs = async (page: string, calls: string[], caching: boolean, load: Load): Promise<string> => {
  const engine = nunjucksEngine({ environment: environmentOf(page, calls), cache: caching })
  const cache = new FragmentCache({ store: memoryStore(), engine, ttl: '5m', safety: 'off' })
  const { body } = await cache.render('page', dataOf(load))
  await cache.settled()
  await cache.close()
  return body.toString()
}

const later: Load = (value) => lazy(async () => value) as never

test.each(Object.entries(PAGES))(
  '%s: a page that runs again has the bytes of nunjucks, and calls as often',
  async (title, page) => {
    const calls: string[] = []
    const stock = await renderStock(page, calls)
    for (const caching of [false, true]) {
      const ours: string[] = []
      expect(await renderOurs(page, ours, caching, later)).toBe(stock)
      if (title !== CALLED_WITH_OTHERS) expect(ours.sort()).toEqual(calls.sort())
    }
  },
)

test.each(Object.entries(GETTERS))(
  '%s: a page that runs again has the bytes of one that runs once',
  async (_title, page) => {
    const once = await renderOurs(page, [], false, (value) => value)
    expect(once).toMatch(/saved|11|\|/)
    expect(await renderOurs(page, [], false, later)).toBe(once)
    expect(await renderOurs(page, [], true, later)).toBe(once)
  },
)

test.each(Object.entries(PAGES))(
  '%s: so has a page of an environment with installCache, and of one without a cache',
  async (_title, page) => {
    const stock = await renderStock(page, [])
    for (const install of [true, false]) {
      const environment = environmentOf(page, [])
      const cache = new FragmentCache({ store: memoryStore(), ttl: '5m', safety: 'off' })
      if (install) installCache(environment, cache)
      else nunjucksEngine({ environment })
      const html = await new Promise((resolve, reject) =>
        environment.render('page', dataOf(later), (error, text) => (error ? reject(error) : resolve(text))),
      )
      expect(html).toBe(stock)
      await cache.close()
    }
  },
)

test('the body of a fragment that runs again makes the same calls as one that runs once', async () => {
  const page = Object.values(PAGES)
    .filter((text) => !text.includes('{% from') && !text.includes('numbered'))
    .map((text, n) => `{% cache "f${n}" %}${text}{% endcache %}`)
  for (const one of page) {
    const once: string[] = []
    const again: string[] = []
    const html = await renderOurs(one, once, true, (value) => value)
    expect(await renderOurs(one, again, true, later)).toBe(html)
    if (!one.includes('mark')) expect(again.sort()).toEqual(once.sort())
  }
})

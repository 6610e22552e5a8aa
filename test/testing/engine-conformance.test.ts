import nunjucks from 'nunjucks'
import { type Hole, isLazy, type Run, type RunHost, type TemplateEngine } from 'onetrip/engines'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { type EngineSyntax, engineConformance } from 'onetrip/testing'
import { describe, expect, it } from 'vitest'
import { TestLoader } from '../helpers/templates.ts'
import { nunjucksSyntax } from './nunjucks-syntax.ts'

type Templates = Readonly<Record<string, string>>

function create(templates: Templates): TemplateEngine {
  const environment = new nunjucks.Environment(new TestLoader({ ...templates }))
  environment.addFilter(
    'later',
    (value: unknown, callback: (error: Error | null, value: unknown) => void) =>
      setImmediate(() => callback(null, value)),
    true,
  )
  return nunjucksEngine({ environment })
}

engineConformance({ name: 'nunjucksEngine', describe, it, create, syntax: nunjucksSyntax })

interface Check {
  readonly title: string
  readonly run: () => Promise<void>
}

/** The checks of the suite, as a test runner of three lines gets them. */
function checksOf(engine: (templates: Templates) => TemplateEngine, syntax: EngineSyntax): Check[] {
  const checks: Check[] = []
  engineConformance({
    name: 'an engine',
    describe: (_, fn) => fn(),
    it: (title, run) => checks.push({ title, run }),
    create: engine,
    syntax,
  })
  return checks
}

/** The titles of the checks that an engine fails, of those whose titles match. */
async function failuresOf(engine: (templates: Templates) => TemplateEngine, titles = /^/): Promise<string[]> {
  const failed: string[] = []
  for (const { title, run } of checksOf(engine, nunjucksSyntax)) {
    if (titles.test(title)) await run().catch(() => failed.push(title))
  }
  return failed
}

/**
 * A damage to an engine: to its methods, to the page as it sees it, or to its runs as the page sees
 * them.
 */
interface Damage {
  readonly engine?: (engine: TemplateEngine, templates: Templates) => Partial<TemplateEngine>
  readonly host?: (host: RunHost) => Partial<RunHost>
  readonly run?: (run: Run) => Partial<Run>
}

/** An object of which some members are others. */
function changed<T extends object>(object: T, members: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (name in members) return Reflect.get(members, name)
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  })
}

function damaged({
  engine: ofEngine,
  host: ofHost,
  run: ofRun,
}: Damage): (templates: Templates) => TemplateEngine {
  const hostOf = (host: RunHost): RunHost => {
    const outer = changed(host, {
      declare: (tag) => host.declare({ ...tag, body: (inner) => runOf(tag.body(hostOf(inner))) }),
      addNocache: (tag) => host.addNocache({ ...tag, body: (inner) => runOf(tag.body(hostOf(inner))) }),
    })
    return ofHost ? changed(outer, ofHost(outer)) : outer
  }
  const runOf = <T extends Run | Promise<Run>>(run: T): T => {
    if (run instanceof Promise) return run.then(runOf) as T
    const whole = changed<Run>(run as Run, {
      renderHole: (hole, host) => runOf((run as Run).renderHole(hole, hostOf(host))),
    })
    return (ofRun ? changed(whole, ofRun(whole)) : whole) as T
  }
  return (templates) => {
    const engine = create(templates)
    const whole = changed(engine, {
      run: (name, data, host) => runOf(engine.run(name, data, hostOf(host))),
    })
    return ofEngine ? changed(whole, ofEngine(whole, templates)) : whole
  }
}

const emptyRun = (host: RunHost): Run => ({
  parts: [],
  holes: [],
  missing: new Map(),
  captured: new Set(),
  readsNocache: false,
  perVisitorReads: new Map(),
  templates: new Map(),
  renderHole: () => emptyRun(host),
})

/** Each is a mistake that an author of an engine makes, and a check that finds it. */
const MISTAKES: Record<string, [Damage, finds: RegExp]> = {
  'puts text before fragments': [
    { run: ({ parts }) => ({ parts: [...parts].sort((one) => (typeof one === 'string' ? -1 : 1)) }) },
    /in the order of the template/,
  ],
  'does not list its holes': [{ run: () => ({ holes: [] }) }, /in the order of the template/],
  'lists its holes in another order': [
    { run: ({ holes }) => ({ holes: holes.toReversed() }) },
    /declares the fragments of a page in order/,
  ],
  'does not read marked values': [
    {
      host: (host) => ({ loaded: host.loaded.bind(host) }),
      engine: (engine) => ({ run: withTexts(engine) }),
    },
    /marked as one visitor’s as the value itself/,
  ],
  'renders with the data of the last page': [
    { engine: (engine) => ({ run: withLastData(engine) }) },
    /without mixing their data/,
  ],
  'does not wait for a body': [
    {
      host: (host) => ({
        declare: (tag) =>
          host.declare({
            ...tag,
            body: (inner) => {
              const run = tag.body(inner)
              if (!(run instanceof Promise)) return run
              run.catch(() => {})
              return emptyRun(inner)
            },
          }),
      }),
    },
    /waits for what is asynchronous/,
  ],
  'runs a body when it meets its tag': [
    { engine: (engine) => ({ run: withEverythingLoaded(engine) }) },
    /nothing for a hit/,
  ],
  'declares no key': [{ host: declaring(() => ({ parts: [] })) }, /by all of its parts/],
  'makes texts of its keys': [
    { host: declaring(({ parts }) => ({ parts: parts.map(String) })) },
    /by value and type/,
  ],
  'makes a place each time': [
    { host: declaring(({ place }) => ({ place: { ...place } })) },
    /declared twice with one key/,
  ],
  'has one place for a template': [
    { host: declaring(({ place }) => ({ place: placeOf(place.template) })) },
    /a place of its own/,
  ],
  'has no lines': [
    { host: declaring(({ place }) => ({ place: { ...place, line: 1 } })) },
    /at which line of which template/,
  ],
  'names places by chance': [
    { host: declaring(({ place }) => ({ place: { ...place, id: `${place.id}${Math.random()}` } })) },
    /entries of another process/,
  ],
  'has another digest in each process': [
    { engine: () => ({ digest: String(Math.random()) }) },
    /entries of another process/,
  ],
  'runs all bodies in the scope of the first': [{ host: withFirstBody() }, /the scope of its tag/],
  'declares nothing inside bodies': [
    {
      run: ({ parts, holes }) =>
        holes.length > 0 && parts[0] === '(' ? { holes: [], parts: ['(AlienBrazil)'] } : {},
    },
    /nests fragments/,
  ],
  'forgets ttl': [{ host: declaring(() => ({ ttl: undefined })) }, /passes on ttl, tags, vary/],
  'forgets tags': [{ host: declaring(() => ({ tags: undefined })) }, /passes on ttl, tags, vary/],
  'forgets vary': [{ host: declaring(() => ({ vary: undefined })) }, /passes on ttl, tags, vary/],
  'forgets if': [{ host: declaring(() => ({ enabled: true })) }, /passes on ttl, tags, vary/],
  'declares an include as part of the page': [
    {
      host: declaring(({ place }) => ({ place: { ...placeOf(`page#${Math.random()}`), line: place.line } })),
    },
    /whose fragments are theirs/,
  ],
  'needs a trip for each fragment': [
    {
      run: ({ holes, parts }) => {
        const asked = holes.findIndex((hole) => !known.has(hole))
        if (asked === -1 || parts.length === 0) return {}
        known.add(holes[asked] as Hole)
        return { holes: holes.slice(0, asked + 1), captured: new Set([holes[asked] as Hole]) }
      },
    },
    /in one trip/,
  ],
  'does not note includes': [
    { run: ({ templates }) => ({ templates: new Map([...templates].slice(0, 1)) }) },
    /nor of one that includes it/,
  ],
  'has one digest for all templates': [{ engine: () => ({ digestOf: () => 'same' }) }, /digests that tell/],
  'does not say what it misses': [
    { run: () => ({ missing: new Map() }) },
    /a missed body reads|everything once|stands inside an object|in the key of a fragment/,
  ],
  'fails where it is cut': [
    {
      run: ({ missing }) => {
        if (missing.size > 0) throw new Error('cut')
        return {}
      },
    },
    /drops the error of a run that was cut/,
  ],
  'loads again in each run': [
    { host: (host) => ({ loaded: (lazy) => (Math.random() < 2 ? undefined : host.loaded(lazy)) }) },
    /runs a body again/,
  ],
  'calls a lazy value by another name': [
    { run: ({ missing }) => ({ missing: new Map([...missing].map(([lazy]) => [lazy, 'value'])) }) },
    /by the name that it was read by/,
  ],
  'calls cached functions itself': [
    { host: () => ({ calls: { of: () => undefined } as unknown as RunHost['calls'] }) },
    /a call of a cached function/,
  ],
  'does not note marks': [
    { run: () => ({ perVisitorReads: new Map() }), engine: () => ({ readsOf: () => [] }) },
    /an object that is marked|is marked, inside an object|a marked object/,
  ],
  'does not look at names': [
    { engine: () => ({ readsOf: () => [] }) },
    /perVisitor lists|option strict|an include in it|safety is 'error'/,
  ],
  'takes any value for one visitor’s': [
    { run: () => ({ perVisitorReads: new Map([[{}, 'title']]) }) },
    /stores fragments beside which/,
  ],
  'knows no policy': [
    {
      engine: () => ({ readsOf: () => [] }),
      host: (host) => ({ dataPolicy: { ...host.dataPolicy, perRequest: [], perVisitor: [], strict: false } }),
    },
    /the option perRequest lists/,
  ],
  'renders no nocache part of an entry': [
    { run: () => ({ renderHole: (_hole, host) => emptyRun(host) }) },
    /nocache part for each request/,
  ],
  'drops the values of a nocache part': [
    { host: (host) => ({ addNocache: (tag) => host.addNocache({ ...tag, values: {} }) }) },
    /stores the values that a nocache part is given/,
  ],
  'drops the holes of a nocache part': [
    {
      run: (run) => ({
        renderHole: async (hole, host) => ({
          ...emptyRun(host),
          parts: (await run.renderHole(hole, host)).parts,
        }),
      }),
    },
    /looks up the fragments in it/,
  ],
  'adds nothing to the head': [
    { host: (host) => ({ addToHead: () => host.addToHead([]) }) },
    /adds to the head of the document/,
  ],
  'takes an unknown text for an empty one': [
    { host: (host) => ({ textOf: (hole) => host.textOf(hole) ?? '' }) },
    /uses the text of a fragment/,
  ],
  'does not say that it used a text of this request': [
    { run: () => ({ readsNocache: false }) },
    /uses the text of a nocache part/,
  ],
  'swallows errors': [
    {
      engine: (engine) => ({
        run: async (name, data, host) => {
          try {
            return await engine.run(name, data, host)
          } catch {
            return emptyRun(host)
          }
        },
      }),
      host: (host) => ({
        declare: (tag) =>
          host.declare({
            ...tag,
            body: async (inner) => {
              try {
                return await tag.body(inner)
              } catch {
                return emptyRun(inner)
              }
            },
          }),
      }),
    },
    /what a template throws|an asynchronous body throws|does not exist/,
  ],
  'never recovers': [{ engine: (engine) => ({ run: untilItFails(engine) }) }, /renders the next page/],
  'declares a wrong option as none': [
    {
      host: (host) => ({
        declare: (tag) => {
          try {
            return host.declare(tag)
          } catch {
            return host.declare({ ...tag, vary: undefined })
          }
        },
      }),
    },
    /leaves wrong options of a tag to the page/,
  ],
}

/** Holes whose text was asked for once. */
const known = new WeakSet<object>()

/** Declarations that are changed. */
function declaring(change: (tag: Parameters<RunHost['declare']>[0]) => object): NonNullable<Damage['host']> {
  return (host) => ({ declare: (tag) => host.declare({ ...tag, ...change(tag) }) })
}

const places = new Map<string, { id: string; template: string; line: number; digest: string }>()

function placeOf(template: string) {
  const place = places.get(template) ?? { id: `${template}#1`, template, line: 1, digest: template }
  places.set(template, place)
  return place
}

function withFirstBody(): NonNullable<Damage['host']> {
  const bodies = new Map<string, Parameters<RunHost['declare']>[0]['body']>()
  return declaring(({ place, body }) => {
    const first = bodies.get(place.id) ?? body
    bodies.set(place.id, first)
    return { body: first }
  })
}

function withLastData({ run }: TemplateEngine): TemplateEngine['run'] {
  let last: object = {}
  return async (name, data, host) => {
    last = data
    await Promise.resolve()
    return run(name, last, host)
  }
}

/** An engine that asks for all lazy values of a page at once. */
function withEverythingLoaded({ run }: TemplateEngine): TemplateEngine['run'] {
  return (name, data, host) => {
    const lazies = Object.entries(data).flatMap(([key, value]) =>
      isLazy(value) ? [[value, key] as const] : [],
    )
    const missing = new Map(lazies.filter(([lazy]) => host.loaded(lazy) === undefined))
    return missing.size > 0 ? { ...emptyRun(host), missing } : run(name, data, host)
  }
}

/** An engine for which values that are marked are the objects that wrap them. */
function withTexts({ run }: TemplateEngine): TemplateEngine['run'] {
  return (name, data, host) => {
    const texts = Object.entries(data).map(([key, value]) => [key, isLazy(value) ? '[object]' : value])
    return run(name, Object.fromEntries(texts), host)
  }
}

function untilItFails({ run }: TemplateEngine): TemplateEngine['run'] {
  let failure: unknown
  return async (...args) => {
    if (failure) throw failure
    try {
      return await run(...args)
    } catch (error) {
      failure = error
      throw error
    }
  }
}

describe('engineConformance', () => {
  const titles = checksOf(create, nunjucksSyntax).map(({ title }) => title)

  it('passes for an engine that is right', async () => {
    expect(await failuresOf(damaged({}))).toEqual([])
  })

  it.each(Object.entries(MISTAKES))('finds an engine that %s', async (_, [mistake, finds]) => {
    const expected = titles.filter((title) => finds.test(title))
    expect(expected.length).toBeGreaterThan(0)
    expect(await failuresOf(damaged(mistake), finds)).toEqual(expected)
  })

  it('has no check that none of these engines fails', () => {
    const found = Object.values(MISTAKES).map(([, finds]) => finds)
    expect(titles.filter((title) => !found.some((finds) => finds.test(title)))).toEqual([])
  })

  it('leaves out what an engine has no syntax for, and nothing else', () => {
    const { nocache, htmlHead, upperCase, wait, call, ...least } = nunjucksSyntax
    const all = checksOf(create, nunjucksSyntax)
    const left = checksOf(create, least).map(({ title }) => title)
    const out = all.map(({ title }) => title).filter((title) => !left.includes(title))
    expect(out.every((title) => /nocache|head of|the text of|asynchronous|cached function/.test(title))).toBe(
      true,
    )
    expect(out.length).toBe(9)
  })
})

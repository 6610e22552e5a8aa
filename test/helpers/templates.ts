import nunjucks from 'nunjucks'
import type { FragmentCacheOptions, FragmentEvent } from 'onetrip'
import { type NunjucksEngine, nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { type Clock, processClock } from '../../src/clock.ts'
import { FragmentCache } from '../../src/core/fragment-cache.ts'
import { patient } from './patient.ts'
import { TestClock } from './test-clock.ts'

/**
 * A loader whose templates a test may change; like nunjucks' own with `noCache`, it reads them each
 * time.
 */
export class TestLoader extends nunjucks.Loader {
  readonly templates: Record<string, string>

  constructor(templates: Record<string, string>) {
    super()
    this.templates = templates
  }

  getSource(name: string): nunjucks.LoaderSource {
    const src = this.templates[name]
    if (src === undefined) return null as unknown as nunjucks.LoaderSource
    return { src, path: name, noCache: true }
  }
}

export function engineOf(
  templates: Record<string, string>,
  options: { version?: string } = {},
): NunjucksEngine {
  return nunjucksEngine({ environment: new nunjucks.Environment(new TestLoader(templates)), ...options })
}

/** A cache over templates that are written here, with all that it reports. */
export interface Site {
  readonly cache: FragmentCache
  readonly events: FragmentEvent[]
  readonly templates: Record<string, string>
  readonly html: Html
}

/**
 * A cache of the time that passes. One that a test is about stands still: see
 * {@link clockedCacheOf}.
 */
export function cacheOf(
  templates: Record<string, string> | string,
  options: Partial<FragmentCacheOptions> = {},
  clock: Clock = processClock,
): Site {
  const all = typeof templates === 'string' ? { page: templates } : templates
  const defaults = { store: memoryStore({}, clock), engine: engineOf(all), ttl: '5m' } as const
  const cache = new FragmentCache({ ...defaults, ...patient(options) }, clock)
  const events: FragmentEvent[] = []
  cache.on((event) => events.push(event))
  const html: Html = async (data, template = 'page') => {
    const { body } = await cache.render(template, data)
    await cache.settled()
    return body.toString()
  }
  return { cache, events, templates: all, html }
}

/**
 * As {@link cacheOf}, at a time that moves only where the test moves it: by `clock.advance(ms)`. A
 * store of the test's own is given the same clock.
 */
export function clockedCacheOf(
  templates: Record<string, string> | string,
  options: Partial<FragmentCacheOptions> = {},
  clock = new TestClock(),
): Site & { readonly clock: TestClock } {
  return { ...cacheOf(templates, options, clock), clock }
}

type Html = (data?: object, template?: string) => Promise<string>

/** The events of these types, as short texts. */
export function told(events: readonly FragmentEvent[], ...types: FragmentEvent['type'][]): string[] {
  return events
    .filter(({ type }) => types.length === 0 || types.includes(type))
    .map((event) => {
      if (event.type === 'breaker') return `breaker ${event.state}`
      const name = 'name' in event ? event.name : 'tags' in event ? event.tags.join() : event.error.name
      return 'reason' in event ? `${event.type} ${name}: ${event.reason}` : `${event.type} ${name}`
    })
}

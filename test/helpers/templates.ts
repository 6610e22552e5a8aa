import nunjucks from 'nunjucks'
import type { FragmentCacheOptions, FragmentEvent } from 'onetrip'
import { FragmentCache } from 'onetrip'
import { type NunjucksEngine, nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'

/** A loader whose templates a test may change; like nunjucks' own with `noCache`, it reads them each time. */
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
export function cacheOf(
  templates: Record<string, string> | string,
  options: Partial<FragmentCacheOptions> = {},
): { cache: FragmentCache; events: FragmentEvent[]; templates: Record<string, string>; html: Html } {
  const all = typeof templates === 'string' ? { page: templates } : templates
  const cache = new FragmentCache({ store: memoryStore(), engine: engineOf(all), ttl: '5m', ...options })
  const events: FragmentEvent[] = []
  cache.on((event) => events.push(event))
  const html: Html = async (data, template = 'page') => {
    const { body } = await cache.render(template, data)
    await cache.settled()
    return body.toString()
  }
  return { cache, events, templates: all, html }
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

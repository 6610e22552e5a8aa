import { FragmentCache } from 'onetrip'
import { afterAll, beforeAll } from 'vitest'
import { PATIENT } from '../../helpers/patient.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { engineOf } from '../../helpers/templates.ts'

const TEMPLATES = {
  page:
    '{% cache "list", tags=["films"] %}{% for n in [1, 2] %}{% cache "card", n, tags=["film:" ~ n] %}' +
    '[{{ n }} {{ price }}]{% endcache %}{% endfor %}{% endcache %}' +
    '{% cache "menu", vary=["locale"] %}menu{% endcache %}',
}

/** A site with a page of four fragments, on a Redis. */
export class CachedSite {
  readonly cache: FragmentCache

  constructor(url: string) {
    this.cache = new FragmentCache({
      store: patientRedisStore({ url }),
      engine: engineOf(TEMPLATES),
      ttl: '1h',
      prefix: 'shop',
      vary: { locale: () => 'de' },
      ...PATIENT,
    })
  }

  async page(price: number): Promise<string> {
    const { body } = await this.cache.render('page', { price }, { request: {} })
    await this.cache.settled()
    return body.toString()
  }
}

/** A server for the tests of a command, a site on it, and the environment of the command. */
export interface SiteFixture {
  readonly server: () => RedisServer
  readonly site: () => CachedSite
  readonly env: () => NodeJS.ProcessEnv
}

/** Starts a server and opens a site on it before the tests of a file, and ends both after them. */
export function useCachedSite(): SiteFixture {
  let server: RedisServer
  let site: CachedSite
  beforeAll(async () => {
    server = await startRedis()
    site = new CachedSite(server.url)
  })
  afterAll(async () => {
    await site.cache.close()
    await server.stop()
  })
  return {
    server: () => server,
    site: () => site,
    env: () => ({ ONETRIP_STORE: server.url, ONETRIP_PREFIX: 'shop' }),
  }
}

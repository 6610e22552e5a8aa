import { FragmentCache } from 'onetrip'
import { PATIENT } from '../../helpers/patient.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
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

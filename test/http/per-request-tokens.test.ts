import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import Fastify, { type FastifyInstance } from 'fastify'
import { lazy } from 'onetrip'
import onetrip from 'onetrip/fastify'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeChromium, openChromium } from '../helpers/chromium.ts'
import { engineOf } from '../helpers/templates.ts'

/** The whole page is one fragment: form, token, script and nonce. */
const PAGE =
  '<!doctype html><title>before</title>{% cache "page" %}<form method="post" action="/vote">' +
  '<input type="hidden" name="_csrf" value="{{ csrfToken }}"><button>Vote</button></form>' +
  '<script nonce="{{ cspNonce }}">document.title = "ran"</script>{% endcache %}'

async function openApp(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(cookie)
  await app.register(formbody)
  await app.register(csrf)
  await app.register(helmet, {
    enableCSPNonces: true,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  })
  await app.register(onetrip, {
    engine: engineOf({ page: PAGE }),
    ttl: '5m',
    perRequest: ['csrfToken', 'cspNonce'],
  })
  app.get('/', (_request, reply) =>
    reply.view('page', { csrfToken: lazy(() => reply.generateCsrf()), cspNonce: reply.cspNonce.script }),
  )
  app.post('/vote', { preHandler: app.csrfProtection }, () => 'voted')
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app
}

describeChromium('@fastify/csrf-protection and @fastify/helmet, a page that is one fragment', () => {
  let app: FastifyInstance
  let browser: Browser
  let address: string

  beforeAll(async () => {
    app = await openApp()
    browser = await openChromium()
    address = app.listeningOrigin
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  test.each(['a miss', 'a hit', 'another hit'])('on %s its form submits, its script runs', async (what) => {
    const visitor = await browser.newContext()
    const page = await visitor.newPage()
    const response = await page.goto(address)
    expect(response?.headers()['x-onetrip']).toContain(what === 'a miss' ? 'misses=1' : 'hits=1')
    expect(await page.title()).toBe('ran')
    await page.click('button')
    expect(await page.textContent('body')).toBe('voted')
    await visitor.close()
  })

  test('a nonce that is not the response own would not have run', async () => {
    const first = await (await fetch(address)).text()
    const second = await fetch(address)
    const nonces = [first, await second.text()].map((html) => /nonce="(\w+)"/.exec(html)?.[1])
    expect(nonces[0]).not.toBe(nonces[1])
    expect(second.headers.get('content-security-policy')).toContain(`'nonce-${nonces[1]}'`)
  })
})

import { describe, expect, it } from 'vitest'
import { isLocalRequest } from '../../src/local-request.ts'
import { serveDashboard } from './served-dashboard.ts'

describe('a request without an authorize', () => {
  const asked = (remoteAddress: string | undefined, headers: Record<string, string>) =>
    isLocalRequest({ headers, socket: { remoteAddress } } as Parameters<typeof isLocalRequest>[0])

  it.each([
    ['127.0.0.1', 'localhost:3000'],
    ['::1', '[::1]:3000'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['172.17.0.1', 'reel.localhost:3000'],
    ['192.168.1.20', '192.168.1.5:3000'],
    ['fe80::1%eth0', 'localhost'],
  ])('is answered from %s for %s', (address, host) => {
    expect(asked(address, { host })).toBe(true)
  })

  it.each([
    ['a public address', '203.0.113.9', { host: 'localhost' }],
    ['a name that a foreign page may have pointed here', '127.0.0.1', { host: 'attacker.example' }],
    ['a name that only looks local', '127.0.0.1', { host: 'localhost.attacker.example' }],
    ['a proxy, which says so', '127.0.0.1', { host: 'localhost', 'x-forwarded-for': '203.0.113.9' }],
    ['no host', '127.0.0.1', {}],
    ['a socket that is gone', undefined, { host: 'localhost' }],
  ])('is not answered from %s', (_, address, headers) => {
    expect(asked(address, headers as Record<string, string>)).toBe(false)
  })
})

describe('authorize', () => {
  it.each([
    ['true', () => true, 200],
    ['a promise of true', async () => true, 200],
    ['false', () => false, 404],
    ['a promise of false', async () => false, 404],
    ['undefined', () => undefined, 404],
    ['what is true only when converted', () => ({ admin: true }), 404],
    ['an error', () => Promise.reject(new Error('no session')), 404],
  ])('that gives %s', async (_, answer, status) => {
    const { get } = await serveDashboard({ authorize: answer as () => boolean })
    expect((await get('/_onetrip/')).status).toBe(status)
  })

  it('is given the request of the framework', async () => {
    const { get } = await serveDashboard({ authorize: ({ headers }) => headers['x-admin'] === 'yes' })
    expect((await get('/_onetrip/', { 'x-admin': 'yes' })).status).toBe(200)
    expect((await get('/_onetrip/')).status).toBe(404)
  })

  it('stands before every address: pages, files, events, forms', async () => {
    const { get, origin, invalidated } = await serveDashboard({ authorize: () => false })
    const open = await serveDashboard()
    const page = await (await open.get('/_onetrip/')).text()
    const [file] = /assets\/[^"]+/.exec(page) as RegExpExecArray
    for (const path of ['', '/', '/fragments', '/events?page=', `/${file}`, '/nothing'])
      expect([
        path,
        (await get(`/_onetrip${path}`)).status,
        await (await get(`/_onetrip${path}`)).text(),
      ]).toEqual([path, 404, 'Not found'])
    const answer = await fetch(`${origin}/_onetrip/invalidate`, {
      method: 'POST',
      body: new URLSearchParams({ tag: 'a' }),
    })
    expect(answer.status).toBe(404)
    expect(invalidated).toEqual([])
  })

  it('that fails is reported, once for many requests', async () => {
    const { get, reports } = await serveDashboard({
      authorize: () => {
        throw new Error('no session')
      },
    })
    for (let n = 0; n < 5; n++) expect((await get('/_onetrip/')).status).toBe(404)
    expect(reports).toEqual([
      'The option dashboard.authorize failed: the request was refused. Error: no session',
    ])
  })
})

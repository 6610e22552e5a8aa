import { describe, expect, it } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import { type ServedDashboard, serveDashboard } from './served-dashboard.ts'

/** Opens the form of a tag, as a browser does. */
async function openForm({ get }: ServedDashboard, tag: string) {
  const response = await get(`/_onetrip/invalidate?tag=${encodeURIComponent(tag)}`)
  const html = await response.text()
  const token = /name="token" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { html, token, cookie, attributes: response.headers.get('set-cookie') ?? '' }
}

function send({ origin }: ServedDashboard, fields: Record<string, string>, headers: Record<string, string>) {
  return fetch(`${origin}/_onetrip/invalidate?tag=films`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers,
  })
}

const SAME = { 'sec-fetch-site': 'same-origin' }

describe('a tag', () => {
  it('is invalidated by the form, and by nothing before it', async () => {
    const site = await serveDashboard()
    const { html, token, cookie } = await openForm(site, 'films')
    expect(html).toContain('Invalidate now')
    expect(site.invalidated).toEqual([])
    const response = await send(site, { tag: 'films', token }, { ...SAME, cookie })
    expect([response.status, site.invalidated]).toEqual([200, ['films']])
    expect(await response.text()).toContain('The tag “films” was invalidated at 12:30:02 UTC.')
  })

  it('is not invalidated by a GET, whatever it says', async () => {
    const site = await serveDashboard()
    const { token, cookie } = await openForm(site, 'films')
    await site.get(`/_onetrip/invalidate?tag=films&token=${token}`, { ...SAME, cookie })
    await fetch(`${site.origin}/_onetrip/invalidate?tag=films&token=${token}`, { method: 'HEAD' })
    expect(site.invalidated).toEqual([])
  })

  it('may have any characters', async () => {
    const site = await serveDashboard()
    const tag = "film:1\" <b>é & 'x'"
    const { token, cookie } = await openForm(site, tag)
    await send(site, { tag, token }, { ...SAME, cookie })
    expect(site.invalidated).toEqual([tag])
  })

  it('that the store cannot invalidate is no success', async () => {
    const refuse = () => Promise.reject(new StoreError('The store does not answer.'))
    const cache = { invalidate: refuse, inspect: refuse }
    const site = await serveDashboard({}, { cache })
    const { token, cookie } = await openForm(site, 'films')
    const response = await send(site, { tag: 'films', token }, { ...SAME, cookie })
    expect(response.status).toBe(502)
    const html = await response.text()
    expect(html).toContain('The tag “films” was not invalidated: The store does not answer.')
    expect(html).toContain('Invalidate now')
  })
})

describe('a form is refused', () => {
  const other = 'A'.repeat(32)

  it.each([
    [
      'from another site',
      (own: Form) => ({ headers: { 'sec-fetch-site': 'cross-site', cookie: own.cookie }, token: own.token }),
    ],
    [
      'from another name of the site',
      (own: Form) => ({ headers: { 'sec-fetch-site': 'same-site', cookie: own.cookie }, token: own.token }),
    ],
    [
      'without a sign of where it is from',
      (own: Form) => ({ headers: { cookie: own.cookie }, token: own.token }),
    ],
    [
      'with the origin of another site',
      (own: Form) => ({
        headers: { origin: 'https://attacker.example', cookie: own.cookie },
        token: own.token,
      }),
    ],
    [
      'with the origin null',
      (own: Form) => ({ headers: { origin: 'null', cookie: own.cookie }, token: own.token }),
    ],
    ['without the cookie', (own: Form) => ({ headers: SAME, token: own.token })],
    ['without the token', (own: Form) => ({ headers: { ...SAME, cookie: own.cookie }, token: '' })],
    [
      'with the token of another',
      (own: Form) => ({ headers: { ...SAME, cookie: own.cookie }, token: other }),
    ],
    [
      'with an empty cookie and an empty token',
      () => ({ headers: { ...SAME, cookie: 'onetrip_form=' }, token: '' }),
    ],
  ])('%s', async (_, make) => {
    const site = await serveDashboard()
    const { headers, token } = make(await openForm(site, 'films'))
    const response = await send(site, { tag: 'films', token }, headers as Record<string, string>)
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('Nothing was invalidated.')
    expect(site.invalidated).toEqual([])
  })

  it.each([
    ['that is none', 400, '{}', 'application/json'],
    ['that is too large', 413, `tag=${'x'.repeat(20_000)}`, 'application/x-www-form-urlencoded'],
    ['of several MB', 413, `tag=${'x'.repeat(8_000_000)}`, 'application/x-www-form-urlencoded'],
  ] as const)('%s is answered with %i', async (_what, status, body, type) => {
    const site = await serveDashboard()
    const response = await fetch(`${site.origin}/_onetrip/invalidate`, {
      method: 'POST',
      body,
      headers: { ...SAME, 'content-type': type },
    })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain('Nothing was invalidated.')
    expect(site.invalidated).toEqual([])
  })
})

it('a form is taken from the same origin where a browser sends no Sec-Fetch-Site', async () => {
  const site = await serveDashboard()
  const { token, cookie } = await openForm(site, 'films')
  const response = await send(site, { tag: 'films', token }, { origin: site.origin, cookie })
  expect([response.status, site.invalidated]).toEqual([200, ['films']])
})

it('the cookie is for our forms alone, and is kept', async () => {
  const site = await serveDashboard()
  const { cookie, attributes, token } = await openForm(site, 'films')
  expect(attributes).toMatch(/; HttpOnly; SameSite=Strict$/)
  const again = await site.get('/_onetrip/invalidate?tag=films', { cookie: `a=b; ${cookie}; c=d` })
  expect(again.headers.get('set-cookie')).toBe(null)
  expect(await again.text()).toContain(token)
})

type Form = Awaited<ReturnType<typeof openForm>>

import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MOST_CLIENTS } from '../../src/dashboard/live/live-views.ts'
import { TestClock } from '../helpers/test-clock.ts'
import { NOW, type ServedDashboard, serveDashboard } from './served-dashboard.ts'
import { shopNumbers } from './shop-numbers.ts'

/** Follows a page, as an EventSource does. */
async function follow({ origin }: ServedDashboard, query: string) {
  const asked = request(`${origin}/_onetrip/events?${query}`, { agent: false })
  asked.end()
  asked.on('error', () => {})
  onTestFinished(() => void asked.destroy())
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
  })
  response.on('error', () => {})
  return {
    response,
    text: () => text,
    events: () => [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name),
    leave: () => asked.destroy(),
  }
}

describe('a page that is followed', () => {
  it('is sent at once, and again when it has changed', async () => {
    const clock = new TestClock()
    let pages = 0
    const numbers = {
      ...shopNumbers(() => NOW),
      processes: async () => [{ id: 'a', pid: 1, host: 'web', seen: NOW, pages: pages++ }],
    }
    const site = await serveDashboard({}, { numbers }, clock)
    const { response, events, text } = await follow(site, 'page=&range=5m')
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'private, no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    await expect.poll(events).toEqual(['view'])
    const [, json = ''] = /^data: (.*)$/m.exec(text()) as RegExpExecArray
    expect(JSON.parse(json)).toContain('<h1>Overview</h1>')
    expect(JSON.parse(json)).not.toContain('<html')
    await expect
      .poll(() => {
        clock.advance(2000)
        return events().length
      })
      .toBeGreaterThan(1)
    expect(new Set(events())).toEqual(new Set(['view']))
  })

  it('is not sent again while it is the same', async () => {
    const clock = new TestClock()
    const site = await serveDashboard({}, {}, clock)
    const { events, text } = await follow(site, 'page=tags')
    await expect.poll(events).toEqual(['view'])
    clock.advance(15_000)
    await expect.poll(text).toContain('\n:\n')
    expect(events()).toEqual(['view'])
  })

  it('is none for a page that does not change, and for no page', async () => {
    const { get } = await serveDashboard()
    for (const page of ['invalidate', 'nothing', '__proto__'])
      expect((await get(`/_onetrip/events?page=${page}`)).status).toBe(404)
  })

  it('says when the numbers cannot be read, and goes on', async () => {
    const clock = new TestClock()
    let broken = true
    const shop = shopNumbers(() => NOW)
    const numbers = {
      ...shop,
      series: (span: Parameters<typeof shop.series>[0]) =>
        broken ? Promise.reject(new Error('Redis is gone')) : shop.series(span),
    }
    const site = await serveDashboard({}, { numbers }, clock)
    const { events } = await follow(site, 'page=tags')
    await expect.poll(events).toEqual(['failed'])
    broken = false
    await expect
      .poll(() => {
        clock.advance(2000)
        return events()
      })
      .toEqual(['failed', 'view'])
  })
})

describe('the number of browsers', () => {
  it('is bounded: further ones are told to come back', async () => {
    const site = await serveDashboard({}, {}, new TestClock())
    const all = await Promise.all(Array.from({ length: MOST_CLIENTS }, () => follow(site, 'page=tags')))
    const refused = await site.get('/_onetrip/events?page=tags')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30'])
    all[0]?.leave()
    await expect
      .poll(async () => {
        const response = await fetch(`${site.origin}/_onetrip/events?page=tags`)
        await response.body?.cancel()
        return response.status
      })
      .toBe(200)
  })

  it('does not count one that left while authorize was asked', async () => {
    let allow = (_allowed: boolean) => {}
    let asked = 0
    const authorize = ({ url }: IncomingMessage) => {
      if (!url?.includes('left')) return true
      asked++
      return new Promise<boolean>((resolve) => {
        allow = resolve
      })
    }
    const clock = new TestClock()
    const site = await serveDashboard({ authorize }, {}, clock)
    const closed = once(site.server, 'request').then(([, response]) => once(response, 'close'))
    const leaving = request(`${site.origin}/_onetrip/events?page=tags&left`, { agent: false })
    leaving.on('error', () => {})
    leaving.end()
    await expect.poll(() => asked).toBe(1)
    leaving.destroy()
    await closed
    allow(true)
    await new Promise((resolve) => setImmediate(resolve))
    const all = await Promise.all(Array.from({ length: MOST_CLIENTS }, () => follow(site, 'page=tags')))
    expect(all.map(({ response }) => response.statusCode)).toEqual(all.map(() => 200))
  })

  it('costs one render, however many follow the same page', async () => {
    let reads = 0
    const shop = shopNumbers(() => NOW)
    const numbers = {
      ...shop,
      series: (span: Parameters<typeof shop.series>[0]) => {
        reads++
        return shop.series(span)
      },
    }
    const site = await serveDashboard({}, { numbers }, new TestClock())
    const first = await follow(site, 'page=tags')
    await expect.poll(first.events).toEqual(['view'])
    const before = reads
    const others = await Promise.all(Array.from({ length: 5 }, () => follow(site, 'page=tags&foreign=1')))
    for (const other of others) await expect.poll(other.events).toEqual(['view'])
    expect(reads - before).toBeLessThanOrEqual(5)
  })
})

describe('a connection ends', () => {
  it('with the dashboard', async () => {
    const site = await serveDashboard({}, {}, new TestClock())
    const { response } = await follow(site, 'page=tags')
    const ended = once(response, 'end')
    await site.dashboard.close()
    await ended
    expect((await site.get('/_onetrip/')).status).toBe(404)
  })

  it('when its server has stopped listening', async () => {
    const clock = new TestClock()
    const site = await serveDashboard({}, {}, clock)
    const { response, events } = await follow(site, 'page=tags')
    await expect.poll(events).toEqual(['view'])
    const ended = once(response, 'end')
    const closed = new Promise((resolve) => site.server.close(resolve))
    clock.advance(2000)
    await ended
    await closed
  })

  it('after ten minutes, so that authorize is asked again', async () => {
    const clock = new TestClock()
    const site = await serveDashboard({}, {}, clock)
    const { response, events } = await follow(site, 'page=tags')
    await expect.poll(events).toEqual(['view'])
    const ended = once(response, 'end')
    clock.advance(11 * 60_000)
    await ended
  })
})

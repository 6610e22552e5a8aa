import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { FragmentEvent } from '../../src/core/events.ts'
import { deferred } from '../helpers/deferred.ts'
import { turns } from '../helpers/turns.ts'
import { type Exchange, frameworks, type Handler, type Site } from './frameworks.ts'
import { fragment, scriptedEngine } from './scripted-engine.ts'
import { watchedStore } from './watched-store.ts'

/** Visitors who leave early, and visitors who ask for several pages at once, over real sockets. */
describe.each(frameworks)('$name', (framework) => {
  let site: Site
  let events: FragmentEvent[]
  let sockets: Socket[]
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await site.close()
  })

  const engine = scriptedEngine({
    page: ({ id }) => [`<h1>${id}</h1>`, fragment('card', [id], () => [`<p>${id}</p>`])],
    slow: ({ id, begin, wait }) => [
      fragment('card', [id], async () => {
        begin?.()
        await wait
        return [`<p>${id}</p>`]
      }),
    ],
  })

  async function start(routes: Record<string, Handler>) {
    const store = watchedStore()
    sockets = []
    events = []
    site = await framework.start({ engine, ttl: '1m', store }, routes)
    site.cache.on((event) => events.push(event))
  }

  async function send(...lines: string[]): Promise<Socket> {
    const socket = connect(site.port, '127.0.0.1')
    sockets.push(socket)
    await once(socket, 'connect')
    socket.write(lines.map((line) => `${line} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''))
    return socket
  }

  const types = () => events.map(({ type }) => type)
  async function until(done: () => boolean) {
    await expect.poll(done).toBe(true)
    // Nothing more comes.
    await site.cache.settled()
    await turns()
  }
  async function hangUp(socket: Socket) {
    socket.destroy()
    await site.alone()
  }

  /**
   * Sends a request whose visitor has left when the handler is in the middle.
   *
   * @returns a function that lets the handler go on
   */
  async function leaveDuring(
    handle: (exchange: Exchange, begin: () => void, wait: Promise<unknown>) => unknown,
  ): Promise<() => void> {
    const { promise: wait, resolve: goOn } = deferred()
    const { promise: begun, resolve: begin } = deferred()
    await start({ '/': (exchange) => handle(exchange, begin, wait) })
    const socket = await send('GET /')
    await begun
    await hangUp(socket)
    return goOn
  }

  test('hung up while the page renders: stored, once', async () => {
    const goOn = await leaveDuring((exchange, begin, wait) => exchange.render('slow', { id: 1, begin, wait }))
    expect(types()).not.toContain('write')
    goOn()
    await until(() => types().includes('write'))
    expect(types()).toEqual(['miss', 'write'])
  })

  test('hung up before anything is rendered: stored, once', async () => {
    const goOn = await leaveDuring(async (exchange, begin, wait) => {
      begin()
      await wait
      return exchange.render('page', { id: 1 })
    })
    goOn()
    await until(() => types().includes('write'))
    expect(types()).toEqual(['miss', 'write'])
  })

  test('hung up, and the page would have been an error: not stored', async () => {
    const goOn = await leaveDuring(async (exchange, begin, wait) => {
      begin()
      await wait
      exchange.status(404)
      return exchange.render('page', { id: 1 })
    })
    goOn()
    await until(() => types().includes('skip'))
    expect(types()).toEqual(['miss', 'skip'])
  })

  test('hung up while a page of a handler of its own renders: stored, once', async () => {
    const goOn = await leaveDuring(async (exchange, begin, wait) => {
      const { body } = await exchange.page.render('slow', { id: 1, begin, wait })
      return exchange.send(body.toString())
    })
    goOn()
    await until(() => types().includes('write'))
    expect(types()).toEqual(['miss', 'write'])
  })

  test('hung up while a response waits behind a slower one: both stored', async () => {
    const { promise, resolve } = deferred()
    await start({
      '/slow': (exchange) => exchange.render('slow', { id: 1, wait: promise }),
      '/page': (exchange) => exchange.render('page', { id: 2 }),
    })
    const socket = await send('GET /slow', 'GET /page')
    // Of the second one; the first waits.
    await expect.poll(types).toEqual(['miss'])
    await hangUp(socket)
    resolve()
    await until(() => types().filter((type) => type === 'write').length === 2)
    expect(types().sort()).toEqual(['miss', 'miss', 'write', 'write'])
  })

  test('close() while a page of a visitor who hung up is still rendering harms nothing', async () => {
    const { promise, resolve } = deferred()
    const { promise: begun, resolve: begin } = deferred()
    await start({
      '/': (exchange) => exchange.render('slow', { id: 1, begin, wait: promise }),
    })
    const socket = await send('GET /')
    await begun
    await hangUp(socket)
    await site.close()
    resolve()
    await turns()
    expect(types()).not.toContain('write')
  })

  test('pipelined requests are answered in order, each with its own page, and all are stored', async () => {
    const { promise, resolve } = deferred()
    let asked = 0
    const page = (id: string) => (exchange: Parameters<Handler>[0]) => {
      // All the others are asked for while the first one waits.
      if (++asked === 3) resolve()
      return exchange.render('page', { id })
    }
    await start({
      '/slow': (exchange) => exchange.render('slow', { id: 'slow', wait: promise }),
      '/a': page('a'),
      '/b': page('b'),
    })
    const socket = await send('GET /slow', 'GET /a', 'HEAD /b', 'GET /b')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    await until(() => answer.endsWith('<p>b</p>'))
    const bodies = answer.split('\r\n\r\n').map((part) => part.split('HTTP/1.1')[0])
    expect(bodies).toEqual(['', '<p>slow</p>', '<h1>a</h1><p>a</p>', '', '<h1>b</h1><p>b</p>'])
    expect(
      new Set(events.filter(({ type }) => type === 'write').map((event) => 'key' in event && event.key)).size,
    ).toBe(3)
  })
})

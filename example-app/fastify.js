/** Reel on Fastify: `npm start`. */

import { pathToFileURL } from 'node:url'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import onetrip from 'onetrip/fastify'
import { fastifyRateLimit } from 'onetrip/toolkit'
import { ASSET_HEADERS, findAsset, posterOf } from './assets.js'
import { SHELF_NAMES } from './films/shelves.js'
import { isOurs, makeToken, SECRET_COOKIE } from './forms.js'
import { isLocale, LANGUAGE_COOKIE, localeOf } from './languages/language.js'
import { openOwnRedis } from './own-redis.js'
import { contactPage, contactThanksPage, readMessage } from './pages/contact.js'
import { errorPage, notFoundPage, statusOf } from './pages/error.js'
import { filmPage, findFilm } from './pages/film.js'
import { homePage } from './pages/home.js'
import { openReviewLimit, postReview, readThanks, THANKS_COOKIE, tooManyReviewsPage } from './pages/review.js'
import { openSearchLimit, SUGGESTION_HEADERS, searchPage, suggestions } from './pages/search.js'
import { shelfPage } from './pages/shelf.js'
import { COOKIE, COOKIE_OPTIONS, cleanName, localPath, postSignIn, signInPage } from './pages/sign-in.js'
import {
  BODY_LIMIT,
  DASHBOARD_PATH,
  openSite,
  PAGE_HEADERS,
  SECURITY_HEADERS,
  trustedProxies,
  webOptions,
} from './site.js'
import { start } from './start.js'
import { createTasks } from './tasks/tasks.js'
import { addRecent, RECENT_COOKIE, readRecent } from './visits/recently-viewed.js'

/**
 * A request of a route.
 * @typedef {import('fastify').FastifyRequest<{
 *   Params: Record<string, string>,
 *   Querystring: Record<string, unknown>,
 *   Body: Record<string, unknown> | undefined,
 * }>} Asked
 */

/** @param {import('./site.js').SiteOptions} [options] */
export async function build(options) {
  const site = openSite(options)
  const { catalogue, search, views, storeName, costBar, queue, kit } = site
  const app = Fastify({ bodyLimit: BODY_LIMIT, trustProxy: trustedProxies(), frameworkErrors })

  await app.register(cookie)
  await app.register(formbody, { bodyLimit: BODY_LIMIT })
  await app.register(onetrip, webOptions(site))
  const tasks = createTasks({ ...site, invalidate: (...tags) => app.fragments.invalidate(...tags) })
  // No visitor waits for it.
  search.fill()
  // One worker in the process of the site; `npm run worker` starts more.
  const worker = queue?.worker({ concurrency: 4 })
  app.decorate('storeName', storeName)
  app.decorate('hasWorker', worker !== undefined)
  app.decorate('dashboardPath', site.dashboard ? DASHBOARD_PATH : undefined)
  app.addHook('onClose', async () => {
    await worker?.close()
    await queue?.close()
    await views.write()
    await kit?.close()
    catalogue.close()
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS)
  })
  if (costBar) {
    app.addHook('onRequest', async (request) => costBar.begin(request, request.url, catalogue))
    app.addHook('onSend', async (request, _reply, body) => costBar.addTo(body, request, request.fragments))
  }

  /** @returns {import('./pages/layout.js').Visit} */
  const visitOf = (request, reply, cookies = request.cookies) => ({
    search,
    views,
    recent: readRecent(cookies?.[RECENT_COOKIE]),
    noteView: (filmId) => {
      if (request.method !== 'GET') return
      views.add(filmId)
      reply.setCookie(RECENT_COOKIE, addRecent(readRecent(cookies?.[RECENT_COOKIE]), filmId), COOKIE_OPTIONS)
    },
    catalogue: costBar?.catalogueOf(request) ?? catalogue,
    visitor: cleanName(cookies?.[COOKIE]),
    locale: localeOf(request),
    token: () =>
      makeToken(cookies?.[SECRET_COOKIE], (secret) =>
        reply.header('set-cookie', app.serializeCookie(SECRET_COOKIE, secret, COOKIE_OPTIONS)),
      ),
    path: request.url,
    takeThanks: (filmId) => {
      const thanks = readThanks(cookies?.[THANKS_COOKIE], filmId)
      if (thanks) reply.clearCookie(THANKS_COOKIE, COOKIE_OPTIONS)
      return thanks
    },
  })
  const send = (reply, { status, template, data }) =>
    reply.code(status).headers(PAGE_HEADERS).view(template, data)

  // Before anything is done for a form.
  app.addHook('preHandler', async (request, reply) => {
    // The live page has forms of its own, and looks after them.
    if (request.routeOptions.url?.startsWith(DASHBOARD_PATH)) return
    if (request.method !== 'POST' || isOurs(request.cookies?.[SECRET_COOKIE], request.body)) return
    return send(reply, errorPage(visitOf(request, reply), 403))
  })

  app.get('/', (request, reply) => send(reply, homePage(visitOf(request, reply))))

  for (const shelf of SHELF_NAMES) {
    app.get(`/${shelf}/:value`, (/** @type {Asked} */ request, reply) =>
      send(reply, shelfPage(visitOf(request, reply), shelf, request.params.value, request.query.page)),
    )
  }

  const searchLimit = openSearchLimit(kit)
  const limitSearches = searchLimit
    ? [
        fastifyRateLimit(searchLimit, {
          answer: (/** @type {Asked} */ request, /** @type {import('fastify').FastifyReply} */ reply) =>
            send(reply, errorPage(visitOf(request, reply), 429)),
        }),
      ]
    : []
  app.get('/search', { preHandler: limitSearches }, async (/** @type {Asked} */ request, reply) =>
    send(reply, await searchPage(visitOf(request, reply), request.query)),
  )
  app.get('/search/suggestions', { preHandler: limitSearches }, async (/** @type {Asked} */ request, reply) =>
    reply.headers(SUGGESTION_HEADERS).send(await suggestions({ search }, request.query)),
  )

  app.get('/film/:id', (/** @type {Asked} */ request, reply) =>
    send(reply, filmPage(visitOf(request, reply), request.params.id)),
  )

  const reviewLimit = openReviewLimit(kit)
  const limitReviews = reviewLimit
    ? [
        fastifyRateLimit(reviewLimit, {
          answer: (/** @type {Asked} */ request, /** @type {import('fastify').FastifyReply} */ reply) =>
            send(reply, tooManyReviewsPage(visitOf(request, reply), request.params.id, request.body)),
        }),
      ]
    : []
  app.post('/film/:id/reviews', { preHandler: limitReviews }, async (/** @type {Asked} */ request, reply) => {
    const answer = await postReview(visitOf(request, reply), request.params.id, request.body, tasks)
    if (!('redirect' in answer)) return send(reply, answer)
    return reply.setCookie(THANKS_COOKIE, answer.thanks, COOKIE_OPTIONS).redirect(answer.redirect, 303)
  })
  // A form that was sent back stands at this address: a reload or a change of language asks for it.
  app.get('/film/:id/reviews', (/** @type {Asked} */ request, reply) =>
    reply.redirect(`/film/${encodeURIComponent(request.params.id)}#reviews`, 303),
  )

  app.get('/contact', (request, reply) => send(reply, contactPage(visitOf(request, reply))))
  app.get('/contact/thanks', (request, reply) => send(reply, contactThanksPage(visitOf(request, reply))))
  app.post('/contact', async (request, reply) => {
    const answer = readMessage(visitOf(request, reply), request.body)
    if (!('message' in answer)) return send(reply, answer)
    await tasks.takeMessage(answer.message)
    return reply.redirect('/contact/thanks', 303)
  })

  app.get('/language/:locale', async (/** @type {Asked} */ request, reply) => {
    if (!isLocale(request.params.locale)) return send(reply, notFoundPage(visitOf(request, reply)))
    return reply
      .setCookie(LANGUAGE_COOKIE, request.params.locale, COOKIE_OPTIONS)
      .redirect(localPath(request.query.next), 303)
  })
  app.get('/sign-in', (/** @type {Asked} */ request, reply) =>
    send(reply, signInPage(visitOf(request, reply), request.query.next)),
  )
  app.post('/sign-in', async (request, reply) => {
    const answer = postSignIn(visitOf(request, reply), request.body)
    if (!('redirect' in answer)) return send(reply, answer)
    return reply.setCookie(COOKIE, answer.name, COOKIE_OPTIONS).redirect(answer.redirect, 303)
  })
  app.post('/sign-out', async (/** @type {Asked} */ request, reply) =>
    reply.clearCookie(COOKIE, COOKIE_OPTIONS).redirect(localPath(request.body?.next), 303),
  )

  app.get('/poster/:id.svg', async (/** @type {Asked} */ request, reply) => {
    const film = findFilm(catalogue, request.params.id)
    return film ? sendAsset(reply, posterOf(film)) : send(reply, notFoundPage(visitOf(request, reply)))
  })
  app.get('/public/:name', async (/** @type {Asked} */ request, reply) => {
    const asset = findAsset(request.params.name)
    return asset ? sendAsset(reply, asset) : send(reply, notFoundPage(visitOf(request, reply)))
  })
  const sendAsset = (reply, { type, body }) => reply.headers(ASSET_HEADERS).type(type).send(body)

  app.setNotFoundHandler((request, reply) => send(reply, notFoundPage(visitOf(request, reply))))
  app.setErrorHandler((error, request, reply) =>
    sendError(error, reply, errorPage(visitOf(request, reply), statusOf(error)), (template, data) =>
      request.fragments.render(template, data),
    ),
  )
  return app

  /**
   * Answers an address that the router cannot read, such as /%E0%A4%A: no hook has run, and there
   * are no decorators.
   */
  function frameworkErrors(error, request, reply) {
    const cookies = app.parseCookie(request.headers.cookie ?? '')
    reply.headers(SECURITY_HEADERS)
    return sendError(
      error,
      reply,
      errorPage(visitOf(request, reply, cookies), statusOf(error)),
      (template, data) => app.fragments.render(template, data, { request }),
    )
  }
}

async function sendError(error, reply, { status, template, data }, render) {
  if (status >= 500) console.error(error)
  reply.code(status).headers(PAGE_HEADERS)
  try {
    const { body } = await render(template, data)
    return reply.type('text/html; charset=utf-8').send(body)
  } catch {
    // Even that page could not be rendered.
    return reply.type('text/plain; charset=utf-8').send(data.text)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const ownRedis = await openOwnRedis()
  const app = await build(ownRedis && { redisUrl: ownRedis.url })
  await start({
    ownRedis,
    storeName: app.getDecorator('storeName'),
    hasWorker: app.getDecorator('hasWorker'),
    dashboardPath: app.getDecorator('dashboardPath'),
    listen: async (port) => {
      await app.listen({ port, host: '::' })
      return /** @type {import('node:net').AddressInfo} */ (app.server.address()).port
    },
    close: () => app.close(),
  })
}

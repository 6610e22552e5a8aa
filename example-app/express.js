/** Reel on Express: `npm run start:express`. The same pages, from the same views. */

import { pathToFileURL } from 'node:url'
import cookieParser from 'cookie-parser'
import express from 'express'
import onetrip from 'onetrip/express'
import { expressRateLimit } from 'onetrip/toolkit'
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
 * It answers the app, and what to call when the server has closed.
 * @param {import('./site.js').SiteOptions} [options]
 */
export async function build(options) {
  const site = openSite(options)
  const { catalogue, search, views, storeName, costBar, queue, kit } = site
  const middleware = onetrip(webOptions(site))
  const { fragments } = middleware
  const tasks = createTasks({ ...site, invalidate: (...tags) => fragments.invalidate(...tags) })
  // No visitor waits for it.
  search.fill()
  // One worker in the process of the site; `npm run worker` starts more.
  const worker = queue?.worker({ concurrency: 4 })

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', trustedProxies())
  app.use(middleware)
  app.use((_request, response, next) => {
    response.set(SECURITY_HEADERS)
    next()
  })
  if (costBar) {
    app.use((request, response, next) => {
      costBar.begin(request, request.originalUrl, catalogue)
      const { send } = response
      response.send = (body) => send.call(response, costBar.addTo(body, request, request.fragments))
      next()
    })
  }
  app.use(cookieParser())
  app.use(express.urlencoded({ extended: false, limit: BODY_LIMIT }))

  /** @returns {import('./pages/layout.js').Visit} */
  const visitOf = (request, response) => ({
    search,
    views,
    recent: readRecent(request.cookies?.[RECENT_COOKIE]),
    noteView: (filmId) => {
      if (request.method !== 'GET') return
      views.add(filmId)
      const recent = addRecent(readRecent(request.cookies?.[RECENT_COOKIE]), filmId)
      response.cookie(RECENT_COOKIE, recent, COOKIE_OPTIONS)
    },
    catalogue: costBar?.catalogueOf(request) ?? catalogue,
    visitor: cleanName(request.cookies?.[COOKIE]),
    locale: localeOf(request),
    token: () =>
      makeToken(request.cookies?.[SECRET_COOKIE], (secret) =>
        response.cookie(SECRET_COOKIE, secret, COOKIE_OPTIONS),
      ),
    path: request.originalUrl,
    takeThanks: (filmId) => {
      const thanks = readThanks(request.cookies?.[THANKS_COOKIE], filmId)
      if (thanks) response.clearCookie(THANKS_COOKIE, COOKIE_OPTIONS)
      return thanks
    },
  })
  const send = (response, { status, template, data }) =>
    response.status(status).set(PAGE_HEADERS).render(template, data)

  // Before anything is done for a form.
  app.use((request, response, next) => {
    if (request.method !== 'POST' || isOurs(request.cookies?.[SECRET_COOKIE], request.body)) next()
    else send(response, errorPage(visitOf(request, response), 403))
  })

  app.get('/', (request, response) => send(response, homePage(visitOf(request, response))))

  for (const shelf of SHELF_NAMES) {
    app.get(`/${shelf}/:value`, (request, response) =>
      send(response, shelfPage(visitOf(request, response), shelf, request.params.value, request.query.page)),
    )
  }

  const searchLimit = openSearchLimit(kit)
  if (searchLimit) {
    const limitSearches = expressRateLimit(searchLimit, {
      answer: (/** @type {express.Request} */ request, /** @type {express.Response} */ response) =>
        send(response, errorPage(visitOf(request, response), 429)),
    })
    app.get('/search', limitSearches)
    app.get('/search/suggestions', limitSearches)
  }
  app.get('/search', async (request, response) =>
    send(response, await searchPage(visitOf(request, response), request.query)),
  )
  app.get('/search/suggestions', async (request, response) => {
    response.set(SUGGESTION_HEADERS).json(await suggestions({ search }, request.query))
  })

  app.get('/film/:id', (request, response) =>
    send(response, filmPage(visitOf(request, response), request.params.id)),
  )

  const reviewLimit = openReviewLimit(kit)
  if (reviewLimit) {
    const limitReviews = expressRateLimit(reviewLimit, {
      answer: (
        /** @type {express.Request<{ id: string }>} */ request,
        /** @type {express.Response} */ response,
      ) => send(response, tooManyReviewsPage(visitOf(request, response), request.params.id, request.body)),
    })
    app.post('/film/:id/reviews', limitReviews)
  }
  app.post('/film/:id/reviews', async (request, response) => {
    const answer = await postReview(visitOf(request, response), request.params.id, request.body, tasks)
    if (!('redirect' in answer)) return send(response, answer)
    response.cookie(THANKS_COOKIE, answer.thanks, COOKIE_OPTIONS).redirect(303, answer.redirect)
  })
  // A form that was sent back stands at this address: a reload or a change of language asks for it.
  app.get('/film/:id/reviews', (request, response) =>
    response.redirect(303, `/film/${encodeURIComponent(request.params.id)}#reviews`),
  )

  app.get('/contact', (request, response) => send(response, contactPage(visitOf(request, response))))
  app.get('/contact/thanks', (request, response) =>
    send(response, contactThanksPage(visitOf(request, response))),
  )
  app.post('/contact', async (request, response) => {
    const answer = readMessage(visitOf(request, response), request.body)
    if (!('message' in answer)) return send(response, answer)
    await tasks.takeMessage(answer.message)
    response.redirect(303, '/contact/thanks')
  })

  app.get('/language/:locale', (request, response) => {
    if (!isLocale(request.params.locale)) return send(response, notFoundPage(visitOf(request, response)))
    response
      .cookie(LANGUAGE_COOKIE, request.params.locale, COOKIE_OPTIONS)
      .redirect(303, localPath(request.query.next))
  })
  app.get('/sign-in', (request, response) =>
    send(response, signInPage(visitOf(request, response), request.query.next)),
  )
  app.post('/sign-in', (request, response) => {
    const answer = postSignIn(visitOf(request, response), request.body)
    if (!('redirect' in answer)) return send(response, answer)
    response.cookie(COOKIE, answer.name, COOKIE_OPTIONS).redirect(303, answer.redirect)
  })
  app.post('/sign-out', (request, response) => {
    response.clearCookie(COOKIE, COOKIE_OPTIONS).redirect(303, localPath(request.body?.next))
  })

  app.get('/poster/:id.svg', (request, response) => {
    const film = findFilm(catalogue, request.params.id)
    if (film) sendAsset(response, posterOf(film))
    else send(response, notFoundPage(visitOf(request, response)))
  })
  app.get('/public/:name', (request, response) => {
    const asset = findAsset(request.params.name)
    if (asset) sendAsset(response, asset)
    else send(response, notFoundPage(visitOf(request, response)))
  })
  const sendAsset = (response, { type, body }) => response.set(ASSET_HEADERS).type(type).send(body)

  app.use((request, response) => send(response, notFoundPage(visitOf(request, response))))
  // Express knows an error handler by its four parameters.
  app.use((error, request, response, _next) => {
    const { status, template, data } = errorPage(visitOf(request, response), statusOf(error))
    if (status >= 500) console.error(error)
    response.status(status).set(PAGE_HEADERS)
    request.fragments.render(template, data).then(
      ({ body }) => response.type('html').send(body),
      // Even that page could not be rendered.
      () => response.type('text').send(data.text),
    )
  })

  return {
    app,
    fragments,
    storeName,
    hasWorker: worker !== undefined,
    dashboardPath: site.dashboard ? DASHBOARD_PATH : undefined,
    close: async () => {
      await worker?.close()
      await fragments.close()
      await middleware.metrics?.close()
      await queue?.close()
      await views.write()
      await kit?.close()
      catalogue.close()
    },
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const ownRedis = await openOwnRedis()
  const { app, storeName, hasWorker, dashboardPath, close } = await build(
    ownRedis && { redisUrl: ownRedis.url },
  )
  let server
  await start({
    ownRedis,
    storeName,
    hasWorker,
    dashboardPath,
    listen: (port) =>
      new Promise((resolve, reject) => {
        server = app.listen(port, (error) => (error ? reject(error) : resolve(server.address().port)))
        server.once('error', reject)
      }),
    close: async () => {
      await new Promise((resolve) => server.close(resolve))
      await close()
    },
  })
}

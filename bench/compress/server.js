/**
 * One server of `bench/compress.js`: the shop's page of 24 hits, compressed in one way. It tells
 * its port, and on each message the CPU time that it has taken, in microseconds.
 */

import fastifyCompress from '@fastify/compress'
import compression from 'compression'
import express from 'express'
import Fastify from 'fastify'
import onetripExpress from 'onetrip/express'
import onetripFastify from 'onetrip/fastify'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { pages, shop } from '../shop/products.js'
import { SHOP } from '../shop/stock.js'

const [framework, way] = process.argv.slice(2)
const encoding = /** @type {'gzip' | 'br'} */ (process.argv[4])
const own = {
  engine: nunjucksEngine({ root: [import.meta.dirname, SHOP] }),
  ...(way === 'onetrip' ? { compress: { encodings: [encoding] } } : {}),
  ...(way === 'onetrip, etag' ? { compress: { encodings: [encoding] }, etag: true } : {}),
}
const dataOf = (query) => ({ shop: shop(), page: pages[0], visitor: query.visitor })

const port = framework === 'Fastify' ? await startFastify() : await startExpress()
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
process.send?.({ port })

async function startFastify() {
  const app = Fastify()
  if (way === '@fastify/compress') await app.register(fastifyCompress, { encodings: [encoding] })
  await app.register(onetripFastify, own)
  app.get('/page', (_request, reply) => reply.view('page.njk', dataOf({})))
  app.get('/visitor', ({ query }, reply) => reply.view('visitor.njk', dataOf(query)))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return /** @type {import('node:net').AddressInfo} */ (app.server.address()).port
}

async function startExpress() {
  const app = express()
  app.disable('x-powered-by')
  if (way === 'compression') app.use(compression())
  app.use(/** @type {any} */ (onetripExpress(own)))
  app.get('/page', (_request, response) => response.render('page.njk', dataOf({})))
  app.get('/visitor', ({ query }, response) => response.render('visitor.njk', dataOf(query)))
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () =>
      resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
    )
  })
}

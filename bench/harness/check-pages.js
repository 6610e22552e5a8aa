import { renderReelHome } from '../reel/expected.js'
import { pages } from '../shop/products.js'
import { pathsOf } from '../shop/route.js'
import { renderPlain } from '../shop/stock.js'

/**
 * The pages that contenders have to serve: stock nunjucks' for the shop, the example app's with
 * caching off.
 * @param {Set<string>} sites
 * @returns {Promise<Map<string, Map<string, Buffer>>>} by site, by path
 */
export async function expectedPages(sites) {
  const expected = new Map()
  if (sites.has('shop')) {
    const paths = pathsOf()
    expected.set(
      'shop',
      new Map(pages.map(({ number }) => [paths[number], Buffer.from(renderPlain(number))])),
    )
  }
  if (sites.has('reel')) expected.set('reel', new Map([['/', await renderReelHome()]]))
  return expected
}

/**
 * Asks a server for every page.
 * @param {{ name: string, port: number }} server
 * @param {Map<string, Buffer>} pages
 * @throws Error at the first page that differs, with the place
 */
export async function checkPages(server, pages) {
  for (const [path, expected] of pages) {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    const body = Buffer.from(await response.arrayBuffer())
    const complain = (what) => {
      throw new Error(`${server.name} serves a wrong page at ${path}: ${what}`)
    }
    if (response.status !== 200) complain(`status ${response.status}: ${body.toString().slice(0, 500)}`)
    const type = response.headers.get('content-type')
    if (type !== 'text/html; charset=utf-8') complain(`content-type ${type}`)
    if (!body.equals(expected)) complain(difference(expected, body))
  }
}

function difference(expected, body) {
  let at = 0
  while (at < expected.length && expected[at] === body[at]) at++
  const excerpt = (bytes) => JSON.stringify(bytes.toString('utf8', Math.max(0, at - 30), at + 50))
  return (
    `${body.length} bytes instead of ${expected.length}, the first that differs is ${at}:\n` +
    `  expected ${excerpt(expected)}\n  got      ${excerpt(body)}`
  )
}

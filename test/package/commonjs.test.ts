import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENTRY_POINTS, Project } from './packed.ts'

describe('the packed tarball in CommonJS', () => {
  const project = new Project()
  beforeAll(() => {
    project.write('package.json', '{}')
    project.write('views/home.njk', '{% cache "hello", name %}Hello {{ name }}{% endcache %}')
  })
  afterAll(() => project.remove())

  /** Runs a program, which must print nothing but what it prints itself: no warning. */
  function run(code: string): string {
    project.write('program.cjs', code)
    const { stdout, stderr, status } = spawnSync(process.execPath, ['program.cjs'], {
      cwd: project.folder,
      encoding: 'utf8',
      timeout: 300_000,
    })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    return stdout.trim()
  }

  it("require('onetrip/express')(options) is the middleware, as with express itself", () => {
    const output = run(`
      const express = require('express')
      const onetrip = require('onetrip/express')
      const { nunjucksEngine } = require('onetrip/nunjucks')

      const app = express()
      const middleware = onetrip({ engine: nunjucksEngine({ root: 'views' }), ttl: '5m' })
      app.use(middleware)
      app.get('/', (request, response) => response.render('home.njk', { name: 'Anna' }))
      const server = app.listen(0, '127.0.0.1', async () => {
        for (const attempt of ['cold', 'warm']) {
          const response = await fetch('http://127.0.0.1:' + server.address().port)
          console.log(attempt, await response.text(), response.headers.get('x-onetrip'))
          await middleware.fragments.settled()
        }
        server.close()
        server.closeAllConnections()
        await middleware.fragments.close()
      })`)
    expect(output.split('\n')).toEqual([
      'cold Hello Anna hits=0 stale=0 misses=1 trips=1',
      'warm Hello Anna hits=1 stale=0 misses=0 trips=1',
    ])
  })

  it("app.register(require('onetrip/fastify'), options) registers the plugin", () => {
    const output = run(`
      const app = require('fastify')()
      const { nunjucksEngine } = require('onetrip/nunjucks')

      app.register(require('onetrip/fastify'), { engine: nunjucksEngine({ root: 'views' }), ttl: '5m' })
      app.get('/', (request, reply) => reply.view('home.njk', { name: 'Anna' }))
      app.inject('/').then(({ body }) => {
        console.log(body)
        return app.close()
      })`)
    expect(output).toBe('Hello Anna')
  })

  it('an import that was compiled to require() finds the default export', () => {
    const output = run(`
      for (const name of ['onetrip/express', 'onetrip/fastify']) {
        const required = require(name)
        console.log(typeof required, required.default === required, '__esModule' in required)
      }
      import('onetrip/express').then((imported) => console.log(imported.default === require('onetrip/express')))`)
    expect(output.split('\n')).toEqual(['function true false', 'function true false', 'true'])
  })

  it('every entry point can be required', () => {
    const output = run(`
      const { OnetripError } = require('onetrip')
      for (const name of ${JSON.stringify(ENTRY_POINTS)}) console.log(name, Object.keys(require(name)).length > 0)
      console.log(typeof OnetripError)`)
    expect(output.split('\n')).toEqual([...ENTRY_POINTS.map((name) => `${name} true`), 'function'])
  })
})

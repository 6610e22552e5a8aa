import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { startProgram } from '../helpers/child-process.ts'
import { freePort } from '../helpers/redis-server.ts'

const APP = resolve(import.meta.dirname, '../../example-app')

/** The example app as a process of its own, as `npm start` starts it. */
export class Reel {
  readonly origin: string
  readonly #child: ChildProcess
  #visitors = 0
  output = ''

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.origin = `http://127.0.0.1:${port}`
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        this.output += text
      })
    }
  }

  /**
   * Each request of `get` comes from another address, as behind a proxy, so that no limit of one
   * address ends a test; `TRUST_PROXY: ''` makes all of them one visitor.
   *
   * @param script `fastify.js` or `express.js`
   * @param env without `REDIS_URL`, fragments are in memory; `STORE: ''` is a Redis of its own
   */
  static async start(script: string, env: Record<string, string> = {}): Promise<Reel> {
    const port = await freePort()
    const child = startProgram(process.execPath, [join(APP, script)], {
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        REEL_DB: ':memory:',
        TRUST_PROXY: 'loopback',
        ...(env.REDIS_URL === undefined && { STORE: 'memory' }),
        ...env,
      },
    })
    const reel = new Reel(child, port)
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => reel.output.includes('Fragments are kept') && resolve())
      child.once('exit', () => reject(new Error(`Reel does not start: ${reel.output}`)))
    })
    return reel
  }

  /** @returns the page, and what its header says that it cost */
  async get(
    path: string,
    cookie = '',
    headers: Record<string, string> = {},
  ): Promise<{ status: number; html: string; cost: string | null }> {
    const response = await fetch(this.origin + path, {
      headers: { cookie, ...this.anotherVisitor(), ...headers },
      redirect: 'manual',
    })
    const html = await response.text()
    return { status: response.status, html, cost: response.headers.get('x-onetrip') }
  }

  /** Returns the header of a proxy that names an address that no request has had. */
  anotherVisitor(): Record<string, string> {
    const visitor = ++this.#visitors
    return { 'x-forwarded-for': `10.${(visitor >> 16) & 255}.${(visitor >> 8) & 255}.${visitor & 255}` }
  }

  /** Gets a page until all of it was stored. */
  async warm(...args: Parameters<Reel['get']>): ReturnType<Reel['get']> {
    let page = await this.get(...args)
    const cost = async () => {
      page = await this.get(...args)
      return page.cost
    }
    await expect.poll(cost).toMatch(/misses=0 trips=1$/)
    return page
  }

  /** Sends a form, with the token of one that it got before. */
  async post(path: string, fields: Record<string, string>, cookie = ''): Promise<Response> {
    const form = await fetch(`${this.origin}/sign-in`)
    const [secret = ''] = (form.headers.get('set-cookie') ?? '').split(';')
    const token = /name="_csrf" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
    return this.send(path, { _csrf: token, ...fields }, [secret, cookie].filter(Boolean).join('; '))
  }

  /** Sends a form as it is. */
  send(path: string, fields: Record<string, string>, cookie = ''): Promise<Response> {
    return fetch(this.origin + path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { cookie },
      redirect: 'manual',
    })
  }

  /** As Ctrl-C does. @returns the exit code */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    this.#child.kill('SIGINT')
    const [code] = await once(this.#child, 'exit')
    return code
  }
}

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { startModule } from '../helpers/child-process.ts'

/** Counts that the site reports about itself. */
export interface Stats {
  /** How many events of each type, of each reason of a miss, of each code of an error. */
  readonly events: Readonly<Record<string, number>>
  /** The number of errors by message. */
  readonly messages: Readonly<Record<string, number>>
  readonly unhandled: number
  /** The number of handles that keep its event loop alive, by type. */
  readonly handles: Readonly<Record<string, number>>
  /** Bytes, after a collection. */
  readonly heap: number
}

export interface Answer {
  readonly status: number | undefined
  readonly body: string
  /** `hits=24 stale=0 misses=0 trips=1` */
  readonly cost: string
}

/** A site in a process of its own (site.js). */
export class Site {
  readonly port: number
  readonly process: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.process = child
    this.port = port
  }

  /** @param options of the cache; `redis`: of the store */
  static async start(options: { readonly redis: object; readonly [option: string]: unknown }): Promise<Site> {
    const child = startModule(new URL('site.js', import.meta.url), [JSON.stringify(options)], ['--expose-gc'])
    const [{ port }] = await Promise.race([
      once(child, 'message') as Promise<[{ port: number }]>,
      once(child, 'exit').then(() => Promise.reject(new Error('The site did not start'))),
    ])
    return new Site(child, port)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** One request, over a connection of its own. */
  get(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      get(`${this.url}${path}`, { agent: false }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () =>
          resolve({ status: response.statusCode, body, cost: String(response.headers['x-onetrip']) }),
        )
      }).on('error', reject)
    })
  }

  page(n: number, visitor = 'somebody'): Promise<Answer> {
    return this.get(`/page/${n}?visitor=${visitor}`)
  }

  async stats(): Promise<Stats> {
    return JSON.parse((await this.get('/stats')).body) as Stats
  }

  /**
   * Closes the app.
   * @returns its exit code; `null`: something kept the process alive, and it was killed
   */
  async close(): Promise<number | null> {
    const { process: child } = this
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exit = once(child, 'exit')
    // One that is being killed has closed its channel already.
    if (child.connected) child.send('close', () => {})
    const timer = setTimeout(() => child.kill('SIGKILL'), 100_000)
    const [code] = (await exit) as [number | null]
    clearTimeout(timer)
    return code
  }
}

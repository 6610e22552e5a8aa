import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { decodeSnapshot, emptySnapshot, type Snapshot } from 'onetrip/metrics'
import { startModule } from '../../helpers/child-process.ts'
import { type Action, ExpectedSite } from './expected-site.ts'

/** A process of the site, and what it has to count. */
export class SiteProcess {
  readonly expected = new ExpectedSite()
  readonly #child: ChildProcess
  readonly #port: number
  readonly #random: () => number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  private constructor(child: ChildProcess, port: number, seed: number) {
    this.#child = child
    this.#port = port
    this.#random = randomFrom(seed)
  }

  static async start(framework: 'express' | 'fastify', redis: string, seed: number): Promise<SiteProcess> {
    const child = startModule(new URL('site.js', import.meta.url), [framework, redis])
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new SiteProcess(child, port, seed)
  }

  /** Asks for so many pages, one after the other, with other actions between them. */
  async visit(pages: number): Promise<void> {
    const until = this.expected.numbers.pages + pages
    while (this.expected.numbers.pages < until) await this.#run(this.expected.next(this.#random))
  }

  /** Returns what the process itself has counted. */
  async numbers(): Promise<Snapshot> {
    return decodeSnapshot(String(await this.#tell('numbers'))) ?? emptySnapshot()
  }

  async kill(): Promise<void> {
    this.#agent.destroy()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  async #run(action: Action): Promise<void> {
    if (action.do === 'get') await this.#get(`/film/${action.id}`, action.preview)
    else if (action.do === 'invalidate') await this.#tell('invalidate', action.tag)
    else if (action.do === 'delete') await this.#tell('delete', String(action.id))
    else await this.#tell('later', action.ms)
  }

  /** Returns the body of a page that counts nowhere: one of `/metrics` or of the live page. */
  text(path: string): Promise<string> {
    return this.#get(path, false)
  }

  async #get(path: string, preview: boolean): Promise<string> {
    const sent = request({
      port: this.#port,
      path,
      agent: this.#agent,
      headers: preview ? { 'x-preview': '1' } : {},
    })
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    if (response.statusCode !== 200) throw new Error(`${path} was answered with ${response.statusCode}`)
    return text(response)
  }

  async #tell(action: string, argument?: string | number): Promise<unknown> {
    this.#child.send({ action, argument })
    const [{ result }] = (await once(this.#child, 'message')) as [{ result: unknown }]
    return result
  }
}

/** Numbers from 0 to below 1 (linear congruential generator of Numerical Recipes). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

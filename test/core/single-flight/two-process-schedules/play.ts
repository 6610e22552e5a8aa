import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { startModule } from '../../../helpers/child-process.ts'

/** Where a page can be stopped, in their order. */
export const POINTS = ['begun', 'fetched', 'created', 'loading', 'loaded', 'sent', 'writing'] as const
export type Point = (typeof POINTS)[number]

interface Message {
  readonly id: number
  readonly at?: Point
  readonly ask?: 'row'
  readonly done?: string
  readonly failed?: string
}

/** A page under way in another process. */
export interface Running {
  /** When it has come to its stop, or to its end. */
  readonly stopped: Promise<unknown>
  /** Its HTML. */
  readonly html: Promise<string>
  go(): void
}

/** One of two processes that share a Redis. It asks for the row as it is when it needs it. */
export class Other {
  readonly #child: ChildProcess
  readonly #listeners = new Map<number, (message: Message) => void>()
  static #ids = 0

  constructor(url: string, ...args: string[]) {
    this.#child = startModule(new URL('process.js', import.meta.url), [url, ...args])
    this.#child.on('message', (message: Message) => this.#listeners.get(message.id)?.(message))
    this.#child.once('exit', (code, signal) => {
      const failed = `The process ended (${code ?? signal})`
      for (const [id, listener] of this.#listeners) listener({ id, failed })
    })
  }

  page(prefix: string, template: string, row: () => number, stopAt?: Point): Running {
    const id = ++Other.#ids
    let stop: () => void = () => {}
    const stopped = new Promise<void>((resolve) => {
      stop = resolve
    })
    const html = new Promise<string>((resolve, reject) => {
      this.#listeners.set(id, ({ at, ask, done, failed }) => {
        if (ask) this.#child.send({ id, action: 'row', row: row() })
        else if (at) stop()
        else {
          this.#listeners.delete(id)
          stop()
          if (failed === undefined) resolve(done ?? '')
          else reject(new Error(failed))
        }
      })
    })
    this.#child.send({ id, action: 'page', prefix, template, stopAt })
    return { stopped, html, go: () => this.#child.send({ id, action: 'go' }) }
  }

  /** Resolves when it is done. */
  tell(action: 'invalidate' | 'delete' | 'forget' | 'close', prefix = '', template = ''): Promise<void> {
    const id = ++Other.#ids
    return new Promise((resolve, reject) => {
      this.#listeners.set(id, ({ failed }) => {
        this.#listeners.delete(id)
        if (failed === undefined) resolve()
        else reject(new Error(failed))
      })
      this.#child.send({ id, action, prefix, template })
    })
  }

  async close(): Promise<void> {
    await this.tell('close')
    this.#child.disconnect()
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }
}

import { once } from 'node:events'
import autocannon from 'autocannon'
import { rightPage } from './right-page.ts'

const CONNECTIONS = 10
/**
 * Milliseconds between a visitor's pages: the machine is to be busy, and not so busy that nothing
 * else runs on it.
 */
const PAUSE = 15
/** Pages that all visitors see, so that they are hits. */
export const POPULAR = 10
/**
 * Every so many requests one asks for a page that nobody has seen: it is loaded, rendered and
 * stored.
 */
const NEW_EVERY = 10

/** Counts of the requests between two moments. */
export interface Phase {
  served: number
  wrong: number
  failed: number
  /** Milliseconds. */
  readonly latencies: number[]
}

interface Request {
  n: number
  visitor: string
}

let pages = 1_000

/** A number that no page had yet. */
export const newPage = (): number => pages++

/**
 * Visitors who read the site, each with a name of its own at every request. Each page is compared
 * with what is right.
 */
export class Load {
  readonly #instance: ReturnType<typeof autocannon>
  #phase = newPhase()
  #requests = 0
  /** The first thing that was wrong, for the message. */
  firstProblem: string | undefined

  constructor(url: string) {
    this.#instance = autocannon<Request>({
      url,
      connections: CONNECTIONS,
      // Bounds, in seconds, for what hangs.
      duration: 600,
      timeout: 100,
      // How soon it ends when it is told to, in milliseconds.
      sampleInt: 100,
      // autocannon's own rate sends all requests of a second at its beginning.
      setupClient: (client) => {
        const send = client._doRequest
        client._doRequest = () => setTimeout(() => client.destroyed || send.call(client), PAUSE)
      },
      requests: [
        {
          setupRequest: (request, context) => {
            const count = this.#requests++
            context.n = count % NEW_EVERY === 0 ? newPage() : count % POPULAR
            context.visitor = `v${count}`
            return { ...request, method: 'GET', path: `/page/${context.n}?visitor=${context.visitor}` }
          },
          onResponse: (status, body, { n, visitor }) => this.#check(status, body, n, visitor),
        },
      ],
    })
    this.#instance.on('response', (_client, _status, _bytes, ms: number) => this.#phase.latencies.push(ms))
    this.#instance.on('reqError', (error: Error) => this.#failed(error.message))
  }

  /** Waits until so many pages were served in this phase: on a busy machine that takes its time. */
  async served(count: number): Promise<void> {
    while (this.#phase.served < count) await once(this.#instance, 'response')
  }

  /** Begins a phase. @returns the one that ends with it */
  next(): Phase {
    const ended = this.#phase
    this.#phase = newPhase()
    return ended
  }

  async stop(): Promise<Phase> {
    this.#instance.stop()
    await this.#instance
    return this.#phase
  }

  #check(status: number, body: string, n: number, visitor: string): void {
    this.#phase.served++
    if (status !== 200) this.#failed(`status ${status}: ${body.slice(0, 200)}`)
    else if (body !== rightPage(n, visitor)) {
      this.#phase.wrong++
      this.firstProblem ??= `page ${n} of ${visitor} is wrong: ${body.slice(0, 2_000)}`
    }
  }

  #failed(why: string): void {
    this.#phase.failed++
    this.firstProblem ??= why
  }
}

function newPhase(): Phase {
  return { served: 0, wrong: 0, failed: 0, latencies: [] }
}

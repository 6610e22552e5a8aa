/** Types for the parts of autocannon that the fault suite uses; the package has none. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface Request {
    method?: string
    path?: string
  }

  interface Client {
    readonly destroyed: boolean
    _doRequest(): void
  }

  interface Options<Context> {
    readonly url: string
    readonly connections: number
    readonly duration: number
    readonly timeout: number
    readonly sampleInt: number
    readonly setupClient: (client: Client) => void
    readonly requests: readonly {
      readonly setupRequest: (request: Request, context: Context) => Request
      readonly onResponse: (status: number, body: string, context: Context) => void
    }[]
  }

  interface Instance extends EventEmitter, Promise<unknown> {
    stop(): void
  }

  export default function autocannon<Context>(options: Options<Context>): Instance
}

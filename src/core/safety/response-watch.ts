/**
 * What is watched of a response while bodies run: Node's ServerResponse has it, and Fastify's
 * reply.
 */
export interface WatchedResponse {
  readonly statusCode: number
  getHeaders(): object
}

/** Notices when a response changes: its status, its headers, its cookies. */
export class ResponseWatch {
  readonly #response: WatchedResponse

  constructor(response: WatchedResponse) {
    this.#response = response
  }

  /** What the response is said to be so far. */
  get contentType(): string | undefined {
    const { 'content-type': type } = this.#response.getHeaders() as { 'content-type'?: unknown }
    return typeof type === 'string' ? type : undefined
  }

  get state(): string {
    return `${this.#response.statusCode} ${JSON.stringify(this.#response.getHeaders())}`
  }
}

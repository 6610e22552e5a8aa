/**
 * The members of a response that are watched while bodies run. Node's ServerResponse and Fastify's
 * reply both have them.
 */
export interface WatchedResponse {
  /** Status code as set so far. */
  readonly statusCode: number
  /** Returns the headers as set so far, by lower-case name. */
  getHeaders(): object
}

/** Notices when a response changes: its status, its headers, its cookies. */
export class ResponseWatch {
  readonly #response: WatchedResponse

  constructor(response: WatchedResponse) {
    this.#response = response
  }

  /** The `Content-Type` header as set so far. */
  get contentType(): string | undefined {
    const { 'content-type': type } = this.#response.getHeaders() as { 'content-type'?: unknown }
    return typeof type === 'string' ? type : undefined
  }

  get state(): string {
    return `${this.#response.statusCode} ${JSON.stringify(this.#response.getHeaders())}`
  }
}

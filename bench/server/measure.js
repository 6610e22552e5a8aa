import { Redis } from 'ioredis'
import { CASES, fill } from './cases.js'
import { CONTENDERS } from './contenders.js'
import { load } from './load.js'

/** How many requests each connection sends at once. */
export const PIPELINES = [1, 16]

const FEWEST_REQUESTS = 200

/** A server that is measured. */
export class Subject {
  #server
  #keys
  #sha
  /** @type {Map<string, number>} requests of a round by case and pipeline */
  #amounts = new Map()

  /**
   * @param {string} name of a contender
   * @param {number} keys how many it is filled with
   */
  static async open(name, keys) {
    const server = await CONTENDERS[name].start()
    const redis = new Redis(server.port)
    try {
      return new Subject(server, keys, await fill(redis, keys))
    } catch (error) {
      await server.stop()
      throw error
    } finally {
      redis.disconnect()
    }
  }

  /** @private */
  constructor(server, keys, sha) {
    this.#server = server
    this.#keys = keys
    this.#sha = sha
  }

  get startedIn() {
    return this.#server.startedIn
  }

  get version() {
    return this.#server.version
  }

  /** False for scripts where they cannot be run. */
  can(name) {
    return name !== 'evalsha' || this.#sha !== undefined
  }

  /** Finds out how many requests a round of so many milliseconds needs, which warms up as well. */
  async warmUp(name, pipeline, milliseconds) {
    let requests = FEWEST_REQUESTS
    for (let step = 0; step < 3; step++) {
      const rate = await this.#load(name, pipeline, requests)
      requests = Math.max(FEWEST_REQUESTS, Math.round((rate * milliseconds) / 1_000))
    }
    this.#amounts.set(`${name} ${pipeline}`, requests)
  }

  /** @returns requests per second, and microseconds of the server's CPU for each */
  async measure(name, pipeline) {
    const requests = this.#amounts.get(`${name} ${pipeline}`) ?? FEWEST_REQUESTS
    const before = await this.#server.cpu()
    const perSecond = await this.#load(name, pipeline, requests)
    return { perSecond, cpu: ((await this.#server.cpu()) - before) / requests }
  }

  #load(name, pipeline, requests) {
    const request = CASES[name].request(this.#sha ?? '')
    return load(this.#server.port, request, { requests, pipeline, keys: this.#keys })
  }

  close() {
    return this.#server.stop()
  }
}

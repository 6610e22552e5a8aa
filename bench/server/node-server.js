import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROCESS = fileURLToPath(new URL('process.js', import.meta.url))

/** The benchmark's side of a server in a process of its own (process.js). */
export class NodeServer {
  #child
  #ready
  /** @type {((cpu: number) => void)[]} */
  #questions = []
  port = 0
  /** @type {number | undefined} */
  startedIn

  /**
   * Starts a server, and waits until it listens.
   *
   * @param {string} name
   * @param {readonly string[]} nodeArguments options of Node.js
   */
  static async start(name, nodeArguments = []) {
    const server = new NodeServer(name, nodeArguments)
    await server.#ready
    return server
  }

  /** @private */
  constructor(name, nodeArguments) {
    this.#child = fork(PROCESS, [name], {
      env: { ...process.env, NODE_ENV: 'production' },
      execArgv: [...nodeArguments],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let printed = ''
    this.#child.stderr?.on('data', (chunk) => {
      printed = (printed + chunk).slice(-4_000)
    })
    this.#ready = new Promise((resolve, reject) => {
      this.#child.on('message', (/** @type {any} */ message) => {
        if (message.port === undefined) {
          this.#questions.shift()?.(message.cpu)
          return
        }
        this.port = message.port
        this.startedIn = message.startedIn
        resolve(undefined)
      })
      this.#child.once('exit', (code, signal) =>
        reject(new Error(`${name} ended (${code ?? signal}).\n${printed}`)),
      )
    })
  }

  /** Microseconds of CPU until now. @returns {Promise<number>} */
  cpu() {
    return new Promise((resolve) => {
      this.#questions.push(resolve)
      this.#child.send('cpu')
    })
  }

  /** Lets it end by itself, so that a profile is written. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    await new Promise((resolve) => {
      this.#child.once('exit', resolve)
      this.#child.disconnect()
    })
  }
}

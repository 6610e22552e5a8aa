import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('server.js', import.meta.url))
const PATIENCE = 60_000

/** The benchmark's side of a contender's process (server.js). */
export class ServerProcess {
  #child
  #answers = new Map()
  #asked = 0

  /** @param {string} name of the contender */
  constructor(name) {
    this.name = name
  }

  /**
   * Starts a contender and waits until it listens.
   * @param {string} name
   * @param {{ redisUrl: string }} settings
   */
  static async start(name, settings) {
    const server = new ServerProcess(name)
    await server.#start(settings)
    return server
  }

  async #start(settings) {
    this.#child = fork(SERVER, [this.name, JSON.stringify(settings)], {
      env: { ...process.env, NODE_ENV: 'production' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let printed = ''
    this.#child.stderr.on('data', (chunk) => {
      printed = (printed + chunk).slice(-4000)
    })
    this.port = await new Promise((resolve, reject) => {
      const patience = setTimeout(
        () => reject(new Error(`${this.name} did not start in ${PATIENCE} ms`)),
        PATIENCE,
      )
      this.#child.on('message', (message) => {
        clearTimeout(patience)
        if (message.id === undefined) resolve(message.port)
        else this.#answered(message)
      })
      this.#child.once('exit', (code, signal) => {
        clearTimeout(patience)
        const ended = new Error(`The server of ${this.name} ended (${code ?? signal}).\n${printed}`)
        reject(ended)
        for (const { reject } of this.#answers.values()) reject(ended)
      })
    }).catch((error) => {
      this.#child.kill('SIGKILL')
      throw error
    })
  }

  /** Asks the process; see ANSWERS in server.js. */
  ask(question, argument) {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject })
      this.#child.send({ id, question, argument })
    })
  }

  #answered({ id, answer, error }) {
    const { resolve, reject } = this.#answers.get(id)
    this.#answers.delete(id)
    if (error) reject(new Error(`${this.name}: ${error}`))
    else resolve(answer)
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    await new Promise((resolve) => {
      this.#child.once('exit', resolve)
      this.#child.kill('SIGKILL')
    })
  }
}

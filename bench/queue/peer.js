import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROCESS = fileURLToPath(new URL('process.js', import.meta.url))

/** The benchmark's side of a contender's process (process.js). */
export class Peer {
  #child
  #name
  /** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void }>} */
  #questions = new Map()
  #asked = 0

  /** @param {string} name of the contender @param {string} url of Redis */
  static async start(name, url) {
    const peer = new Peer(name, url)
    await peer.#ready
    return peer
  }

  #ready

  /** @private */
  constructor(name, url) {
    this.#name = name
    this.#child = fork(PROCESS, [name, url], {
      env: { ...process.env, NODE_ENV: 'production' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let printed = ''
    this.#child.stderr?.on('data', (chunk) => {
      printed = (printed + chunk).slice(-4_000)
    })
    this.#ready = new Promise((resolve, reject) => {
      this.#child.on('message', (/** @type {any} */ message) => {
        if (message.ready) resolve(undefined)
        else this.#settle(message)
      })
      this.#child.once('exit', (code, signal) => {
        const ended = new Error(`A process of ${name} ended (${code ?? signal}).\n${printed}`)
        reject(ended)
        for (const question of this.#questions.values()) question.reject(ended)
      })
    })
  }

  /** Asks the process; see ANSWERS in process.js. */
  ask(question, argument = undefined) {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { resolve, reject })
      this.#child.send({ id, question, argument })
    })
  }

  #settle({ id, answer, error }) {
    const question = this.#questions.get(id)
    this.#questions.delete(id)
    if (error) question?.reject(new Error(`${this.#name}: ${error}`))
    else question?.resolve(answer)
  }

  /** Closes the contender's connections, and ends the process. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    await new Promise((resolve) => {
      this.#child.once('exit', resolve)
      this.#child.kill('SIGKILL')
    })
  }
}

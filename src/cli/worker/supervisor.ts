import type { Clock, Timer } from '../../clock.ts'

/** A process that works, as its supervisor sees it. */
export interface WorkerProcess {
  readonly pid: number | undefined
  /** Ends after its running tasks. */
  stop(): void
  /** Ends at once. */
  kill(): void
}

/** Reports of a process. Each is called at most once. */
export interface Reports {
  /** It works on queues of these names. */
  ready(queues: readonly string[]): void
  /** It cannot work: the module or the command line is wrong. It ends by itself. */
  refused(message: string): void
  /** @param how such as `exit code 1`; undefined after an orderly end */
  ended(how: string | undefined): void
}

export interface SupervisorOptions {
  readonly processes: number
  /** Milliseconds that processes have to end by themselves. */
  readonly shutdownTimeout: number
  readonly start: (reports: Reports) => WorkerProcess
  readonly clock: Clock
  /** Takes a line for the operator. */
  readonly log: (line: string) => void
}

const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 30_000
/** A process that has worked for so long has not crashed because of its start. */
const STABLE_MS = 60_000
/** Time for closing connections after the tasks. */
const CLOSING_MS = 2_000

/** A number among the processes, whichever process has it now. */
interface Place {
  readonly number: number
  process: WorkerProcess | undefined
  /** When its process was started. */
  startedAt: number
  /** Crashes in a row. */
  crashes: number
  timer: Timer | undefined
}

/** Keeps processes running: starts them again when they crash, and ends them together. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #places: Place[]
  #stopping = false
  #unfinished = false
  /** A process has worked: a module that fails from now on is a crash, not a wrong command line. */
  #hasWorked = false
  #deadline: Timer | undefined
  #finish: (exitCode: number) => void = () => {}
  #refuse: (message: string) => void = () => {}

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#places = Array.from({ length: options.processes }, (_, n) => ({
      number: n + 1,
      process: undefined,
      startedAt: 0,
      crashes: 0,
      timer: undefined,
    }))
  }

  /**
   * Starts the processes. Resolves with the exit code after {@link Supervisor.stop}: 1 if a process
   * had to be killed.
   * @param refuse makes the error for a module that no process can work with
   */
  run(refuse: (message: string) => Error): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#refuse = (message) => {
        reject(refuse(message))
        this.#kill()
      }
      for (const place of this.#places) this.#start(place)
    })
  }

  /** Ends all processes after their running tasks. The second call ends them at once. */
  stop(): void {
    if (this.#stopping) {
      this.#options.log('The processes are ended at once.')
      this.#unfinished ||= this.#running.length > 0
      this.#kill()
      return
    }
    this.#stopping = true
    const { clock, shutdownTimeout, log } = this.#options
    log(`Ending after the running tasks, within ${shutdownTimeout} ms. Ctrl-C again ends at once.`)
    for (const { timer } of this.#places) clock.clearTimeout(timer)
    for (const { process } of this.#places) process?.stop()
    this.#deadline = clock.setTimeout(() => {
      log(`${this.#running.length} of the processes did not end within ${shutdownTimeout} ms.`)
      this.#unfinished = true
      this.#kill()
    }, shutdownTimeout + CLOSING_MS)
    this.#finishIfEnded()
  }

  get #running(): WorkerProcess[] {
    return this.#places.flatMap(({ process }) => (process ? [process] : []))
  }

  #kill(): void {
    this.#stopping = true
    for (const { timer } of this.#places) this.#options.clock.clearTimeout(timer)
    for (const process of this.#running) process.kill()
  }

  #start(place: Place): void {
    place.startedAt = this.#options.clock.now()
    let refused: string | undefined
    place.process = this.#options.start({
      ready: (queues) => {
        if (!this.#hasWorked) this.#greet(queues)
        this.#hasWorked = true
      },
      refused: (message) => {
        refused = message
        if (!this.#hasWorked) this.#refuse(message)
      },
      ended: (how) => this.#ended(place, how, refused),
    })
  }

  #greet(queues: readonly string[]): void {
    const { processes, log } = this.#options
    const names = queues.join(', ')
    log(`Working on ${names} in ${processes} ${processes === 1 ? 'process' : 'processes'}. Ctrl-C stops.`)
  }

  #ended(place: Place, how: string | undefined, refused: string | undefined): void {
    const { pid } = place.process ?? {}
    place.process = undefined
    if (this.#stopping) {
      if (how !== undefined) this.#unfinished = true
      this.#finishIfEnded()
      return
    }
    const { clock, log } = this.#options
    if (clock.now() - place.startedAt >= STABLE_MS) place.crashes = 0
    const delay = place.crashes === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** place.crashes, LONGEST_DELAY_MS)
    place.crashes++
    const reason = refused ?? how ?? 'without being told to'
    const when = delay === 0 ? 'at once' : `in ${delay} ms`
    log(`Process ${place.number} (pid ${pid}) ended: ${reason}. It is started again ${when}.`)
    if (delay === 0) this.#start(place)
    else place.timer = clock.setTimeout(() => this.#start(place), delay)
  }

  #finishIfEnded(): void {
    if (this.#running.length > 0) return
    this.#options.clock.clearTimeout(this.#deadline)
    this.#finish(this.#unfinished ? 1 : 0)
  }
}

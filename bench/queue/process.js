/**
 * A process of one contender: adds tasks, or works on them, as the benchmark asks over IPC.
 * Started with the contender's name and the URL of Redis as arguments.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { CONTENDERS } from './contenders.js'
import { argumentOf, BULK, LATENCY_PAUSE_MS } from './settings.js'

const [name, url] = process.argv.slice(2)

// Ctrl-C reaches the whole group of processes; the benchmark decides when we end.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))

const { open } = await CONTENDERS[name].load()
const contender = open(url)
await contender.ready()

/** @type {{ close(): Promise<void> } | undefined} */
let answering

const ANSWERS = {
  addAlone: (count) =>
    measured(count, async () => {
      for (let n = 0; n < count; n++) await contender.addOne(argumentOf(n))
    }),

  addInBulk: ({ count, kept }) =>
    measured(count, async () => {
      for (let n = 0; n < count; n += BULK) {
        const size = Math.min(BULK, count - n)
        await contender.addMany(
          Array.from({ length: size }, (_, i) => argumentOf(n + i)),
          kept,
        )
      }
    }),

  /** Works until `tasks` are done, and stops: what is done is acknowledged then. */
  drain: ({ concurrency, wait, tasks }) =>
    measured(tasks, async () => {
      let done = 0
      let finish
      const finished = new Promise((resolve) => {
        finish = resolve
      })
      const worker = await contender.work(concurrency, async ({ order }) => {
        if (wait > 0) await sleep(wait)
        if (++done === tasks) finish()
        return order
      })
      await finished
      await worker.close()
    }),

  left: () => contender.left(),

  /** Answers every task with the time on a clock that all processes of the machine share. */
  async startAnswering() {
    answering = await contender.work(1, async () => Number(process.hrtime.bigint()))
  },

  stopAnswering: () => answering?.close(),

  /** Milliseconds from the call that adds a task until it runs, and until its result is here. */
  async latency(count) {
    const begun = []
    const answered = []
    for (let n = 0; n < count; n++) {
      const from = Number(process.hrtime.bigint())
      const at = await contender.ask(argumentOf(n))
      answered.push((Number(process.hrtime.bigint()) - from) / 1e6)
      begun.push((at - from) / 1e6)
      await sleep(LATENCY_PAUSE_MS)
    }
    return { begun, answered }
  },

  close: () => contender.close(),
}

/** Runs `work` on `count` tasks. @returns tasks per second, and microseconds of CPU per task */
async function measured(count, work) {
  const before = process.cpuUsage()
  const begun = performance.now()
  await work()
  const seconds = (performance.now() - begun) / 1_000
  const { user, system } = process.cpuUsage(before)
  return { perSecond: count / seconds, cpu: (user + system) / count }
}

process.on('message', async ({ id, question, argument }) => {
  try {
    process.send?.({ id, answer: await ANSWERS[question](argument) })
  } catch (error) {
    process.send?.({ id, error: /** @type {Error} */ (error).stack })
  }
})
process.send?.({ ready: true })

import type { Clock, Timer } from '../../../clock.ts'

/** What one node was asked, as far as its time goes. */
export interface Asked {
  /** Whether it has come to an end, well or not. */
  readonly over: boolean
  /** For how long nothing has come of it, in ms. */
  quietFor(): number
}

/**
 * Resolves when all have ended; or, once one has been answered, when nothing has come of the others for `timeout` ms. A
 * node that is slow because much is asked of it answers something all the time; one that is gone does not.
 *
 * @param answers resolve to whether there is an answer
 */
export function allButStragglers(
  asked: readonly Asked[],
  answers: readonly Promise<boolean>[],
  timeout: number,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | undefined
    const look = () => {
      const open = asked.filter(({ over }) => !over)
      const left = Math.max(...open.map((one) => timeout - one.quietFor()))
      if (left <= 0) resolve()
      else lookAfter(left)
    }
    // Where it is this process that was busy, what has arrived meanwhile is read first.
    const lookAfter = (ms: number) => {
      timer = clock.setTimeout(() => clock.setImmediate(look), Math.ceil(ms))
    }
    void Promise.all(answers).then(() => {
      clock.clearTimeout(timer)
      resolve()
    })
    for (const answer of answers) {
      void answer.then((answered) => {
        if (answered && !timer) lookAfter(timeout)
      })
    }
  })
}

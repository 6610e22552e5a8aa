import { afterAll, vi } from 'vitest'

// Read before each file, by the process that runs it, which is another's, too, in the project
// `unit`.

/** The process ends when the run does, also where that was killed. */
function endWithRun(): void {
  process.exit(1)
}
if (!process.listeners('disconnect').some(({ name }) => name === endWithRun.name))
  process.once('disconnect', endWithRun)

// What a file has replaced is there again for the next one.
afterAll(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

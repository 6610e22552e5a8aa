/** A server in a process of its own: says its port, and answers how much CPU it has taken. */

const STARTERS = {
  onetrip: async () => {
    const { startServer } = await import('onetrip/server')
    return measured(async () => (await startServer()).port)
  },
  'js-redis-server': async () => {
    const { createRedisMock } = await import('js-redis-server')
    return measured(async () => (await createRedisMock()).addresses()[0].port)
  },
}

/** @param {() => Promise<number>} start returns the port */
async function measured(start) {
  const begun = performance.now()
  const port = await start()
  return { port, startedIn: performance.now() - begun }
}

// Ctrl-C reaches the whole group of processes; the benchmark decides when this one ends.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))

const started = await STARTERS[process.argv[2]]()
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
process.send?.(started)

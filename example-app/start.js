const FIRST_PORT = 3000
const PATIENCE = 10_000

/**
 * Listens, says where, and stops when it is told to.
 * @param {{ listen: (port: number) => Promise<number>, close: () => Promise<void>, storeName:
 *   string, hasWorker: boolean, dashboardPath: string | undefined, ownRedis:
 *   import('./own-redis.js').OwnRedis | undefined }} server
 */
export async function start({ listen, close, storeName, hasWorker, dashboardPath, ownRedis }) {
  const port = await listenOn(listen)
  console.log(`Reel is at http://localhost:${port}`)
  if (dashboardPath) console.log(`The live page of its cache is at http://localhost:${port}${dashboardPath}`)
  console.log(`Fragments are kept in ${storeName}.`)
  if (hasWorker) console.log('A worker runs in this process; npm run worker starts more.')
  const isInRedis = ownRedis !== undefined || (process.env.REDIS_URL && !process.env.STORE)
  console.log(`Search, views and tasks are in ${isInRedis ? 'Redis' : 'SQLite and in this process'}.`)
  if (ownRedis) {
    console.log(`Redis is a small one in this process, at ${ownRedis.url}: its keys end with it.`)
    console.log('Set REDIS_URL (for example redis://localhost:6379) to use another one.')
    console.log('Set STORE=lmdb for a file that survives restarts, STORE=memory for no Redis at all.')
  }

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      console.log('Stopping: requests that are under way are finished first.')
      setTimeout(() => process.exit(1), PATIENCE).unref()
      await close()
      await ownRedis?.close()
      process.exit(0)
    })
  }
}

/** Takes the port that PORT names, or no other; without PORT the first that is free. */
async function listenOn(listen) {
  const wanted = process.env.PORT
  for (let port = Number(wanted ?? FIRST_PORT); ; port++) {
    try {
      return await listen(port)
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') throw error
      if (wanted !== undefined || port >= FIRST_PORT + 20) {
        console.error(`Port ${port} is taken. Set PORT to one that is free.`)
        process.exit(1)
      }
      console.log(`Port ${port} is taken, trying the next.`)
    }
  }
}

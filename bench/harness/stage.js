import { startRedis } from './redis.js'
import { ServerProcess } from './server-process.js'

/** All processes of a run: they are stopped however it ends. */
export class Stage {
  redis
  /** @type {Map<string, ServerProcess>} by contender */
  servers = new Map()

  /**
   * @param {readonly { name: string }[]} contenders
   * @param {(name: string) => void} onStart
   */
  async open(contenders, onStart = () => {}) {
    this.redis = await startRedis()
    for (const [at, { name }] of contenders.entries()) {
      onStart(name)
      this.servers.set(name, await ServerProcess.start(name, { redisUrl: this.redis.urlOf(at) }))
    }
  }

  async close() {
    await Promise.all([...this.servers.values()].map((server) => server.stop()))
    await this.redis?.stop()
  }
}

/**
 * Runs `fn` with a stage that is closed when it is over, when it fails, and on Ctrl-C.
 * @template T
 * @param {(stage: Stage) => Promise<T>} fn
 */
export async function onStage(fn) {
  const stage = new Stage()
  const signals = ['SIGINT', 'SIGTERM']
  const interrupted = async (signal) => {
    await stage.close()
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  for (const signal of signals) process.once(signal, interrupted)
  try {
    return await fn(stage)
  } finally {
    for (const signal of signals) process.off(signal, interrupted)
    await stage.close()
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { arch, cpus, platform, totalmem } from 'node:os'

const CPU_CACHES = '/sys/devices/system/cpu/cpu0/cache'
/** Far more than any cache holds. */
const COLD_BYTES = 128 * 2 ** 20
/** The size of a page of the shop: it stays in the second cache. */
const HOT_BYTES = 48 * 2 ** 10
const ROUNDS = 9

/**
 * Describes this machine: what its figures depend on, and nothing that names it.
 * @param {string | undefined} redis the version of its redis-server
 */
export function describeMachine(redis) {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim(),
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    /** Bytes of the first core's caches, as the system gives them: `{ L1d: '32K', L2: '512K' }`. */
    caches: cacheSizes(),
    /** GB/s of `Buffer.copy`: between buffers that no cache holds, and within the second cache. */
    copyGBps: { cold: copySpeed(COLD_BYTES, 1), hot: copySpeed(HOT_BYTES, 2000) },
    platform: `${platform()} ${arch()}`,
    node: process.version,
    redis,
  }
}

/** Reads the sizes of the caches from Linux; none elsewhere. @returns {Record<string, string>} */
function cacheSizes() {
  if (!existsSync(CPU_CACHES)) return {}
  const indices = readdirSync(CPU_CACHES).filter((name) => name.startsWith('index'))
  const read = (index, name) => readFileSync(`${CPU_CACHES}/${index}/${name}`, 'utf8').trim()
  return Object.fromEntries(
    indices
      .filter((index) => read(index, 'type') !== 'Instruction')
      .map((index) => {
        const kind = read(index, 'type') === 'Data' ? 'd' : ''
        return [`L${read(index, 'level')}${kind}`, read(index, 'size')]
      }),
  )
}

/**
 * Copies a buffer of `bytes`, `times` times a round.
 * @returns {number} GB/s of the best round: what else the machine does only slows a copy
 */
function copySpeed(bytes, times) {
  const from = Buffer.alloc(bytes, 1)
  const to = Buffer.alloc(bytes, 2)
  const speeds = Array.from({ length: ROUNDS }, () => {
    const begun = performance.now()
    for (let n = 0; n < times; n++) from.copy(to)
    return (bytes * times) / 1e6 / (performance.now() - begun)
  })
  return Math.round(Math.max(...speeds) * 10) / 10
}

/** @param {ReturnType<typeof describeMachine>} machine @returns {string} */
export function machineText({ cpu, cores, caches, copyGBps, node, redis }) {
  const sizes = Object.entries(caches).map(([level, size]) => `${level} ${size}`)
  return [
    `${cpu}, ${cores} cores; Node ${node}, Redis ${redis}`,
    `Caches: ${sizes.join(', ') || 'not known'}. ` +
      `Memory copy: ${copyGBps.cold} GB/s cold, ${copyGBps.hot} GB/s in the cache (${HOT_BYTES / 1024} KB)`,
  ].join('\n')
}

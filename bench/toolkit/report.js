import { table } from '../harness/table.js'

/** Microseconds of CPU a call, and the ratio to the first contender. */
export function caseTable(cases) {
  const head = ['', 'CPU us', 'x floor', 'wall us', 'Redis us', 'commands']
  const rows = cases.flatMap(({ title, concurrency, contenders }) =>
    contenders.map(({ name, cpu, ratio, wall, redis, commands }, at) => [
      `${title}${concurrency === 1 ? '' : `, ${concurrency} at once`}: ${name}`,
      cpu.toFixed(1),
      at === 0 ? '' : ratio.toFixed(2),
      wall.toFixed(1),
      redis.toFixed(1),
      commands.toFixed(2),
    ]),
  )
  return `${table([head, ...rows])}

CPU us: of this process, a call. Redis us, commands: of redis-server, a call; those that a script
calls are counted, too.`
}

/** Bytes of Redis an item. */
export function memoryTable(things) {
  const rows = things.flatMap(({ title, bytes }) =>
    Object.entries(bytes).map(([name, count]) => [`${title}: ${name}`, count.toFixed(1)]),
  )
  return `\n${table([['', 'bytes an item'], ...rows])}`
}

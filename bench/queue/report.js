import { median } from '../harness/statistics.js'
import { table } from '../harness/table.js'
import { CONTENDERS } from './contenders.js'

/** Returns the medians of a step by contender, and the medians of the rounds' ratios to BullMQ. */
export function mediansOf({ rounds }, name) {
  const of = (key) => median(rounds.map((round) => round[name][key]))
  const ratio = (key) => {
    const both = rounds.every((round) => 'bullmq' in round && name in round)
    return both ? median(rounds.map((round) => round[name][key] / round.bullmq[key])) : Number.NaN
  }
  return {
    perSecond: of('perSecond'),
    cpu: of('cpu'),
    redis: of('redis'),
    toBullmq: { perSecond: ratio('perSecond'), cpu: ratio('cpu'), redis: ratio('redis') },
  }
}

/** Throughput, and CPU of the process and of redis-server for each task. */
export function stepTable({ steps, names }) {
  const head = ['', 'tasks/s', 'x BullMQ', 'CPU us', 'x BullMQ', 'Redis us', 'x BullMQ']
  const rows = steps.flatMap((step) =>
    names.map((name) => {
      const { perSecond, cpu, redis, toBullmq } = mediansOf(step, name)
      return [
        `${step.title}: ${CONTENDERS[name].title}`,
        perSecond.toFixed(0),
        ratioText(toBullmq.perSecond),
        cpu.toFixed(1),
        ratioText(toBullmq.cpu),
        redis.toFixed(1),
        ratioText(toBullmq.redis),
      ]
    }),
  )
  return `${table([head, ...rows])}

CPU us: of the process that adds or works, a task. Redis us: of redis-server, a task.`
}

/** Milliseconds at low load, medians of the rounds. */
export function latencyTable({ latency, names }) {
  const of = (name, kind, quantile) => median(latency.map((round) => round[name][kind][quantile])).toFixed(2)
  const rows = names.map((name) => [
    CONTENDERS[name].title,
    ...['begun', 'answered'].flatMap((kind) => [of(name, kind, 'p50'), of(name, kind, 'p99')]),
  ])
  return table([['latency, ms', 'runs, p50', 'p99', 'result, p50', 'p99'], ...rows])
}

/** Bytes of Redis a task. */
export function memoryTable({ memory, names }) {
  const rows = names.map((name) => [
    CONTENDERS[name].title,
    ...['waiting', 'finished', 'kept'].map((kind) => memory[name][kind].toFixed(0)),
  ])
  return table([['bytes of Redis a task', 'waiting', 'finished', 'finished, result kept'], ...rows])
}

function ratioText(value) {
  return Number.isNaN(value) ? '' : value.toFixed(2)
}

import type { Sources } from '../../src/dashboard/sources.ts'
import { emptyNginxNumbers, nginxSeriesOf } from '../../src/metrics/nginx/nginx-numbers.ts'
import type { DeadLetter, QueueInfo, TaskQueue } from '../../src/queue/index.ts'
import { NOW } from './served-dashboard.ts'

const INFO: QueueInfo = {
  waiting: { total: 7, returned: 0, high: 1, normal: 4, low: 2 },
  ...{ ordered: 0, delayed: 3, dead: 1, oldest: 1500, paused: true, rateLimit: undefined },
  workers: [
    { id: 'web-1:12:<b>', held: 2, running: 1, lease: 9000 },
    { id: 'web-2:13:x', held: 1, running: 1, lease: -5 },
  ],
  rates: { added: 1.5, completed: 1.25, failed: 0 },
}

const LETTER: DeadLetter = {
  ...{
    id: 't1',
    name: 'mail',
    args: ['<i>'],
    argsText: '["<i>"]',
    priority: 'normal',
    failures: 4,
    crashes: 0,
  },
  ...{ error: { name: 'Error', message: 'No <server>' }, failedAt: new Date(NOW - 60_000) },
}

/** Returns a queue with a worker that has ended and a dead letter, or one that fails. */
export function queueOf(name: string, failure?: Error): TaskQueue {
  const info = async () => {
    if (failure) throw failure
    return INFO
  }
  return { name, info, dead: { list: async () => [LETTER] } } as unknown as TaskQueue
}

/** Numbers of an nginx that answers three of four requests from its cache. */
export const busyNginx: NonNullable<Sources['nginx']> = {
  series: async ({ from, to }) => {
    const numbers = emptyNginxNumbers(Number(from), Number(to))
    nginxSeriesOf(numbers, 'main', '/film/<id>', 'HIT').requests = 30
    const missed = nginxSeriesOf(numbers, 'main', '/film/<id>', 'MISS')
    missed.requests = 10
    missed.time.record(200, 10)
    missed.upstream.record(150, 10)
    return [numbers]
  },
}

/** The queues that are measured, by name. Each runs in processes of its own. */
export const CONTENDERS = {
  bullmq: { title: 'BullMQ', database: 1, load: () => import('./bullmq.js') },
  onetrip: { title: 'onetrip', database: 2, load: () => import('./onetrip.js') },
}

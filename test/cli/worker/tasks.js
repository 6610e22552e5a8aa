/** The module of `onetrip worker` in its tests. */
import { setTimeout as sleep } from 'node:timers/promises'
import { TaskQueue } from '../../../dist/queue/index.js'

const options = { redis: process.env.REDIS_URL, lease: '2s', prefix: process.env.PREFIX }
export const mail = new TaskQueue('mail', options)
const images = new TaskQueue('images', options)
export const more = [images]

mail.task('pid', async () => {
  await sleep(50)
  return process.pid
})
mail.task('slow', async () => {
  await sleep(500)
  return 'done'
})
mail.task('crash', () => process.kill(process.pid, 'SIGKILL'))
mail.task('fails', { retries: 0 }, () => {
  throw new Error('no such address')
})
mail.task('endless', async function () {
  this.progress('running')
  await new Promise(() => {})
})
images.task('resize', (path) => `small ${path}`)

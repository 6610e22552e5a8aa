/** `npm run soak`: the soak test for as long as one likes. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) {
  console.error(`--minutes takes a number above 0, not ${values.minutes}.`)
  process.exit(2)
}
const { status } = spawnSync('npx', ['vitest', 'run', 'test/soak'], {
  stdio: 'inherit',
  env: { ...process.env, ONETRIP_SOAK_MINUTES: String(minutes) },
})
process.exit(status ?? 1)

/**
 * Ends the processes and removes the folders that it was told of, once its input ends: that is when
 * the process which started it has ended, in whatever way. Lines: `started <pid>`, `ended <pid>`,
 * `remove <path>`.
 */
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const processes = new Set()
const folders = []

for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...rest] = line.split(' ')
  const subject = rest.join(' ')
  if (word === 'started') processes.add(Number(subject))
  else if (word === 'ended') processes.delete(Number(subject))
  else folders.push(subject)
}
// A server that was started as the leader of a group, such as nginx, has workers that go with it.
for (const target of [...processes].flatMap((pid) => [-pid, pid])) {
  try {
    process.kill(target, 'SIGKILL')
  } catch {
    // It has ended by itself, or leads no group.
  }
}
for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })

import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** Names of a process in Redis. */
export interface ProcessIdentity {
  /** Of this run of the process: node and boot. */
  readonly id: string
  /** The name that it was given; else its host and pid. */
  readonly node: string
  /** Random, new at each start: sequences begin again with it. */
  readonly boot: string
  readonly about: { readonly pid: number; readonly host: string }
}

export function processIdentity(name: string | undefined): ProcessIdentity {
  const host = hostname()
  const { pid } = process
  const node = name ?? `${host}:${pid}`
  const boot = randomBytes(6).toString('hex')
  return { id: `${node}/${boot}`, node, boot, about: { pid, host } }
}

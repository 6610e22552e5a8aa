import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { POPULAR } from './load.ts'

/** Between two rounds, in milliseconds: what was spoilt is stored anew at the next page. */
const EVERY = 30

/** Overwrites what is stored of the popular pages, again and again, while they are read. */
export class Spoiler {
  readonly #admin: Redis
  readonly #spoil: (values: readonly Buffer[]) => readonly Buffer[]
  #stop = false
  #work: Promise<void> | undefined

  /** @param spoil what to write instead of these */
  constructor(admin: Redis, spoil: (values: readonly Buffer[]) => readonly Buffer[]) {
    this.#admin = admin
    this.#spoil = spoil
  }

  /** Resolves when it was done once. */
  async begin(): Promise<void> {
    await this.#round()
    this.#work = this.#again()
  }

  async end(): Promise<void> {
    this.#stop = true
    await this.#work
  }

  async #again(): Promise<void> {
    while (!this.#stop) {
      await sleep(EVERY)
      await this.#round()
    }
  }

  async #round(): Promise<void> {
    const keys = await popularKeys(this.#admin)
    const stored = (await this.#admin.mgetBuffer(keys)).flatMap((value, n) =>
      value ? [{ key: keys[n] as string, value }] : [],
    )
    const spoilt = this.#spoil(stored.map(({ value }) => value))
    const writes = this.#admin.pipeline()
    for (const [n, { key }] of stored.entries()) writes.set(key, spoilt[n] as Buffer, 'KEEPTTL', 'XX')
    await writes.exec()
  }
}

/** The keys of the fragments that all visitors see. */
export async function popularKeys(admin: Redis): Promise<string[]> {
  const pages = Array.from({ length: POPULAR }, (_, n) => admin.keys(`*card:*:${n}:*`))
  return (await Promise.all(pages)).flat().sort()
}

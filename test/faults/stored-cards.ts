import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import { newPage } from './load.ts'
import { CARDS, rightPage } from './right-page.ts'
import type { Site, Stats } from './site-process.ts'

/** The bytes of an entry that the store makes: its clock, random, its kind. */
export const HEAD = 17

/** A refresh before the end of an entry, by chance, would take the place of what a test damages. */
export const NO_EARLY_REFRESH = { entries: { beta: 0 } } as const

/** The entries that a site has stored for one page, which a test then damages. */
export class StoredCards {
  readonly #site: Site
  readonly #admin: Redis
  readonly n = newPage()
  keys: string[] = []

  private constructor(site: Site, admin: Redis) {
    this.#site = site
    this.#admin = admin
  }

  /** Shows a page until all of it is stored. */
  static async of(site: Site, admin: Redis): Promise<StoredCards> {
    const cards = new StoredCards(site, admin)
    await cards.hits()
    cards.keys = await cards.#stored()
    return cards
  }

  async read(card: number): Promise<Buffer> {
    return (await this.#admin.getBuffer(this.keys[card] as string)) as Buffer
  }

  async write(card: number, value: Buffer): Promise<void> {
    await this.#admin.set(this.keys[card] as string, value, 'KEEPTTL')
  }

  /**
   * Visits the page until it is all hits, and all of it is stored, within a bounded time: a page
   * shares what another one has rendered before it is written, and that write may be refused.
   */
  async hits(): Promise<void> {
    await expect
      .poll(async () => `${await this.visit()} stored=${(await this.#stored()).length}`, { interval: 2 })
      .toMatch(new RegExp(`^hits=${CARDS} .* stored=${CARDS}$`))
    // Two visits may have rendered the same: the later write would undo what a test damages.
    await this.#site.get('/settled')
  }

  async #stored(): Promise<string[]> {
    return (await this.#admin.keys(`*card:*:${this.n}:*`)).sort()
  }

  /** One visit: its bytes are right, whatever is stored. @returns what it cost */
  async visit(): Promise<string> {
    const { status, body, cost } = await this.#site.page(this.n)
    expect({ status, body }).toEqual({ status: 200, body: rightPage(this.n, 'somebody') })
    return cost
  }

  /**
   * The page is right, with so many misses, and then all hits again.
   * @returns what the site has said meanwhile
   */
  async heal(misses: number): Promise<Stats> {
    await this.#site.get('/forget')
    expect(await this.visit()).toContain(`hits=${CARDS - misses} stale=0 misses=${misses} `)
    await this.hits()
    await this.visit()
    const stats = await this.#site.stats()
    expect(stats.unhandled).toBe(0)
    return stats
  }
}

import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { describeChromium, openChromium } from '../helpers/chromium.ts'
import { Reel } from './reel-process.ts'

describeChromium("Reel's forms", () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openChromium()
  })
  afterAll(() => browser.close())

  describe.each(['fastify.js', 'express.js'])('on %s', (script) => {
    let reel: Reel
    let page: Page
    beforeAll(async () => {
      reel = await Reel.start(script)
    })
    afterAll(async () => {
      await reel.stop()
    })
    beforeEach(async () => {
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
      page.setDefaultTimeout(300_000)
    })
    afterEach(() => page.close())

    const focused = () => page.evaluate('document.activeElement.id')

    it('a visitor signs in, writes a review, is thanked, and sees it', async () => {
      await page.goto(`${reel.origin}/sign-in?next=/film/50`)
      await page.getByRole('textbox').first().fill('Dora')
      await page.locator('main form button').first().click()
      expect(new URL(page.url()).pathname).toBe('/film/50')
      expect(await page.textContent('header')).toContain('Dora')
      await page.locator('form[action*="/reviews"] textarea').fill('Seen twice, <i>loved</i> twice.')
      await page.locator('label[for="stars-5"]').click()
      await page.locator('form[action*="/reviews"] button').click()
      expect(await page.textContent('#reviews')).toContain('Seen twice, <i>loved</i> twice.')
      await expect.poll(focused).toBe('thanks')
      expect(await page.textContent('#thanks')).toContain('Thank you')
      await page.reload()
      expect(await page.locator('#thanks').count()).toBe(0)
    })

    it('thanks the author alone, on the page of that film alone', async () => {
      const answer = await reel.post('/film/51/reviews', { author: 'Eve', stars: '3', text: 'Good.' })
      expect(answer.headers.get('location')).toBe('/film/51#thanks')
      const cookie = answer.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ')
      expect((await reel.get('/film/52', cookie)).html).not.toContain('Thank you')
      expect((await reel.get('/film/51')).html).not.toContain('Thank you')
      const thanked = await reel.get('/film/51', cookie)
      expect(thanked.html).toContain('Thank you')
      expect((await reel.get('/film/51', cookie, { 'accept-language': 'de' })).html).toContain('Danke')
      expect((await reel.get('/film/51')).html).not.toContain('Thank you')
    })

    it('arrow keys move the stars as they stand', async () => {
      await page.goto(`${reel.origin}/film/50`)
      await page.locator('#author').focus()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Space')
      await expect.poll(focused).toBe('stars-1')
      for (const [key, id, shown] of [
        ['ArrowRight', 'stars-2', '★★☆☆☆'],
        ['ArrowDown', 'stars-3', '★★★☆☆'],
        ['ArrowLeft', 'stars-2', '★★☆☆☆'],
        ['ArrowLeft', 'stars-1', '★☆☆☆☆'],
        ['ArrowLeft', 'stars-5', '★★★★★'],
      ] as const) {
        await page.keyboard.press(key)
        expect([await focused(), await shownStars(page)]).toEqual([id, shown])
      }
    })

    it('marks each field that is wrong, and puts the focus on the first', async () => {
      await page.goto(`${reel.origin}/film/50`)
      const unmarked = await borders(page)
      await page.locator('form[action*="/reviews"] button').click()
      await expect.poll(focused).toBe('author') // the answer is shown
      const marked = await borders(page)
      expect(Object.keys(marked)).toEqual(['author', 'stars', 'text'])
      for (const [name, border] of Object.entries(marked)) {
        expect([name, border.width, border.style]).toEqual([name, '2px', 'solid'])
        expect([name, border.colour]).not.toEqual([name, unmarked[name]?.colour])
      }
      for (const [selector, text] of [
        ['#author', 'Tell us your name'],
        ['.rating', 'Choose one to five stars'],
        ['#text', 'Write a sentence'],
      ] as const) {
        const field = page.locator(selector)
        expect(await field.getAttribute('aria-invalid')).toBe('true')
        expect(await page.textContent(`#${await field.getAttribute('aria-describedby')}`)).toContain(text)
      }
      await expect.poll(focused).toBe('author')

      await page.locator('#author').fill('Eve')
      await page.locator('form[action*="/reviews"] button').click()
      await expect.poll(focused).toBe('stars-1')
      await page.keyboard.press('Space')
      await page.locator('form[action*="/reviews"] button').click()
      await expect.poll(focused).toBe('text')
    })

    it('a form that was sent back can be left for another language', async () => {
      await page.goto(`${reel.origin}/film/50`)
      await page.locator('form[action*="/reviews"] button').click()
      await page.locator('.language').click()
      expect(new URL(page.url()).pathname).toBe('/film/50')
      expect(await page.getAttribute('html', 'lang')).toBe('de')
    })
  })
})

function shownStars(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('.rating-stars label')]
    .toSorted((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left)
    .map((label) => getComputedStyle(label.querySelector('.star') ?? label, '::before').content.replace(/[^★☆]/g, ''))
    .join('')`)
}

interface Border {
  width: string
  style: string
  colour: string
}

async function borders(page: Page): Promise<Record<string, Border>> {
  return (await page.evaluate(`Object.fromEntries(
    [['author', '#author'], ['stars', '.rating-stars'], ['text', '#text']].map(([name, selector]) => {
      const { borderTopWidth, borderTopStyle, borderTopColor } = getComputedStyle(document.querySelector(selector))
      return [name, { width: borderTopWidth, style: borderTopStyle, colour: borderTopColor }]
    }))`)) as Record<string, Border>
}

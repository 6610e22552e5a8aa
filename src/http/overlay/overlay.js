// The overlay: runs in the browser, on a page that was marked for it. It only draws over the page,
// by styles that no Content-Security-Policy forbids: a sheet made by script, and no inline style.

import { element, findRegions } from './regions.js'

/** Its styles, which the server puts before it. @type {string} */
const styles = /** @type {any} */ (globalThis).ONETRIP_OVERLAY_STYLES

/**
 * @typedef {object} Shown a fragment as the server describes it
 * @property {string} name
 * @property {string} key
 * @property {string} template
 * @property {number} line
 * @property {'hit' | 'stale' | 'miss'} state
 * @property {string} explanation
 * @property {boolean} [joined]
 * @property {number} bytes
 * @property {number} cost
 * @property {number} [age]
 *
 * @typedef {{ fragments: Shown[], trips: number }} Data
 * @typedef {import('./regions.js').Region} Region
 * @typedef {import('./regions.js').Box} Box
 */

const NOCACHE = 'nocache'
const OUTCOMES = /** @type {const} */ ({
  hit: 'from the cache',
  joined: 'rendered by another page at the same time',
  stale: 'from the cache, and out of date',
  miss: 'rendered for this page',
  nocache: 'rendered for each request ({% nocache %})',
})

/** @returns {Data} the description that the last render has added: it has all fragments */
function readData() {
  const texts = [...document.querySelectorAll('script[data-onetrip-overlay]')].map((one) => one.textContent)
  return JSON.parse(texts.at(-1) ?? '{"fragments":[],"trips":0}')
}

/** @param {Shown} fragment */
function outcomeOf({ state, joined }) {
  return joined ? 'joined' : state
}

/** @param {number} ms */
function time(ms) {
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`
}

/** @param {number} count @param {string} one @param {string} [many] */
function counted(count, one, many = one) {
  return `${count} ${count === 1 ? one : many}`
}

class Overlay {
  #data = readData()
  #regions = findRegions()
  #host = document.createElement('onetrip-overlay')
  #root = this.#host.attachShadow({ mode: 'open' })
  #tip = element('div', { class: 'tip', id: 'tip', role: 'tooltip', hidden: '' })
  #section = element('section', { 'aria-label': 'Cached fragments of this page' })
  #closing = new AbortController()
  #watcher = new MutationObserver(() => this.#later())
  #waiting = false

  open() {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
    this.#root.adoptedStyleSheets = [sheet]
    const layer = element('div', { 'aria-hidden': 'true' })
    for (const { label, outline } of this.#regions) {
      const fragment = this.#data.fragments[Number(label)]
      outline.className = `outline ${fragment ? outcomeOf(fragment) : NOCACHE}`
      const name = element('span', {}, fragment ? fragment.name : NOCACHE)
      outline.append(name)
      layer.append(outline)
    }
    this.#root.append(layer, this.#panel(), this.#tip)
    // Outside of the body: its children are counted by styles and scripts of the page.
    document.documentElement.append(this.#host)
    const { signal } = this.#closing
    const later = () => this.#later()
    for (const type of ['scroll', 'resize', 'load', 'transitionend'])
      addEventListener(type, later, { signal, capture: true, passive: true })
    addEventListener('pointermove', (event) => this.#onPointer(event), { signal, passive: true })
    addEventListener('pointerdown', (event) => this.#onPointer(event), { signal, passive: true })
    addEventListener('keydown', ({ key }) => key === 'Escape' && this.#hide(), { signal })
    const watched = { childList: true, subtree: true, attributes: true, characterData: true }
    this.#watcher.observe(document.body ?? document.documentElement, watched)
    this.#draw()
  }

  #close() {
    this.#closing.abort()
    this.#watcher.disconnect()
    this.#host.remove()
  }

  #panel() {
    const { fragments, trips } = this.#data
    const count = (/** @type {string} */ state) => fragments.filter((one) => one.state === state).length
    const stale = count('stale')
    const counts = [
      counted(count('hit'), 'hit', 'hits'),
      ...(stale > 0 ? [`${stale} stale`] : []),
      counted(count('miss'), 'miss', 'misses'),
      counted(trips, 'trip', 'trips'),
    ]
    const close = element('button', { type: 'button', class: 'close' }, 'Close')
    close.addEventListener('click', () => this.#close())
    const used = new Set([...fragments.map(outcomeOf), ...this.#regions.map(({ label }) => label)])
    const legend = Object.entries(OUTCOMES)
      .filter(([outcome]) => used.has(outcome))
      .map(([outcome, words]) =>
        element('li', { class: outcome }, element('span', { class: 'swatch' }), `${outcome}: ${words}`),
      )
    const explain = new URL(location.href)
    explain.searchParams.set('onetrip', 'explain')
    const inside = element(
      'div',
      { class: 'inside' },
      element('ul', { 'aria-label': 'Colours' }, ...legend),
      element('ol', { 'aria-label': 'Fragments' }, ...fragments.map((one, n) => this.#row(one, n))),
      element('a', { href: explain.href }, 'Explain this page (JSON)'),
    )
    const details = element('details', {}, element('summary', {}, counts.join(', ')), inside)
    details.toggleAttribute('open', innerWidth > 600)
    this.#section.append(details, close)
    return this.#section
  }

  /** @param {Shown} fragment @param {number} n */
  #row(fragment, n) {
    const outcome = outcomeOf(fragment)
    const region = this.#regions.find(({ label }) => label === String(n))
    const state = element('small', {}, ` ${outcome}${region ? '' : ', not outlined'}`)
    const button = element('button', { type: 'button', 'aria-describedby': 'tip' }, fragment.name, state)
    const show = () => this.#show(String(n), region, this.#section.getBoundingClientRect())
    button.addEventListener('focus', () => {
      region?.scrollIntoView()
      this.#draw()
      show()
    })
    button.addEventListener('pointerenter', show)
    button.addEventListener('blur', () => this.#hide())
    return element('li', { class: outcome }, element('span', { class: 'swatch' }), button)
  }

  /** @param {PointerEvent} event */
  #onPointer({ clientX: x, clientY: y, target }) {
    // Over the panel.
    if (target === this.#host) return
    // The innermost is the smallest, also of those that only look as if they were inside.
    const [region] = this.#regions.filter((one) => one.contains(x, y)).sort((a, b) => a.area - b.area)
    if (region) this.#show(region.label, region, { x, y, right: x, bottom: y })
    else if (!this.#root.activeElement?.matches('ol button')) this.#hide()
  }

  /**
   * @param {string} label
   * @param {Region | undefined} region
   * @param {Box} near
   */
  #show(label, region, near) {
    for (const one of this.#regions)
      one.outline.classList.toggle('shown', one.label === label && label !== NOCACHE)
    region?.outline.classList.add('shown')
    const fragment = this.#data.fragments[Number(label)]
    this.#tip.className = `tip ${fragment ? outcomeOf(fragment) : NOCACHE}`
    this.#tip.replaceChildren(...(fragment ? describe(fragment) : [OUTCOMES.nocache]))
    this.#tip.hidden = false
    const { width, height } = this.#tip.getBoundingClientRect()
    const beside = near.x - width - 12
    // Beside the panel, if there is room; of the pointer, below or above it.
    const isBeside = near.right > near.x && beside > 8
    const x = isBeside ? beside : Math.max(8, Math.min(near.x, innerWidth - width - 8))
    const below = near.bottom + 16
    const above = Math.max(8, near.y - height - 12)
    const y = isBeside
      ? Math.min(near.y, innerHeight - height - 8)
      : below + height < innerHeight
        ? below
        : above
    this.#tip.style.left = `${x}px`
    this.#tip.style.top = `${y}px`
  }

  #hide() {
    this.#tip.hidden = true
    for (const { outline } of this.#regions) outline.classList.remove('shown')
  }

  #later() {
    if (this.#waiting) return
    this.#waiting = true
    requestAnimationFrame(() => {
      this.#waiting = false
      this.#draw()
    })
  }

  #draw() {
    for (const region of this.#regions) region.draw()
  }
}

/** @param {Shown} fragment @returns {Node[]} */
function describe(fragment) {
  const { name, key, template, line, age, cost, bytes, explanation } = fragment
  const outcome = outcomeOf(fragment)
  /** @type {[string, string][]} */
  const facts = [
    ...(age === undefined ? [] : [/** @type {[string, string]} */ (['age', time(age)])]),
    ['cost', time(cost)],
    ['size', `${bytes} bytes`],
    ['place', line > 0 ? `${template}, line ${line}` : template],
    ['key', key],
  ]
  const rows = facts.flatMap(([term, fact]) => [element('dt', {}, term), element('dd', {}, fact)])
  return [
    element('strong', {}, `${name}: ${outcome}`),
    element('p', {}, explanation),
    element('dl', {}, ...rows),
  ]
}

// Several renders of one page add it several times.
if (!document.querySelector('onetrip-overlay')) new Overlay().open()

// The parts of a page that are marked. The server makes one module of this file and of
// overlay.js.

/**
 * @typedef {{ x: number, y: number, right: number, bottom: number }} Box
 */

const MARK = 'onetrip-overlay:'
/** Height of a label, in px. */
const LABEL_HEIGHT = 16

/**
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/** Finds the marks, and returns the part of the page between each two. Marks are nested. */
export function findRegions() {
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_COMMENT)
  /** @type {{ label: string, node: Node }[]} */
  const open = []
  /** @type {Region[]} */
  const regions = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = /** @type {Comment} */ (node).data
    if (!text.startsWith(MARK)) continue
    const label = text.slice(MARK.length)
    if (!label.startsWith('/')) {
      if (label !== 'page') open.push({ label, node })
      continue
    }
    // A script of the page may have removed one of the two.
    const at = open.findLastIndex((one) => `/${one.label}` === label)
    const begin = open[at]
    if (!begin) continue
    open.length = at
    const range = document.createRange()
    range.setStartAfter(begin.node)
    range.setEndBefore(node)
    regions.push(new Region(begin.label, range, at))
  }
  return regions
}

/** A part of the page between two marks, and its outline. */
export class Region {
  outline = element('div', { hidden: '' })
  /** @type {Box | undefined} around all that it shows */
  box

  /** @param {string} label @param {Range} range @param {number} depth */
  constructor(label, range, depth) {
    this.label = label
    this.range = range
    this.depth = depth
  }

  get area() {
    const { x, y, right, bottom } = this.box ?? { x: 0, y: 0, right: Infinity, bottom: Infinity }
    return (right - x) * (bottom - y)
  }

  draw() {
    const rects = [...this.range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0)
    this.outline.hidden = rects.length === 0
    if (rects.length === 0) return
    const x = Math.min(...rects.map(({ left }) => left))
    const y = Math.min(...rects.map(({ top }) => top))
    const width = Math.max(...rects.map(({ right }) => right)) - x
    const height = Math.max(...rects.map(({ bottom }) => bottom)) - y
    this.box = { x, y, right: x + width, bottom: y + height }
    // Those inside are a little smaller, so that each can be seen.
    const inset = Math.min(this.depth * 3, width / 4, height / 4)
    const { style } = this.outline
    style.setProperty('--room', `${Math.max(0, Math.min(y + inset, LABEL_HEIGHT))}px`)
    style.translate = `${x + inset}px ${y + inset}px`
    style.width = `${width - 2 * inset}px`
    style.height = `${height - 2 * inset}px`
  }

  /** @param {number} x @param {number} y */
  contains(x, y) {
    const { box, outline } = this
    return !outline.hidden && box && x >= box.x && x <= box.right && y >= box.y && y <= box.bottom
  }

  scrollIntoView() {
    const { box, range } = this
    if (!box || (box.bottom > 0 && box.y < innerHeight)) return
    const start = range.startContainer
    const target = start.childNodes[range.startOffset] ?? start
    const shown = target instanceof Element ? target : target.parentElement
    shown?.scrollIntoView({ block: 'nearest' })
  }
}

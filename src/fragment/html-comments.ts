import type { Hole } from '../template/template-engine.ts'
import { Fragment } from './fragment.ts'
import type { Piece } from './piece.ts'

/** Elements whose content is text, in which `<!--` is no comment. */
const TEXT_ELEMENTS = new Set([
  'script',
  'style',
  'textarea',
  'title',
  'xmp',
  'iframe',
  'noembed',
  'noframes',
  'plaintext',
])

/**
 * Puts HTML comments around fragments that say what became of each, wherever HTML allows a comment: not inside
 * a tag, an attribute, a comment, or an element such as `script` or `title`.
 */
export function withComments(parts: readonly (string | Hole)[]): (string | Hole)[] {
  const scanner = new Scanner()
  const result: (string | Hole)[] = []
  for (const part of parts) {
    if (typeof part === 'string') {
      scanner.read(part)
      result.push(part)
      continue
    }
    const piece = part as Piece
    const legal = scanner.inContent
    scanner.read(piece.text)
    if (legal && scanner.inContent && piece instanceof Fragment)
      result.push(`<!-- ${describe(piece)} -->`, part, `<!-- /${plain(piece.name)} -->`)
    else result.push(part)
  }
  return result
}

function describe({ name, reason, place, renderTime }: Fragment): string {
  const state = reason === undefined ? 'hit' : `miss (${reason}) ${renderTime.toFixed(1)} ms`
  return `${plain(name)} ${state}, ${plain(place.template)}:${place.line}`
}

/** A comment may not hold two hyphens in a row, nor end early. */
function plain(text: string): string {
  return text.replace(/-{2,}|[<>]/g, '~')
}

/** Where a reader of HTML is: in content, in a tag, in one of its quotes, in a comment, in a text element. */
class Scanner {
  #state: 'content' | 'tag' | '"' | "'" | 'comment' = 'content'
  #element = ''
  #textElement = ''
  /** What may be continued by the next piece of text: `<`, `<!-`, `</scr`. */
  #rest = ''

  get inContent(): boolean {
    return this.#state === 'content' && this.#textElement === '' && this.#rest === ''
  }

  read(text: string): void {
    let html = this.#rest + text
    this.#rest = ''
    while (html !== '') html = this.#step(html)
  }

  /** Reads on to the next change of state; answers what is left. */
  #step(html: string): string {
    switch (this.#state) {
      case 'content':
        return this.#textElement === '' ? this.#content(html) : this.#textContent(html)
      case 'comment':
        return this.#until(html, '-->', 'content')
      case 'tag':
        return this.#tag(html)
      default:
        return this.#until(html, this.#state, 'tag')
    }
  }

  #content(html: string): string {
    const at = html.indexOf('<')
    if (at === -1) return ''
    const found = html.slice(at)
    if (found.startsWith('<!--')) {
      this.#state = 'comment'
      return found.slice(4)
    }
    if (found.length < 4 && '<!--'.startsWith(found)) {
      this.#rest = found
      return ''
    }
    const name = /^<\/?([a-z][^\s/>]*)/i.exec(found)
    if (!name && !/^<[!?/]/.test(found)) return found.slice(1)
    this.#state = 'tag'
    this.#element = found[1] === '/' ? '' : (name?.[1] ?? '').toLowerCase()
    return found.slice(name ? name[0].length : 2)
  }

  #tag(html: string): string {
    const at = html.search(/["'>]/)
    if (at === -1) return ''
    const mark = html[at] as '"' | "'" | '>'
    if (mark === '>') {
      this.#state = 'content'
      this.#textElement = TEXT_ELEMENTS.has(this.#element) ? this.#element : ''
    } else {
      this.#state = mark
    }
    return html.slice(at + 1)
  }

  #textContent(html: string): string {
    const end = `</${this.#textElement}`
    const at = html.toLowerCase().indexOf(end)
    if (at === -1) {
      this.#rest = html.slice(-end.length)
      return ''
    }
    this.#textElement = ''
    this.#element = ''
    this.#state = 'tag'
    return html.slice(at + end.length)
  }

  #until(html: string, end: string, next: 'content' | 'tag'): string {
    const at = html.indexOf(end)
    if (at === -1) {
      if (end.length > 1) this.#rest = html.slice(-(end.length - 1))
      return ''
    }
    this.#state = next
    return html.slice(at + end.length)
  }
}

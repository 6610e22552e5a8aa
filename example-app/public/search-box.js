/**
 * Suggestions while one types: a combobox with a list, as the ARIA Authoring Practices Guide
 * describes it ("editable combobox with list autocomplete"). The focus stays in the field; the
 * option that the arrow keys have come to is named by `aria-activedescendant`.
 *
 * The form works without this file, and where an answer fails to come.
 */

/** Milliseconds without a keystroke, until the server is asked. */
const DEBOUNCE = 150
/** Answers that are kept: one who deletes letters sees them again at once. */
const KEPT = 50

/**
 * @typedef {{ type: 'film' | 'director', text: string, year: number | null, path: string }}
 *   Suggestion
 */

class SearchBox {
  #form
  #field
  #list = document.createElement('ul')
  /** Read aloud when it changes, so it stands in the page before it does. */
  #status = document.createElement('p')
  /** @type {Suggestion[]} */
  #suggestions = []
  /** The option that the arrow keys have come to; -1: the field itself. */
  #active = -1
  /** @type {Map<string, Suggestion[]>} */
  #answers = new Map()
  /** @type {number | undefined} */
  #timer
  #request = new AbortController()

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLInputElement} field
   */
  constructor(form, field) {
    this.#form = form
    this.#field = field
    this.#build()
    field.addEventListener('input', () => this.#typed())
    field.addEventListener('keydown', (event) => this.#pressed(event))
    field.addEventListener('blur', () => this.#close())
    form.addEventListener('submit', () => this.#close())
    // A page that comes back from the browser's memory is as it was left.
    addEventListener('pagehide', () => this.#close())
    this.#list.addEventListener('pointermove', (event) => this.#move(this.#indexOf(event.target)))
    // The focus stays in the field.
    this.#list.addEventListener('mousedown', (event) => event.preventDefault())
    this.#list.addEventListener('click', (event) => this.#choose(this.#indexOf(event.target)))
  }

  #build() {
    this.#list.id = 'suggestions'
    this.#list.className = 'suggestions'
    this.#list.hidden = true
    this.#list.setAttribute('role', 'listbox')
    this.#list.setAttribute('aria-label', this.#field.getAttribute('aria-label') ?? '')
    this.#status.className = 'sr'
    this.#status.setAttribute('role', 'status')
    this.#form.append(this.#list)
    document.body.append(this.#status)
    for (const [name, value] of [
      ['role', 'combobox'],
      ['aria-autocomplete', 'list'],
      ['aria-controls', this.#list.id],
      ['aria-expanded', 'false'],
    ])
      this.#field.setAttribute(name, value)
  }

  #typed() {
    this.#forget()
    const text = this.#field.value.trim()
    if (text === '') return this.#close()
    const known = this.#answers.get(text)
    if (known) return this.#show(known)
    this.#timer = setTimeout(() => this.#ask(text), DEBOUNCE)
  }

  /** @param {string} text */
  async #ask(text) {
    this.#request = new AbortController()
    const { signal } = this.#request
    try {
      const response = await fetch(`${this.#form.action}/suggestions?${new URLSearchParams({ q: text })}`, {
        signal,
      })
      if (!response.ok) return this.#close()
      const { suggestions } = await response.json()
      this.#answers.set(text, suggestions)
      const [oldest] = this.#answers.keys()
      if (this.#answers.size > KEPT) this.#answers.delete(oldest)
      if (!signal.aborted) this.#show(suggestions)
    } catch {
      // Another letter was typed, or there is no connection.
      if (!signal.aborted) this.#close()
    }
  }

  /** Drops what is under way: it answers a text that is no longer there. */
  #forget() {
    clearTimeout(this.#timer)
    this.#request.abort()
  }

  /** @param {Suggestion[]} suggestions */
  #show(suggestions) {
    this.#suggestions = suggestions
    const words = wordsOf(this.#field.value)
    this.#list.replaceChildren(...suggestions.map((suggestion, at) => this.#option(suggestion, at, words)))
    this.#open(suggestions.length > 0)
    const { one = '', many = '', none = '' } = this.#form.dataset
    const { length } = suggestions
    this.#status.textContent = length === 0 ? none : length === 1 ? one : many.replace('%s', String(length))
  }

  /**
   * @param {Suggestion} suggestion
   * @param {number} at
   * @param {string[]} words
   */
  #option({ type, text, year }, at, words) {
    const option = document.createElement('li')
    option.id = `suggestion-${at}`
    option.setAttribute('role', 'option')
    option.setAttribute('aria-selected', 'false')
    const title = document.createElement('span')
    title.append(...marked(text, words))
    const note = document.createElement('small')
    note.textContent = type === 'director' ? (this.#form.dataset.director ?? '') : String(year ?? '')
    option.append(title, ' ', note)
    return option
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // The keys belong to the input method while it composes a character.
    if (event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return
    const { key, altKey } = event
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (this.#suggestions.length === 0) return
      event.preventDefault()
      if (altKey) this.#open(key === 'ArrowDown')
      else this.#step(key === 'ArrowDown' ? 1 : -1)
    } else if (key === 'Enter' && this.#active >= 0) {
      event.preventDefault()
      this.#choose(this.#active)
    } else if (key === 'Escape') {
      if (this.#isOpen || this.#field.value === '') {
        // The browser would empty the field: that is for the second time.
        event.preventDefault()
        this.#forget()
        this.#open(false)
      } else {
        this.#close()
      }
    }
  }

  /** Goes round through the field: from its last option on, and from its first one back. */
  #step(by) {
    const places = this.#suggestions.length + 1
    const from = this.#isOpen ? this.#active : -1
    this.#open(true)
    this.#move(((from + 1 + by + places) % places) - 1)
  }

  /** @param {number} to */
  #move(to) {
    this.#list.children[this.#active]?.setAttribute('aria-selected', 'false')
    this.#active = to
    const option = this.#list.children[to]
    if (option === undefined) return this.#field.removeAttribute('aria-activedescendant')
    option.setAttribute('aria-selected', 'true')
    option.scrollIntoView({ block: 'nearest' })
    this.#field.setAttribute('aria-activedescendant', option.id)
  }

  /** @param {number} at */
  #choose(at) {
    const suggestion = this.#suggestions[at]
    if (suggestion !== undefined) location.assign(suggestion.path)
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    const option = target instanceof Element ? target.closest('[role="option"]') : null
    return option === null ? -1 : [...this.#list.children].indexOf(option)
  }

  get #isOpen() {
    return !this.#list.hidden
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#list.hidden = !isOpen
    this.#field.setAttribute('aria-expanded', String(isOpen))
    this.#move(-1)
  }

  /** Nothing is suggested for what the field has. */
  #close() {
    this.#forget()
    this.#suggestions = []
    this.#open(false)
    this.#status.textContent = ''
  }
}

/**
 * The text, in which the begins of words that were typed are marked.
 * @param {string} text
 * @param {string[]} words
 */
function marked(text, words) {
  return text.split(/(?<![\p{L}\p{M}\p{N}])(?=[\p{L}\p{N}])/u).flatMap((part) => {
    const length = Math.max(0, ...words.map((word) => beginLength(part, word)))
    if (length === 0) return [part]
    const mark = document.createElement('mark')
    mark.textContent = part.slice(0, length)
    return [mark, part.slice(length)]
  })
}

/** The number of characters with which the text begins as the word does; 0 if it does not. */
function beginLength(text, word) {
  for (let length = 1; length <= text.length; length++) {
    const begin = folded(text.slice(0, length))
    if (begin === word) return length
    if (!word.startsWith(begin)) return 0
  }
  return 0
}

function wordsOf(text) {
  return text.match(/[\p{L}\p{M}\p{N}]+/gu)?.map(folded) ?? []
}

/** Compared as the server does it: without accents, and lower case. */
function folded(text) {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

const field = document.querySelector('#search')
if (field instanceof HTMLInputElement && field.form) new SearchBox(field.form, field)

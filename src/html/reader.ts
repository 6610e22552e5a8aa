import { foreignContent, type Token, Tokenizer, TokenizerMode } from 'parse5'

/** Elements whose content is text to HTML: no tag and no comment stands in there. */
const TEXT_MODES: Readonly<Record<string, Tokenizer['state']>> = {
  title: TokenizerMode.RCDATA,
  textarea: TokenizerMode.RCDATA,
  style: TokenizerMode.RAWTEXT,
  xmp: TokenizerMode.RAWTEXT,
  iframe: TokenizerMode.RAWTEXT,
  noembed: TokenizerMode.RAWTEXT,
  noframes: TokenizerMode.RAWTEXT,
  // Browsers run scripts.
  noscript: TokenizerMode.RAWTEXT,
  script: TokenizerMode.SCRIPT_DATA,
  plaintext: TokenizerMode.PLAINTEXT,
}

/** Elements of SVG and MathML in which HTML stands. */
const HTML_INSIDE = new Set([
  'foreignobject',
  'desc',
  'title',
  'annotation-xml',
  'mi',
  'mo',
  'mn',
  'ms',
  'mtext',
])

/**
 * Reads HTML piece by piece, as the HTML standard splits it into tags, comments and text (by the tokenizer of parse5).
 * It builds no tree, but knows which elements hold text, also in SVG and MathML, where other rules hold.
 */
export class HtmlReader {
  readonly #tokenizer: Tokenizer
  /** Open elements that change how text is read, the innermost last. */
  readonly #around: string[] = []
  /** Inside an element that holds text. */
  #inText = false
  /** Where the last tag, comment or doctype ended. */
  #at = 0

  constructor() {
    this.#tokenizer = new Tokenizer(
      { sourceCodeLocationInfo: true },
      {
        onStartTag: (tag) => this.#after(tag, () => this.#onStartTag(tag)),
        onEndTag: (tag) => this.#after(tag, () => this.#onEndTag(tag)),
        onComment: (comment) => this.#after(comment, () => this.comment(comment.data)),
        onDoctype: (doctype) => this.#after(doctype, (end) => this.doctype(doctype.name ?? '', end)),
        onCharacter: () => this.#onText(),
        onNullCharacter: () => this.#onText(),
        onWhitespaceCharacter: () => {},
        onEof: ({ location }) => this.#onEof(location?.startOffset ?? this.#at),
      },
    )
  }

  /** Reads on. */
  read(html: string): void {
    this.#tokenizer.write(html, false)
  }

  /** The text is over. */
  end(): void {
    this.#tokenizer.write('', true)
  }

  /** Reads no more of what it was given. */
  protected stop(): void {
    this.#tokenizer.pause()
  }

  /** What comes next stands neither in a tag, nor in a comment, nor in an element that holds text. */
  get inContent(): boolean {
    return this.#tokenizer.state === TokenizerMode.DATA
  }

  /** @param at where it begins, in all that was read */
  protected startTag(_name: string, _at: number): void {}

  protected endTag(_name: string, _at: number): void {}

  /**
   * Text that is more than white space, outside of elements that hold text.
   * @param at where it begins, or white space before it
   */
  protected text(_at: number): void {}

  /** @param end where it ends */
  protected doctype(_name: string, _end: number): void {}

  protected comment(_text: string): void {}

  /** @param at the end of what is complete: a tag may not be */
  protected over(_at: number): void {}

  #onStartTag(tag: Token.TagToken): void {
    const name = tag.tagName
    const foreign = this.#isForeign()
    if (foreign && foreignContent.causesExit(tag)) this.#leaveForeign()
    if (this.#isForeign()) {
      if (!tag.selfClosing && HTML_INSIDE.has(name)) this.#around.push(name)
    } else if (name === 'svg' || name === 'math') {
      if (!tag.selfClosing) this.#around.push(name)
    } else {
      const mode = TEXT_MODES[name]
      this.#inText = mode !== undefined
      if (mode !== undefined) this.#tokenizer.state = mode
    }
    this.#tokenizer.inForeignNode = this.#isForeign()
    this.startTag(name, tag.location?.startOffset ?? this.#at)
  }

  /** Where text begins is told wrong before a character reference: what counts is where the last tag or comment ended. */
  #after({ location }: { location: Token.Location | null }, handle: (end: number) => void): void {
    const end = location?.endOffset ?? this.#at
    handle(end)
    this.#at = end
  }

  #onEof(length: number): void {
    this.over(this.#inText ? length : Math.min(this.#at, length))
  }

  #onText(): void {
    if (!this.#inText) this.text(this.#at)
  }

  #onEndTag(tag: Token.TagToken): void {
    this.#inText = false
    if (tag.tagName === 'br' || tag.tagName === 'p') this.#leaveForeign()
    const at = this.#around.lastIndexOf(tag.tagName)
    if (at !== -1) this.#around.length = at
    this.#tokenizer.inForeignNode = this.#isForeign()
    this.endTag(tag.tagName, tag.location?.startOffset ?? this.#at)
  }

  #isForeign(): boolean {
    const last = this.#around.at(-1)
    return last === 'svg' || last === 'math'
  }

  #leaveForeign(): void {
    while (this.#isForeign()) this.#around.pop()
  }
}

import { foreignContent, type Token, Tokenizer, TokenizerMode } from 'parse5'

/** Elements whose content is text, without tags and comments. */
const TEXT_MODES: Readonly<Record<string, Tokenizer['state']>> = {
  title: TokenizerMode.RCDATA,
  textarea: TokenizerMode.RCDATA,
  style: TokenizerMode.RAWTEXT,
  xmp: TokenizerMode.RAWTEXT,
  iframe: TokenizerMode.RAWTEXT,
  noembed: TokenizerMode.RAWTEXT,
  noframes: TokenizerMode.RAWTEXT,
  // As in a browser that runs scripts.
  noscript: TokenizerMode.RAWTEXT,
  script: TokenizerMode.SCRIPT_DATA,
  plaintext: TokenizerMode.PLAINTEXT,
}

/** Elements of SVG and MathML that contain HTML. */
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
 * Splits HTML, piece by piece, into tags, comments and text, by the tokenizer of parse5. It builds
 * no tree, but knows the elements whose content is text, also by the other rules of SVG and MathML.
 */
export class HtmlReader {
  readonly #tokenizer: Tokenizer
  /** Open elements that change how content is read, the innermost last. */
  readonly #around: string[] = []
  /** True inside an element whose content is text. */
  #inText = false
  /** Offset of the end of the last tag, comment or doctype. */
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

  /** Reads the next piece. */
  read(html: string): void {
    this.#tokenizer.write(html, false)
  }

  /** Ends the text. */
  end(): void {
    this.#tokenizer.write('', true)
  }

  /** Ignores the rest of the piece. */
  protected stop(): void {
    this.#tokenizer.pause()
  }

  /** True between tags: not in a tag, a comment, or an element whose content is text. */
  get inContent(): boolean {
    return this.#tokenizer.state === TokenizerMode.DATA
  }

  /** @param at offset of its beginning */
  protected startTag(_name: string, _at: number): void {}

  protected endTag(_name: string, _at: number): void {}

  /**
   * Text that is not only white space, outside of elements whose content is text.
   *
   * @param at offset of its beginning, or of white space before it
   */
  protected text(_at: number): void {}

  /** @param end offset of its end */
  protected doctype(_name: string, _end: number): void {}

  protected comment(_text: string): void {}

  /** @param at offset of the end of the last complete token */
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

  /** Notes the end of a token: parse5's offset of text is wrong before a character reference. */
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

import { readFileSync } from 'node:fs'

/** A fenced block of a document. */
export interface Snippet {
  readonly file: string
  /** Of the opening fence, counted from 1. */
  readonly line: number
  readonly language: string
  /** The text after the language: a file name, or `error`. */
  readonly title: string
  readonly text: string
}

/**
 * All fenced blocks of a document, in order. Blocks of code with the same title are one file, which
 * the document shows in parts.
 */
export function snippetsIn(file: string): Snippet[] {
  const snippets: Snippet[] = []
  for (const snippet of blocksIn(file)) {
    const { language, title, text } = snippet
    const isCode = language === 'js' || language === 'ts'
    const at = snippets.findIndex((one) => isCode && title !== '' && one.title === title)
    const known = snippets[at]
    if (known) snippets[at] = { ...known, text: `${known.text}\n\n${text}` }
    else snippets.push(snippet)
  }
  return snippets
}

function blocksIn(file: string): Snippet[] {
  const snippets: Snippet[] = []
  let open: { line: number; info: string; lines: string[] } | undefined
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((text, n) => {
      if (!text.startsWith('```')) {
        open?.lines.push(text)
      } else if (open) {
        const [language = '', ...title] = open.info.split(' ')
        snippets.push({
          file,
          line: open.line,
          language,
          title: title.join(' '),
          text: open.lines.join('\n'),
        })
        open = undefined
      } else {
        open = { line: n + 1, info: text.slice(3), lines: [] }
      }
    })
  if (open) throw new Error(`${file}: the fence of line ${open.line} is not closed`)
  return snippets
}

/** Without what HTML does not show: blank lines, and white space at the ends of lines. */
export function plain(html: string): string {
  return html
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n')
    .trim()
}

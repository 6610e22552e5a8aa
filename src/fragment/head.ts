import { HEAD_END, type Hole, insertInHead } from '../template/template-engine.ts'
import { type Part, Piece } from './piece.ts'

/** What a template adds to the page's head, by `{% head %}`. It is no part of the output where it stands. */
export class HeadPiece extends Piece {
  readonly place = { id: 'head' }
  readonly title = '{% head %}'

  constructor(parts: readonly Part[]) {
    super(() => {
      throw new Error('What was added to the head was run again')
    })
    this.fill(
      parts,
      parts.filter((part) => part instanceof Piece),
    )
  }

  get live(): boolean {
    return this.inner.some(({ live }) => live)
  }
}

/**
 * Puts what was added to the head before its end, each text once, however many fragments add it; where the page has no
 * head, before all of it.
 */
export function withHead(
  parts: readonly (string | Hole)[],
  pieces: readonly Piece[],
): readonly (string | Hole)[] {
  const added: HeadPiece[] = []
  collect(pieces, added)
  if (added.length === 0) return parts
  const text = [...new Set(added.map((head) => head.text))].join('')
  const at = parts.findIndex((part) => typeof part === 'string' && HEAD_END.test(part))
  if (at !== -1) return parts.toSpliced(at, 1, insertInHead(parts[at] as string, text))
  // The head may end in a fragment.
  return [insertInHead((parts as readonly Part[]).map(textOf).join(''), text)]
}

function collect(pieces: readonly Piece[], into: HeadPiece[]): void {
  for (const piece of pieces) {
    if (piece instanceof HeadPiece) into.push(piece)
    else if (piece.inner.length > 0) collect(piece.inner, into)
  }
}

function textOf(part: Part): string {
  return part instanceof Piece ? part.text : part.toString()
}

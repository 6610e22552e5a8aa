/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  /** Text of a row's cell. */
  readonly cell: (row: Row) => string
  /** Numbers are aligned right. @defaultValue 'left' */
  readonly align?: 'left' | 'right'
}

/** Returns rows as aligned columns under their titles. A cell has no colours. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row))))
  const titles = columns.map(({ title }) => title)
  const widths = titles.map((title, n) => Math.max(title.length, ...cells.map((row) => row[n]?.length ?? 0)))
  const lines = [titles, ...cells].map((row) =>
    row
      .map((text, n) =>
        columns[n]?.align === 'right' ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

/**
 * Replaces control characters, which could change how a terminal shows the rest: keys and names of
 * tasks may come from visitors.
 */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, '0')
    return `\\x${code}`
  })
}

import { shown, UsageError } from './usage-error.ts'

/** Reads the address of a page. @throws UsageError */
export function pageUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url
  throw new UsageError(`The address of a page must be like http://localhost:3000/, not ${shown(text)}.`)
}

/** Reads headers such as `Cookie: session=abc`. @throws UsageError */
export function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*([^\r\n]*)$/.exec(line) ?? []
      if (name !== undefined && value !== undefined) return [name, value]
      throw new UsageError("A header must be like 'Cookie: session=abc'.")
    }),
  )
}

import type { Sources } from '../sources.ts'
import type { Page, View } from './page.ts'

/** Longest HTML that is shown, in characters. */
const MOST_HTML = 200_000

/** Looks up one entry, by the name of its fragment and the parts of its key. */
export const entryPage: Page = {
  name: 'entry',
  title: 'Entries',
  template: 'entry.njk',
  params: ['name', 'parts', 'vary'],
  inMenu: () => true,
  load: loadEntry,
}

async function loadEntry({ query }: View, { cache }: Sources): Promise<object> {
  const [name, partsText, varyText] = ['name', 'parts', 'vary'].map((param) => query.get(param) ?? '')
  const form = { name, parts: partsText, vary: varyText }
  if (!name) return { form }
  try {
    const parts = readParts(partsText ?? '')
    const vary = readVary(varyText ?? '')
    const entry = await cache.inspect({ name, parts, ...(vary && { vary }) })
    return { form, entry: { ...entry, html: entry.html?.slice(0, MOST_HTML), ...lifeOf(entry) } }
  } catch (error) {
    return { form, failed: error instanceof Error ? error.message : String(error) }
  }
}

/** Reads parts as they stand in a tag: `42, "de"`. */
function readParts(text: string): unknown[] {
  try {
    return JSON.parse(`[${text}]`) as unknown[]
  } catch {
    throw new Error('The parts must be JSON values, such as 42, "de": text needs quotation marks.')
  }
}

function readVary(text: string): Record<string, string> | undefined {
  if (text.trim() === '') return undefined
  try {
    const vary: unknown = JSON.parse(text)
    if (typeof vary === 'object' && vary !== null && !Array.isArray(vary))
      return vary as Record<string, string>
  } catch {
    // Said below.
  }
  throw new Error('The values of vary must be a JSON object, such as {"locale": "de"}.')
}

/** Says whether an end is ahead: templates cannot compare with infinity. */
function lifeOf({ freshFor, staleFor }: { readonly freshFor?: number; readonly staleFor?: number }) {
  return {
    expires: freshFor === undefined ? '' : freshFor === Infinity ? 'never' : freshFor > 0 ? 'ahead' : 'over',
    stale: staleFor !== undefined && staleFor > 0 && staleFor !== Infinity && (freshFor ?? 0) !== Infinity,
  }
}

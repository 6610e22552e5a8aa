import { OnetripError } from 'onetrip'
import { expect, test } from 'vitest'
import { cacheOf } from '../helpers/templates.ts'
import { plain, snippetsIn } from './snippets.ts'

/**
 * docs/templates.md: a template, perhaps its data, and what it gives, or the error. Each is
 * rendered twice, all misses and all hits.
 */
const FILE = 'docs/templates.md'

interface Example {
  line: number
  templates: Record<string, string>
  data: object
  expected: string
  fails: boolean
}

function examples(): Example[] {
  const all: Example[] = []
  let templates: Record<string, string> = {}
  let data: object = {}
  for (const { line, language, title, text } of snippetsIn(FILE)) {
    if (language === 'njk') templates[title || 'page'] = text
    else if (language === 'json') data = JSON.parse(text)
    else if (language === 'html' || language === 'text') {
      all.push({ line, templates, data, expected: text, fails: title === 'error' })
      templates = {}
      data = {}
    } else {
      throw new Error(`${FILE}, line ${line}: a block of ${language} is not run by this test`)
    }
  }
  if (Object.keys(templates).length > 0) throw new Error(`${FILE}: the last template has no result`)
  return all
}

test.each(examples())(`${FILE}, line $line`, async ({ templates, data, expected, fails }) => {
  const { html } = cacheOf(templates)
  if (!fails) {
    expect(plain(await html(data))).toBe(expected)
    expect(plain(await html(data))).toBe(expected)
    return
  }
  const error = await html(data).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(OnetripError)
  const { code, message } = error as OnetripError
  expect(`${code}: ${message}`).toContain(expected)
})

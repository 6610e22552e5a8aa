import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import nunjucks from 'nunjucks'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { describe, expect, test } from 'vitest'
import { resolveDataPolicy } from '../../../src/core/options/data-policy.ts'
import { checkTemplates } from '../../../src/engines/nunjucks/analysis/check.ts'
import type { Finding } from '../../../src/engines/nunjucks/analysis/finding.ts'

/**
 * Templates of shops, news sites and forums, written by somebody who did not write the check: 20
 * with one leak each, of the kinds that public issue trackers tell of, and 20 that look like it and
 * are right.
 */
const FOLDER = join(import.meta.dirname, 'leak-corpus')

interface Leak {
  readonly why: string
  readonly fragment: string
  readonly variable: string
}

function findingsIn(folder: string): readonly Finding[] {
  const { environment } = nunjucksEngine({
    environment: new nunjucks.Environment(new nunjucks.FileSystemLoader(folder)),
  })
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.njk'),
  )
  return checkTemplates(environment, names, {
    dataPolicy: resolveDataPolicy({}),
    hasTtl: false,
    versioned: [],
  })
}

const casesOf = (kind: string) =>
  readdirSync(join(FOLDER, kind)).map((name) => [name, join(FOLDER, kind, name)] as const)

/** Its cache tag stands around a block, which does not compile: nobody is ever shown it. */
const REFUSED = '13-query-echoed-in-title'

describe.each(casesOf('leaks'))('%s', (name, folder) => {
  const leak = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as Leak

  test(leak.why, () => {
    const findings = findingsIn(folder)
    if (name === REFUSED) {
      expect(findings.map(({ kind }) => kind)).toEqual(['template'])
      return
    }
    const found = findings.map(
      ({ kind, fragment, variable = '' }) => `${kind} ${fragment?.name} ${variable.split(/[.[]/)[0]}`,
    )
    expect(found).toContain(`leak ${leak.fragment} ${leak.variable}`)
    // And nothing that is none.
    expect(new Set(found).size).toBe(1)
  })
})

test.each(casesOf('clean'))('clean: %s', (_name, folder) => {
  expect(findingsIn(folder)).toEqual([])
})

test('the corpus has 20 templates of each kind', () => {
  expect([casesOf('leaks').length, casesOf('clean').length]).toEqual([20, 20])
})

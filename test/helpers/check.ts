import nunjucks from 'nunjucks'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { resolveDataPolicy } from '../../src/core/options/data-policy.ts'
import { checkTemplates } from '../../src/engines/nunjucks/analysis/check.ts'
import type { Finding } from '../../src/engines/nunjucks/analysis/finding.ts'
import { TestLoader } from './templates.ts'

/** Returns what `onetrip check` finds in the given templates by the default rules. */
export function findingsIn(templates: Readonly<Record<string, string>>, hasTtl = true): readonly Finding[] {
  const environment = new nunjucks.Environment(new TestLoader({ ...templates }))
  return checkTemplates(nunjucksEngine({ environment }).environment, Object.keys(templates), {
    dataPolicy: resolveDataPolicy({}),
    hasTtl,
    versioned: [],
  })
}

/** The same as short texts: `leak user.name`. */
export function shortFindingsIn(templates: Readonly<Record<string, string>> | string): string[] {
  const findings = findingsIn(typeof templates === 'string' ? { page: templates } : templates)
  return findings.map(({ kind, variable = '' }) => `${kind} ${variable}`)
}

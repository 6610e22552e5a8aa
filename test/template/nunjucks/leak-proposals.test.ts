import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import nunjucks from 'nunjucks'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { describe, expect, test } from 'vitest'
import { resolveRules } from '../../../src/fragment/rules.ts'
import { checkTemplates } from '../../../src/template/nunjucks/analysis/check.ts'
import type { Finding } from '../../../src/template/nunjucks/analysis/finding.ts'
import { TestLoader } from '../../helpers/templates.ts'

type Templates = Record<string, string>

function check(templates: Templates): readonly Finding[] {
  const { environment } = nunjucksEngine({ environment: new nunjucks.Environment(new TestLoader(templates)) })
  return checkTemplates(environment, Object.keys(templates), {
    rules: resolveRules({}),
    hasTtl: true,
    versioned: [],
  })
}

/** Puts what is proposed in the place of the tag. */
function apply(templates: Templates, { fragment, proposal }: Finding): Templates {
  const { template = '', line = 0, name } = fragment ?? {}
  const lines = (templates[template] as string).split('\n')
  const at = lines.slice(line - 1).join('\n')
  const changed = at.replace(new RegExp(`\\{%-?\\s*cache\\s+"${name}"[^%]*?-?%\\}`), () => proposal as string)
  expect(changed).not.toBe(at)
  return { ...templates, [template]: [...lines.slice(0, line - 1), changed].join('\n') }
}

const describeLeak = ({ kind, fragment, variable }: Finding) => `${kind} ${fragment?.name} ${variable}`

/** Follows one proposal after the other. */
function mend(templates: Templates): readonly Finding[] {
  let site = templates
  const seen = new Set<string>()
  for (;;) {
    const findings = check(site)
    const open = findings.find((finding) => finding.proposal !== undefined)
    if (!open) return findings
    // Each mends its own finding.
    expect(seen).not.toContain(describeLeak(open))
    seen.add(describeLeak(open))
    const before = new Set(findings.map(describeLeak))
    site = apply(site, open)
    const after = check(site).map(describeLeak)
    expect(after).not.toContain(describeLeak(open))
    expect(after.filter((one) => !before.has(one))).toEqual([])
  }
}

const CORPUS = join(import.meta.dirname, 'leak-corpus/leaks')
const cases = readdirSync(CORPUS).map((name) => {
  const folder = join(CORPUS, name)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.njk'),
  )
  return [
    name,
    Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')])),
  ] as const
})

test.each(cases)('%s: a proposal mends its finding and adds none', (_name, templates) => {
  expect(mend(templates).filter(({ proposal }) => proposal !== undefined)).toEqual([])
})

describe('a proposal', () => {
  const proposed = (template: string) => check({ page: template })[0]?.proposal
  test.each([
    [
      '{% cache "price", product.id, ttl="1h" %}{{ product.price }}{{ currency }}{% endcache %}',
      '{% cache "price", product.id, currency, ttl="1h" %}',
    ],
    [
      '{% cache "a", x | lower, [1, "b"], ttl="5m", tags=["t:" ~ x], if=not y %}{{ user.name }}{% endcache %}',
      '{% cache "a", x | lower, [1, "b"], user.id, ttl="5m", tags=["t:" ~ x], if=not y %}',
    ],
    ['{% cache "a" %}{{ request.url }}{% endcache %}', '{% cache "a", request.url %}'],
    ['{% cache "a" %}{% if user %}x{% endif %}{% endcache %}', '{% cache "a", "yes" if user else "no" %}'],
    [
      '{% cache "a" %}{% if not user.isAdmin %}x{% endif %}{% endcache %}',
      '{% cache "a", "yes" if user.isAdmin else "no" %}',
    ],
    ['{% cache "a" %}{{ user.address.city }}{% endcache %}', '{% cache "a", user.id %}'],
    ['{% cache "a" %}{{ locale }}{% endcache %}', '{% cache "a", locale %}'],
    ['{% cache "a" %}{{ request.t("home") }}{% endcache %}', '{% cache "a", request.t("home") %}'],
  ])('of %s', (template, proposal) => {
    expect(proposed(template)).toBe(proposal)
    expect(mend({ page: template })).toEqual([])
  })

  test.each([
    ['a list', '{% cache "a" %}{% for m in messages %}{{ m.text }}{% endfor %}{% endcache %}'],
    ['a function', '{% cache "a" %}{{ request.t(film.name) }}{% endcache %}'],
    ['a token', '{% cache "a" %}{{ csrfToken }}{% endcache %}'],
  ])('is not made for %s', (_what, template) => {
    expect(check({ page: template }).map(({ proposal }) => proposal)).not.toContainEqual(expect.anything())
  })

  test('for a token names perRequest', () => {
    expect(check({ page: '{% cache "a" %}{{ csrfToken }}{% endcache %}' })[0]?.message).toContain(
      "perRequest: ['csrfToken']",
    )
  })
})

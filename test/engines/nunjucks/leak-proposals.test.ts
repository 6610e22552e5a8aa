import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import nunjucks from 'nunjucks'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { describe, expect, test } from 'vitest'
import { resolveDataPolicy } from '../../../src/core/options/data-policy.ts'
import { checkTemplates } from '../../../src/engines/nunjucks/analysis/check.ts'
import type { Finding } from '../../../src/engines/nunjucks/analysis/finding.ts'
import { findingsIn } from '../../helpers/check.ts'
import { TestLoader } from '../../helpers/templates.ts'
import { LEAKS, SEVERAL_WAYS, type Templates } from './leak-cases.ts'

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
    const findings = findingsIn(site)
    const open = findings.find((finding) => finding.proposal !== undefined)
    if (!open) return findings
    // Each mends its own finding.
    expect(seen).not.toContain(describeLeak(open))
    seen.add(describeLeak(open))
    const before = new Set(findings.map(describeLeak))
    site = apply(site, open)
    const after = findingsIn(site).map(describeLeak)
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

const flows = [...SEVERAL_WAYS, ...LEAKS].map(
  ([name, templates]) => [name, typeof templates === 'string' ? { page: templates } : templates] as const,
)

test.each([...cases, ...flows])('%s: a proposal mends its finding and adds none', (_name, templates) => {
  expect(mend(templates).filter(({ proposal }) => proposal !== undefined)).toEqual([])
})

describe('a proposal', () => {
  const proposed = (template: string) => findingsIn({ page: template })[0]?.proposal
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
    ['{% cache "a" %}{{ headers["user-agent"] }}{% endcache %}', '{% cache "a", headers["user-agent"] %}'],
    [
      '{% set country = ip | countryName %}{% cache "a" %}{{ country }}{% endcache %}',
      '{% cache "a", country %}',
    ],
    [
      '{% for m in messages %}{% cache "a", m.id %}{{ loop.index }}{% endcache %}{% endfor %}',
      '{% cache "a", m.id, loop.index %}',
    ],
    [
      '{% for m in messages %}{% cache "a" %}{{ m.text }}{% endcache %}{% endfor %}',
      '{% cache "a", m.text %}',
    ],
    [
      '{% macro hi(who) %}{% cache "a" %}{{ who.name }}{% endcache %}{% endmacro %}{{ hi(user) }}',
      '{% cache "a", who.id %}',
    ],
    [
      '{% cache "a" %}{% if csrfToken %}x{% endif %}{% endcache %}',
      '{% cache "a", "yes" if csrfToken else "no" %}',
    ],
    [
      '{% set n = 0 %}{% for m in messages %}{% set n = n + 1 %}{% endfor %}{% cache "a" %}{{ n }}{% endcache %}',
      '{% cache "a", n %}',
    ],
  ])('of %s', (template, proposal) => {
    expect(proposed(template)).toBe(proposal)
    expect(mend({ page: template })).toEqual([])
  })

  test.each([
    ['a list', '{% cache "a" %}{% for m in messages %}{{ m.text }}{% endfor %}{% endcache %}'],
    ['a function', '{% cache "a" %}{{ request.t(film.name) }}{% endcache %}'],
    ['a token', '{% cache "a" %}{{ csrfToken }}{% endcache %}'],
  ])('is not made for %s', (_what, template) => {
    expect(findingsIn({ page: template }).map(({ proposal }) => proposal)).not.toContainEqual(
      expect.anything(),
    )
  })

  test.each<[string, string, string]>([
    ['a text', '{{ hi(user.name) }}', '{% cache "a", x %}'],
    ['an object', '{{ hi(user) }}', '{% cache "a", x.id %}'],
  ])('in a file of macros, which sees none of the page, names the argument: %s', (_what, call, proposal) => {
    const show = call.includes('name') ? '{{ x }}' : '{{ x.name }}'
    const templates = {
      page: `{% from "m" import hi %}${call}`,
      m: `{% macro hi(x) %}{% cache "a" %}${show}{% endcache %}{% endmacro %}`,
    }
    expect(findingsIn(templates)[0]?.proposal).toBe(proposal)
    expect(mend(templates)).toEqual([])
  })

  test('is not made of a name that stands for something else at the tag', () => {
    const templates = {
      page: '{% import "m" as m with context %}{% for user in team %}{% cache "a", user.id %}{{ m.hi() }}{% endcache %}{% endfor %}',
      m: '{% macro hi() %}{{ user.name }}{% endmacro %}',
    }
    expect(findingsIn(templates)[0]).toMatchObject({ kind: 'leak', variable: 'user.name' })
    expect(findingsIn(templates)[0]?.proposal).toBeUndefined()
  })

  test('has the delimiters of the environment', () => {
    const loader = new TestLoader({ page: '<% cache "a", x %><$ user.name $><% endcache %>' })
    const tags = { blockStart: '<%', blockEnd: '%>', variableStart: '<$', variableEnd: '$>' }
    const { environment } = nunjucksEngine({ environment: new nunjucks.Environment(loader, { tags }) })
    const [finding] = checkTemplates(environment, ['page'], {
      dataPolicy: resolveDataPolicy({}),
      hasTtl: true,
      versioned: [],
    })
    expect(finding?.proposal).toBe('<% cache "a", x, user.id %>')
    expect(finding?.message).toContain('<% nocache %><$ user.name $><% endnocache %>')
  })

  test('for a token names perRequest', () => {
    expect(findingsIn({ page: '{% cache "a" %}{{ csrfToken }}{% endcache %}' })[0]?.message).toContain(
      "perRequest: ['csrfToken']",
    )
  })
})

describe('other findings propose the whole tag, too', () => {
  test.each([
    [
      'no end',
      '{% cache "a", film.id, stale="1m" %}{{ film.title }}{% endcache %}',
      '{% cache "a", film.id, stale="1m", ttl="5m" %}',
    ],
    [
      'object part',
      '{% cache "a", locale, film, ttl="1h" %}{{ film.title }}{% endcache %}',
      '{% cache "a", locale, film.id, ttl="1h" %}',
    ],
    [
      'object part',
      '{% set f = shop.film %}{% cache "a", f, ttl="1h" %}{{ f.title }}{% endcache %}',
      '{% cache "a", f.id, ttl="1h" %}',
    ],
  ])('%s: %s', (kind, template, proposal) => {
    const findings = findingsIn({ page: template }, false)
    expect(findings.map((one) => [one.kind, one.proposal])).toEqual([[kind, proposal]])
    expect(findings[0]?.message).toContain(proposal)
    expect(findingsIn(apply({ page: template }, findings[0] as Finding), false)).toEqual([])
  })

  test('a hole that is given what it needs keeps what it was given', () => {
    const templates = {
      page: '{% for f in films %}{% include "i" %}{% endfor %}',
      i: '{% nocache id=f.id %}{{ id }}{{ f.title }}{% endnocache %}',
    }
    expect(findingsIn(templates)[0]?.message).toContain('{% nocache id=f.id, f=f %}')
  })
})

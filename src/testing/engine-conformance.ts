import type { FragmentCacheOptions } from '../core/options/cache-options.ts'
import type { TemplateEngine } from '../engines/template-engine.ts'
import { ConformanceSite, type EngineCase, type EngineSyntax, type EngineTest } from './engine/case.ts'
import { dataPolicyCases } from './engine/data-policy.ts'
import { failureCases } from './engine/failures.ts'
import { fragmentCases } from './engine/fragments.ts'
import { lazyCases } from './engine/lazy-values.ts'
import { outputCases } from './engine/output.ts'
import { requestPartCases } from './engine/request-parts.ts'

/** Options of {@link engineConformance}. */
export interface EngineConformanceOptions {
  /** The title of the suite. */
  readonly name: string
  /** `describe` of the test runner: of Vitest, Jest, Mocha, node:test. */
  readonly describe: (name: string, fn: () => void) => unknown
  /** `it` of the test runner. */
  readonly it: (name: string, fn: () => Promise<void>) => unknown
  /** Makes an engine of templates, by name. Called once or more for each check. */
  readonly create: (templates: Readonly<Record<string, string>>) => TemplateEngine | Promise<TemplateEngine>
  /**
   * Writes the templates of the suite. Functions that are left out stand for features that the
   * engine lacks.
   */
  readonly syntax: EngineSyntax
}

/**
 * Declares the tests that every template engine passes, over a cache with a store in memory: what
 * the core relies on.
 *
 * @example
 * import { describe, it } from 'vitest'
 * import { engineConformance } from 'onetrip/testing'
 *
 * engineConformance({
 *   name: 'my engine',
 *   describe,
 *   it,
 *   create: (templates) => myEngine(templates),
 *   syntax: {
 *     print: (expression) => `{{ ${expression} }}`,
 *     each: (item, list, body) => `{% for ${item} in ${list} %}${body}{% endfor %}`,
 *     include: (template) => `{% include "${template}" %}`,
 *     cache: ({ name, parts, ttl = '1h' }, body) =>
 *       `{% cache ${[`"${name}"`, ...parts].join(', ')}, ttl="${ttl}" %}${body}{% endcache %}`,
 *   },
 * })
 */
export function engineConformance({ name, describe, it, create, syntax }: EngineConformanceOptions): void {
  const groups: Record<string, readonly EngineCase[]> = {
    output: outputCases,
    fragments: fragmentCases,
    'lazy values': lazyCases,
    'values of one visitor': dataPolicyCases,
    'nocache, head and texts': requestPartCases,
    failures: failureCases,
  }
  describe(name, () => {
    for (const [group, all] of Object.entries(groups)) {
      const cases = all.filter(({ needs = [] }) => needs.every((feature) => syntax[feature]))
      // A test runner may refuse a group without tests.
      if (cases.length === 0) continue
      describe(group, () => {
        for (const { title, run } of cases) it(title, () => runCase(run, create, syntax))
      })
    }
  })
}

async function runCase(
  run: EngineCase['run'],
  create: EngineConformanceOptions['create'],
  syntax: EngineSyntax,
): Promise<void> {
  const sites: ConformanceSite[] = []
  const test: EngineTest = {
    // A case that uses an optional function is left out where there is none.
    syntax: { data: (path) => path, ...syntax } as Required<EngineSyntax>,
    create: async (templates) => create(templates),
    async open(templates, options: Partial<FragmentCacheOptions> = {}) {
      const site = new ConformanceSite(await create(templates), options)
      sites.push(site)
      return site
    },
  }
  try {
    await run(test)
  } finally {
    await Promise.all(sites.map((site) => site.cache.close()))
  }
}

import type { Hole, MaybePromise, Run, RunHost, TemplateEngine } from '../../src/engines/template-engine.ts'

/** A part of a scripted template's output: text or a fragment. */
export type Part = string | Fragment
export interface Fragment {
  name: string
  parts: readonly unknown[]
  body: () => MaybePromise<readonly Part[]>
}
// biome-ignore lint/suspicious/noExplicitAny: a script reads what its test passes
export type Script = (data: any) => MaybePromise<readonly Part[]>

export function fragment(name: string, parts: readonly unknown[], body: Fragment['body']): Fragment {
  return { name, parts, body }
}

/**
 * A template engine whose templates are functions: what a page may do, without the syntax of a real
 * one.
 */
export function scriptedEngine(scripts: Record<string, Script>): TemplateEngine {
  const run = async (template: string, parts: MaybePromise<readonly Part[]>, host: RunHost): Promise<Run> => {
    const holes: Hole[] = []
    const output = (await parts).map((part) => {
      if (typeof part === 'string') return part
      const place = { id: `${template}#${part.name}`, template, line: 1, digest: template }
      const body = (inner: RunHost) => run(template, part.body(), inner)
      const hole = host.declare({
        place,
        name: part.name,
        parts: part.parts,
        ttl: undefined,
        enabled: true,
        readsNocache: false,
        body,
      })
      holes.push(hole)
      return hole
    })
    return {
      parts: output,
      holes,
      missing: new Map(),
      captured: new Set(),
      templates: new Map([[template, template]]),
      readsNocache: false,
      perVisitorReads: new Map(),
      renderHole: ({ template: name }) => {
        throw new Error(`${name} has no holes`)
      },
    }
  }
  return {
    digest: 'scripted',
    run: async (template, data, host) => {
      const script = scripts[template]
      if (!script) throw new Error(`template not found: ${template}`)
      return run(template, script(data), host)
    },
    digestOf: (template) => (template in scripts ? template : null),
  }
}

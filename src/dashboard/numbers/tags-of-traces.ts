import type { Sources } from '../sources.ts'

type Traces = NonNullable<Sources['traces']>['recent']

/** Returns the tags of a fragment on the traced pages. */
export function tagsOfFragment(traces: Traces, fragment: string, template: string): string[] {
  const shown = traces.flatMap(({ fragments }) => fragments)
  const own = shown.filter((one) => one.name === fragment && one.template === template)
  return [...new Set(own.flatMap(({ tags }) => tags.map(({ name }) => name)))]
}

/** Returns all tags of the traced pages, each with the names of the fragments that have it. */
export function fragmentsByTag(traces: Traces): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { fragments } of traces)
    for (const { name: fragment, tags } of fragments)
      for (const { name } of tags) {
        const fragments = found.get(name) ?? new Set()
        found.set(name, fragments.add(fragment))
      }
  return found
}

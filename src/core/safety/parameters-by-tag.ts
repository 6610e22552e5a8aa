import { belongsToOneVisitor, type DataPolicy } from '../../engines/data-policy.ts'
import type { ParameterRead } from '../../engines/fragment-read.ts'

/** Origins of the parameters of one `{% fragment %}`. */
interface TagParameters {
  readonly template: string
  readonly line: number
  /** True if one of them belongs to one visitor by its name. */
  byName: boolean
  /** Paths into the data. */
  readonly paths: (readonly string[])[]
}

/** The tags of a page's templates, by the names of their fragments. */
export type ParametersByTag = ReadonlyMap<string, readonly TagParameters[]>

export const NO_TAGS: ParametersByTag = new Map()

/** Tags of what an engine returned: it returns the same array until a template changes. */
const known = new WeakMap<readonly ParameterRead[], { dataPolicy: DataPolicy; tags: ParametersByTag }>()

/** Groups reads by their tags, once for all pages of a template. */
export function parametersByTag(reads: readonly ParameterRead[], dataPolicy: DataPolicy): ParametersByTag {
  const last = known.get(reads)
  if (last?.dataPolicy === dataPolicy) return last.tags
  const tags = new Map<string, TagParameters[]>()
  for (const { fragment, path } of reads) {
    const { name, template, line } = fragment
    let ofName = tags.get(name)
    if (!ofName) {
      ofName = []
      tags.set(name, ofName)
    }
    let tag = ofName.find((one) => one.line === line && one.template === template)
    if (!tag) {
      tag = { template, line, byName: false, paths: [] }
      ofName.push(tag)
    }
    tag.byName ||= belongsToOneVisitor(path, dataPolicy)
    tag.paths.push(path)
  }
  known.set(reads, { dataPolicy, tags })
  return tags
}

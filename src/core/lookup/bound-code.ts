import type { Bindings } from '../../engines/bindings.ts'
import type { Declaration } from '../../engines/template-engine.ts'
import type { Entry } from '../entry/entry.ts'
import { parseProvenance } from '../entry/entry-fields.ts'
import { type Fragment, fragmentsIn } from '../fragment/fragment.ts'

// The code that a body takes from the page around it: macros, imports, blocks. One key may stand
// for other code on another page, so an entry keeps what it was bound to.

/** Returns true if an entry was made with the code that a fragment is bound to on this page. */
export function isBoundAs({ bind }: Pick<Declaration, 'bind'>, { provenance, bindings }: Entry): boolean {
  if (!bind) return bindings === ''
  return bind(parseProvenance(provenance).templates, blocksIn(bindings)).text === bindings
}

/** Returns true if a tag that is met again, with one key, is bound to the same code as before. */
export function isBoundAlike(one: Pick<Declaration, 'bind'>, other: Pick<Declaration, 'bind'>): boolean {
  if (!one.bind && !other.bind) return true
  return (one.bind?.().text ?? '') === (other.bind?.().text ?? '')
}

/** Returns the code that a fragment is bound to, before it is known what its body runs. */
export function boundTo({ bind }: Pick<Fragment, 'bind'>): string {
  return bind ? bind().text : ''
}

/**
 * Returns the code that a rendered fragment took, with what was taken inside it; or as a string why
 * an entry cannot keep it.
 * @param templates the templates whose code ran in it
 */
export function boundCode(fragment: Fragment, templates: ReadonlyMap<string, string>): Bindings | string {
  if (!fragment.bind && !fragment.body?.result?.borrowed && fragment.inner.length === 0) return NOTHING
  const blocks = new Set<string>()
  const macros = new Set<object>()
  const unsure = collect(fragment, blocks, macros)
  if (unsure !== undefined) return unsure
  const bindings = fragment.bind?.(templates, blocks, macros) ?? NOTHING
  return bindings.unsure ?? bindings
}

const NOTHING: Bindings = { text: '', macros: new Set(), unsure: undefined }

function collect(
  { body, bind, entry, inner }: Fragment,
  blocks: Set<string>,
  macros: Set<object>,
): string | undefined {
  const borrowed = body?.result?.borrowed
  if (borrowed?.unsure !== undefined) return borrowed.unsure
  for (const block of borrowed?.blocks ?? []) blocks.add(block)
  for (const macro of borrowed?.macros ?? []) macros.add(macro)
  if (entry && bind) {
    const taken = blocksIn(entry.bindings) ?? []
    for (const block of taken) blocks.add(block)
    for (const macro of bind(parseProvenance(entry.provenance).templates, taken, []).macros) macros.add(macro)
  }
  for (const one of fragmentsIn(inner)) {
    const unsure = collect(one, blocks, macros)
    if (unsure !== undefined) return unsure
  }
  return undefined
}

/** Returns the questions about blocks that a text answers: each is a line before its answer. */
function blocksIn(text: string): string[] | undefined {
  return text.startsWith('#')
    ? text.split('\n').filter((line, n) => n % 2 === 0 && line.startsWith('#'))
    : undefined
}

import type { Lazy } from '../../engines/lazy.ts'
import type { Run } from '../../engines/template-engine.ts'
import { UnsettledError } from '../../errors.ts'
import type { PageNode } from '../fragment/page-node.ts'

/** Limit of the runs of one template or body on one page. */
export const MAX_RUNS = 50
/** Limit of the depth of fragments in one another. */
export const MAX_DEPTH = 1_000
/** Limit of the titles of a chain that a message shows. */
const SHOWN_TITLES = 5

/** Returns the error of a template whose runs never settle. */
export function unsettledPage(template: string, run: Run): UnsettledError {
  const what =
    run.missing.size > 0
      ? lazyValues(run.missing.values())
      : `the text of a fragment whose key changes: ${[...run.captured].map((hole) => hole.place.id).join(', ')}`
  return new UnsettledError(
    `${template} never settles: it was run ${MAX_RUNS} times, and each run reads ${what}.`,
  )
}

/** Returns the error of bodies whose runs never settle. @param missing what they read last */
export function unsettledBodies(
  cut: readonly PageNode[],
  missing: ReadonlyMap<Lazy<unknown>, string>,
): UnsettledError {
  const titles = cut.map(({ title }) => title).join(', ')
  const what = missing.size > 0 ? lazyValues(missing.values()) : 'text that is missing'
  return new UnsettledError(
    `Fragments never settle: ${titles} were run ${MAX_RUNS} times, and each run reads ${what}.`,
  )
}

function lazyValues(names: Iterable<string>): string {
  return `a lazy value that each run makes again: ${[...names].join(', ')}`
}

/**
 * Returns the error of a node that was never filled: that of its body, or that it waits for itself.
 */
export function neverFilled(node: PageNode): unknown {
  const { title } = node
  const failure = failureIn(node)
  if (failure) return failure.error
  return new UnsettledError(`The fragment ${title} never settles: its body uses text that contains it.`)
}

function failureIn({ body, inner }: PageNode): { readonly error: unknown } | undefined {
  if (body?.failure) return body.failure
  return inner.map(failureIn).find((failure) => failure !== undefined)
}

/** Returns the error of a fragment that is rendered inside itself. */
export function endless(chain: readonly PageNode[]): UnsettledError {
  const titles = chain.map(({ title }) => title)
  return new UnsettledError(`A fragment renders itself without end: ${[...titles, titles[0]].join(' > ')}.`)
}

/**
 * Returns the error of fragments that stand too deep in one another.
 * @param node the innermost one
 */
export function tooDeep(node: PageNode): UnsettledError {
  const titles: string[] = []
  for (let one: PageNode | undefined = node; one && titles.length < SHOWN_TITLES; [one] = one.around)
    titles.unshift(one.title)
  return new UnsettledError(
    `Fragments are nested more than ${MAX_DEPTH} deep, the innermost ${titles.join(' > ')}: ` +
      'a template that includes itself, or a macro that calls itself, does not end.',
  )
}

import { OptionError } from '../errors.ts'
import type { Rules } from '../template/template-engine.ts'

/** The options that say what a template's names are. */
export interface RuleOptions {
  readonly perRequest?: readonly string[] | undefined
}

/** @throws OptionError */
export function resolveRules(options: RuleOptions): Rules {
  return { perRequest: readNames('perRequest', options.perRequest ?? [], "['csrfToken', 'cspNonce']") }
}

const NAME = /^[A-Za-z_$][\w$]*$/

function readNames(option: string, value: unknown, example: string): readonly string[] {
  if (!Array.isArray(value)) {
    throw new OptionError(
      `The option ${option} takes a list of names, such as ${example}, not ${show(value)}.`,
    )
  }
  const wrong: unknown = value.find((name) => typeof name !== 'string' || !NAME.test(name))
  if (wrong === undefined) return [...value]
  throw new OptionError(
    `The option ${option} has ${show(wrong)} in it, which is no name of a template's data: it takes a list such as ${example}.`,
  )
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

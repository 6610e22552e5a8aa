import { TagError } from '../../../errors.ts'
import type { BodyNames } from '../compiler/tags.ts'
import { type Environment, type Frame, nunjucks } from '../nunjucks.ts'
import type { HolePlace } from '../own-code.ts'
import type { PageContext } from './context.ts'
import { RunFrame } from './frame.ts'

/** Checks of the values that a `{% nocache %}` is given by name, and of the names that it reads. */

/**
 * Refuses a name that code around the hole has set: an include in a loop, a `{% set %}` of another
 * template. The compiler has refused what it could see.
 */
export function refuseBound(
  place: HolePlace,
  given: object,
  context: PageContext,
  frame: Frame,
  data: object,
): void {
  for (const [name] of setAround(place, given, context, frame, data)) {
    throw new TagError(
      `{% nocache %} reads "${name}", which code around it has set (${where(place)}): on a hit that does not run. ` +
        (Object.keys(given).length > 0
          ? `Pass it by name, beside what the tag has: ${name}=${name}`
          : `Pass it by name: {% nocache ${name}=${name} %}`),
    )
  }
}

/**
 * The names that a hole reads, is not given, and that code around it has set; with their values.
 */
export function* setAround(
  { names }: HolePlace,
  given: object,
  context: PageContext,
  frame: Frame,
  data: object,
): Generator<[name: string, value: unknown]> {
  for (const name of names) {
    if (Object.hasOwn(given, name)) continue
    const here = valueHere(name, context, frame)
    if (here !== undefined && here !== pageValue(name, data, context.env)) yield [name, here]
  }
}

/** Returns true if all that a body may read is of the page's data, with no text in it. */
export function readsDataOnly(
  context: PageContext,
  frame: Frame,
  { picked, variables }: BodyNames,
  data: object,
): boolean {
  if (picked === null || variables.length > 0) return false
  return picked.every((name) => {
    const value = valueHere(name, context, frame)
    return value === undefined || value === pageValue(name, data, context.env)
  })
}

/** Returns the value of a name at a tag. */
function valueHere(name: string, context: PageContext, frame: Frame): unknown {
  const value = frame.lookup(name)
  return value === undefined ? context.lookup(name) : value
}

/** Returns the value of a name for the whole page. */
function pageValue(name: string, data: object, env: Environment): unknown {
  return Object.hasOwn(data, name) ? data[name as never] : env.globals[name]
}

/**
 * The values as an entry keeps them. `undefined` is `null`, so that nothing of the page's data is
 * found under its name.
 * @throws TagError for what JSON does not keep
 */
export function valuesOf(place: HolePlace, given: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const problem = problemOf(value, new Set())
    if (problem) {
      throw new TagError(
        `The value "${name}" of a {% nocache %} ${problem} (${where(place)}). The fragment around it keeps the ` +
          'value: pass strings, numbers, booleans, and arrays and plain objects of these, such as an id',
      )
    }
    values[name] = asKept(value)
  }
  return values
}

function asKept(value: unknown): unknown {
  if (value === undefined) return null
  return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : value
}

function problemOf(value: unknown, around: Set<object>): string | undefined {
  if (value === null || ['string', 'boolean', 'undefined'].includes(typeof value)) return undefined
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : `is ${value}, which JSON does not keep`
  if (typeof value !== 'object') return `is a ${typeof value}, which JSON does not keep`
  if (around.has(value)) return 'contains itself'
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return `is or has ${nameOf(value)}, which JSON does not keep`
  }
  const within = new Set([...around, value])
  for (const item of Object.values(value)) {
    const problem =
      item === undefined ? 'has undefined in it, which JSON does not keep' : problemOf(item, within)
    if (problem) return problem
  }
  return undefined
}

function nameOf(value: object): string {
  if (value instanceof nunjucks.runtime.SafeString)
    return 'a string that is marked as safe: use the filter safe inside'
  const { name } = (Object.getPrototypeOf(value) as { constructor?: { name?: string } }).constructor ?? {}
  return name ? `an object of the class ${name}` : 'an object of a class'
}

function where({ template, line }: HolePlace): string {
  return `${template}, line ${line}`
}

/** The scope of a hole: what it was given, and around it the page's data. */
export function frameOf(values: Readonly<Record<string, unknown>>): Frame {
  const frame = new RunFrame()
  frame.topLevel = true
  Object.assign(frame.variables, values)
  return frame
}

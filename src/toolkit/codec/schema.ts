import { OptionError, ToolkitError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { type Codec, checkCodec, json } from './codec.ts'

/** The part of Standard Schema v1 that is used: Zod, Valibot, ArkType and others implement it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Types of the values, for the compiler. @defaultValue none */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The result of a validation. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** A fault that a validation found. */
export interface SchemaIssue {
  readonly message: string
  /** Path of the fault in the value. @defaultValue the value itself */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/**
 * Creates a codec that validates values by a Standard Schema when they are written and when they
 * are read. Stored is the value as it was given; what is read is the result of the schema, with its
 * defaults and conversions.
 *
 * A schema must answer at once: one that returns a promise is refused, since the commands of a
 * batch
 * are queued in the order of the calls. Validate such values before.
 *
 * @param codec how the values are stored, by default as JSON
 * @throws OptionError
 *
 * @example
 * ```ts
 * const carts = kit.hash('carts', { codec: schema(z.object({ count: z.number() })) })
 * ```
 */
export function schema<Input, Output>(
  standard: StandardSchema<Input, Output>,
  codec: Codec<unknown> = json(),
): Codec<Output, Input> {
  const validator = (standard as Partial<StandardSchema<Input, Output>> | undefined)?.['~standard']
  if (typeof validator?.validate !== 'function')
    throw new OptionError(`schema takes a Standard Schema, such as one of Zod; got ${show(standard)}`)
  const { encode, decode } = checkCodec<unknown, unknown>('schema', codec)
  const check = (value: unknown): Output => {
    const result = validator.validate(value)
    if (result instanceof Promise) {
      result.catch(() => {})
      throw new ToolkitError(
        'The schema validates asynchronously: validate the value before, and store the result',
        {
          reason: 'not-supported',
        },
      )
    }
    if (result.issues) throw invalid(result.issues)
    return result.value
  }
  return {
    encode(value) {
      check(value)
      return encode(value)
    },
    decode: (stored) => check(decode(stored)),
  }
}

function invalid(issues: readonly SchemaIssue[]): ToolkitError {
  const text = issues.map(({ message, path = [] }) => {
    const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return place === '' ? message : `${place}: ${message}`
  })
  return new ToolkitError(`The schema refuses the value: ${text.join('; ')}`, {
    reason: 'invalid',
    cause: issues,
  })
}

import { listOf } from '../containers/replies.ts'
import { refuse, refuseUnknownField, refuseValue } from './model-errors.ts'
import type { ModelScripts } from './model-scripts.ts'
import { INCREMENT } from './scripts/write.ts'

/** Adds to a number of a record. @returns the number after that @throws ModelError */
export async function incrementField<R extends object>(
  scripts: ModelScripts<R>,
  id: string,
  field: string,
  by: number,
): Promise<number> {
  const { schema } = scripts
  const known = schema.fields.get(field) ?? refuseUnknownField(schema.name, field, schema.names)
  const { type } = known
  if (!['integer', 'number'].includes(type.name))
    refuse('invalid', `${schema.name}.${field} is not a number, which increment needs`)
  const step = type.encode(by) ?? refuseValue(schema.name, field, type.expected, by)
  const made = known.makeDefault?.()
  const absent = (made === undefined ? undefined : type.encode(made)) ?? '0'
  const whole = type.name === 'integer' ? '1' : '0'
  const [failed, value, other] = listOf(await scripts.run(INCREMENT, [id, field, step, absent, whole]))
  if (Number(failed) === 0) return Number(String(value))
  if (String(value) === 'duplicate') scripts.refuseDuplicate(field, String(other))
  if (String(value) === 'not-found') scripts.refuseMissing(id)
  return refuse('invalid', `${schema.name} '${id}': ${field} would be beyond what a number holds`)
}

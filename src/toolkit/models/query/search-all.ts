import { refuse } from '../model-errors.ts'
import type { ModelSchema } from '../model-schema.ts'
import type { Expression } from './expression.ts'
import { FieldRef } from './field-ref.ts'

/**
 * Returns the expression that words are in one of the fields with a full-text index.
 *
 * @throws ModelError (`no-index`)
 */
export function searchAll({ name, fields }: ModelSchema, key: string, words: string): Expression {
  const searched = [...fields.values()].filter(({ search }) => search)
  const [first, ...others] = searched.map((field) => new FieldRef(key, name, field).search(words))
  if (first) return others.length === 0 ? first : first.or(...others)
  return refuse(
    'no-index',
    `${name} has no field with a full-text index: write text().search() for one of them in the model`,
  )
}

import type { KitContext } from '../kit-context.ts'
import type { ModelFields } from './fields/record-of.ts'
import { Model, type ModelRefs } from './model.ts'

/** A model with its fields as properties, except those that have the name of a method. */
export type ModelOf<Fields extends ModelFields> = Model<Fields> & Omit<ModelRefs<Fields>, keyof Model<Fields>>

/** Creates a model, whose fields are properties of it. */
export function createModel<Fields extends ModelFields>(
  context: KitContext,
  name: string,
  fields: Fields,
): ModelOf<Fields> {
  const model = new Model(context, name, fields)
  for (const [field, ref] of Object.entries(model.fields))
    if (!(field in model)) Object.defineProperty(model, field, { value: ref, enumerable: true })
  return model as ModelOf<Fields>
}

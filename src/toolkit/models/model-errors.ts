import { ModelError, type ModelErrorReason } from '../../errors.ts'
import { nearestOf } from '../../options/nearest-name.ts'
import { show } from '../../options/show.ts'

/** @throws ModelError always */
export function refuse(reason: ModelErrorReason, message: string, cause?: unknown): never {
  throw new ModelError(message, cause === undefined ? { reason } : { reason, cause })
}

/** @throws ModelError always: a value of a wrong type */
export function refuseValue(model: string, field: string, expected: string, value: unknown): never {
  return refuse('invalid', `${model}.${field} must be ${expected}; got ${show(value)}`)
}

/** @throws ModelError always: a field that the model does not have */
export function refuseUnknownField(model: string, field: string, known: readonly string[]): never {
  const near = nearestOf(field, known)
  const hint = near === undefined ? '' : `: did you mean "${near}"?`
  return refuse('invalid', `The model ${model} has no field "${field}"${hint} It has: ${known.join(', ')}`)
}

import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { field as codecField } from './fields/builders.ts'
import { Field, type FieldDefinition } from './fields/field.ts'

/** A field with its name. */
export interface NamedField extends FieldDefinition {
  readonly name: string
}

/** The checked fields of a model, and what its scripts need to know of them. */
export interface ModelSchema {
  /** Name of the model. */
  readonly name: string
  readonly fields: ReadonlyMap<string, NamedField>
  readonly names: readonly string[]
  readonly primaryKey: NamedField
  /** Fields that are stored in the hash of a record. */
  readonly stored: readonly NamedField[]
  readonly containers: readonly NamedField[]
  /** First argument of each script. */
  readonly spec: string
}

/** Names that are not in the keys of the hash of a record for another purpose. */
const NAME = /^[A-Za-z_$][\w$]*$/

/** @throws OptionError */
export function readSchema(name: string, fields: unknown): ModelSchema {
  if (!isPlainObject(fields) || Object.keys(fields).length === 0)
    throw new OptionError(
      `kit.model('${name}') takes an object of fields, such as { id: uuid().primaryKey() }; got ${show(fields)}`,
    )
  const all = Object.entries(fields).map(([field, value]) => readField(name, field, value))
  const primaryKey = primaryKeyOf(name, all)
  const stored = all.filter((field) => field !== primaryKey && !field.container)
  const containers = all.filter(({ container }) => container !== undefined)
  return {
    name,
    fields: new Map(all.map((field) => [field.name, field])),
    names: all.map((field) => field.name),
    primaryKey,
    stored,
    containers,
    spec: specOf(all, primaryKey, containers),
  }
}

function readField(model: string, name: string, value: unknown): NamedField {
  if (!NAME.test(name))
    throw new OptionError(
      `${model}: the name of a field must have letters, digits, _ and $ only; got ${show(name)}`,
    )
  if (name === '__proto__')
    throw new OptionError(`${model}: a field must not be named __proto__, which an object does not keep`)
  const given = value instanceof Field ? value : codecOf(model, name, value)
  return { ...given.definition, name }
}

function codecOf(model: string, name: string, value: unknown): Field {
  try {
    return codecField(value as never)
  } catch (error) {
    throw new OptionError(`${model}.${name} must be a field such as text(), or a codec; got ${show(value)}`, {
      cause: error,
    })
  }
}

function primaryKeyOf(model: string, fields: readonly NamedField[]): NamedField {
  const keys = fields.filter(({ primaryKey }) => primaryKey)
  const [first] = keys
  if (!first || keys.length > 1)
    throw new OptionError(
      `${model} must have one primary key, such as id: uuid().primaryKey(); it has ${keys.length}`,
    )
  if (first.optional || first.unique)
    throw new OptionError(`${model}.${first.name} is the primary key, which is neither optional nor unique()`)
  const counted = fields.find((field) => field.automatic && field !== first)
  if (counted)
    throw new OptionError(
      `${model}.${counted.name}: autoIncrement() is for primary keys: write autoIncrement().primaryKey()`,
    )
  return first
}

/**
 * Returns the JSON of the facts that scripts need: `k`, the primary key; `a`, if it is counted;
 * `f`, the indexed fields, each with `n` for numbers or `b` for bytes, and with 1 if it is unique;
 * `t`, those with a full-text index; `c`, the containers.
 */
function specOf(all: readonly NamedField[], key: NamedField, containers: readonly NamedField[]): string {
  return JSON.stringify({
    k: key.name,
    a: key.automatic ?? false,
    f: all
      .filter(({ indexed }) => indexed)
      .map(({ name, type, unique }) => [name, type.order === 'number' ? 'n' : 'b', unique ? 1 : 0]),
    t: all.filter(({ search }) => search).map(({ name }) => name),
    c: containers.map(({ name }) => name),
  })
}

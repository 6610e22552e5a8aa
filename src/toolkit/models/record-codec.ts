import { messageOf } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import type { KitContext } from '../kit-context.ts'
import { documentEntry } from '../text/document-entry.ts'
import { refuse, refuseUnknownField, refuseValue } from './model-errors.ts'
import type { ModelSchema, NamedField } from './model-schema.ts'
import { remember } from './record-states.ts'

type Argument = string | Buffer

/** Returns the stored form of a primary key. @throws ModelError (`invalid`) */
export function encodeId(schema: ModelSchema, value: unknown): string {
  return storedId(schema, value) ?? refuseId(schema, value)
}

/**
 * Returns the stored form of the primary key of a record that is asked for; undefined for text or a
 * number that no record has as its key, such as `'abc'` of a UUID: it may be of an address that a
 * visitor wrote, and is as absent as any other.
 *
 * @throws ModelError (`invalid`) for a value of another type, which is a mistake of the program
 */
export function encodeAskedId(schema: ModelSchema, value: unknown): string | undefined {
  const stored = storedId(schema, value)
  if (stored !== undefined) return stored
  const { order } = schema.primaryKey.type
  return typeof value === (order === 'number' ? 'number' : 'string') ? undefined : refuseId(schema, value)
}

function storedId({ primaryKey: { type, automatic } }: ModelSchema, value: unknown): string | undefined {
  const stored = type.encode(value)
  if (stored === undefined || stored === '' || (automatic && Number(stored) < 1)) return undefined
  return String(stored)
}

function refuseId({ name, primaryKey }: ModelSchema, value: unknown): never {
  const { type, automatic } = primaryKey
  const limit = automatic ? ' and at least 1' : type.order === 'bytes' ? ' that is not empty' : ''
  return refuseValue(name, primaryKey.name, type.expected + limit, value)
}

/** Largest counted key that may be given. Beyond 2^53 numbers of Lua are no longer exact. */
const MAX_GIVEN = 2 ** 52

/**
 * Returns a new record as arguments of the script.
 *
 * @throws ModelError (`invalid`)
 */
export function encodeNew(schema: ModelSchema, values: unknown): Argument[] {
  const given = fieldsOf(schema, 'create', values)
  const { primaryKey } = schema
  const key = given[primaryKey.name] ?? (primaryKey.automatic ? undefined : primaryKey.makeDefault?.())
  const id = key === undefined && primaryKey.automatic ? '' : encodeId(schema, key)
  if (primaryKey.automatic && Number(id) > MAX_GIVEN)
    refuseValue(schema.name, primaryKey.name, 'at most 2^52, so that the server can count on', key)
  const pairs = schema.stored.flatMap((field) =>
    encodeField(schema, field, valueOrDefault(field, given[field.name])),
  )
  const containers = schema.containers.filter(({ name }) => given[name] !== undefined)
  return [
    'c',
    id,
    ...counted(pairs, 2),
    ...encodeTexts(schema.stored, pairs),
    ...encodeContainers(schema, containers, given),
  ]
}

function encodeContainers(
  schema: ModelSchema,
  fields: readonly NamedField[],
  given: Readonly<Record<string, unknown>>,
): Argument[] {
  const args: Argument[] = [String(fields.length)]
  for (const { name, container } of fields) {
    if (!container) continue
    try {
      const items = container.encode(given[name])
      args.push(name, container.command, ...counted(items, 1))
    } catch (error) {
      return refuse(
        'invalid',
        `${schema.name}.${name}: ${error instanceof Error ? error.message : error}`,
        error,
      )
    }
  }
  return args
}

/**
 * Returns all values of a record as arguments of the script.
 *
 * @param version that the record must have; empty for any
 * @throws ModelError (`invalid`, `primary-key`)
 */
export function encodeRecord(schema: ModelSchema, id: string, version: string, record: object): Argument[] {
  const values = record as Readonly<Record<string, unknown>>
  const known = new Set(schema.names)
  for (const name of Object.keys(values))
    if (!known.has(name)) refuseUnknownField(schema.name, name, schema.names)
  const key = values[schema.primaryKey.name]
  if (schema.primaryKey.type.encode(key)?.toString() !== id) refusePrimaryKey(schema, id, key)
  const pairs = schema.stored.flatMap((field) => encodeField(schema, field, values[field.name]))
  return [version, id, ...counted(pairs, 2), ...encodeTexts(schema.stored, pairs), '0']
}

/** Returns an update as arguments of the script. @throws ModelError (`invalid`, `primary-key`) */
export function encodeChanges(
  schema: ModelSchema,
  id: string,
  version: string,
  changes: unknown,
): Argument[] {
  const given = fieldsOf(schema, 'update', changes)
  const key = given[schema.primaryKey.name]
  if (key !== undefined && schema.primaryKey.type.encode(key)?.toString() !== id)
    refusePrimaryKey(schema, id, key)
  const container = schema.containers.find(({ name }) => given[name] !== undefined)
  if (container)
    refuse(
      'invalid',
      `${schema.name}.${container.name} is a container: change it by its own methods, such as record.${container.name}.clear()`,
    )
  const fields = schema.stored.filter(({ name }) => given[name] !== undefined)
  const pairs = fields.flatMap((field) => encodeField(schema, field, given[field.name]))
  return [version, id, ...counted(pairs, 2), ...encodeTexts(fields, pairs), '0']
}

/** @param pairs of these fields */
function encodeTexts(fields: readonly NamedField[], pairs: readonly Argument[]): Argument[] {
  const args: Argument[] = []
  for (const [n, { name, search }] of fields.entries()) {
    if (!search) continue
    const isNull = pairs[2 * n] !== name
    const { length, lines } = isNull
      ? { length: '', lines: '' }
      : documentEntry(String(pairs[2 * n + 1]), search)
    args.push(name, String(length), lines)
  }
  return counted(args, 3)
}

function refusePrimaryKey({ name, primaryKey }: ModelSchema, id: string, key: unknown): never {
  return refuse(
    'primary-key',
    `${name}.${primaryKey.name} is the primary key, which cannot change from '${id}' to ${show(key)}: ` +
      'create another record, and delete this one',
  )
}

function counted(items: readonly Argument[], each: number): Argument[] {
  return [String(items.length / each), ...items]
}

/** @throws ModelError (`invalid`) */
function fieldsOf({ name, names }: ModelSchema, method: string, values: unknown): Record<string, unknown> {
  if (!isPlainObject(values))
    return refuse('invalid', `${name}: ${method} takes an object of fields; got ${show(values)}`)
  const known = new Set(names)
  for (const field of Object.keys(values)) if (!known.has(field)) refuseUnknownField(name, field, names)
  // A field may be named like a property of all objects, such as constructor.
  return Object.assign(Object.create(null), values)
}

/** Returns the value, or that of a record that lacks one. */
function valueOrDefault(field: NamedField, value: unknown): unknown {
  if (value !== undefined) return value
  const made = field.makeDefault?.()
  return made === undefined && field.optional ? null : made
}

/** Returns the pair of a field: its name and its stored form, or `!name`. */
function encodeField({ name: model }: ModelSchema, field: NamedField, value: unknown): Argument[] {
  const { name, type, optional, indexed } = field
  // A codec may have a form of null of its own.
  if (value === null && (optional || type.name !== 'codec'))
    return optional
      ? [`!${name}`, '1']
      : refuseValue(model, name, `${type.expected}: it is not optional()`, value)
  let stored: Argument | undefined
  try {
    stored = type.encode(value)
  } catch (error) {
    return refuse('invalid', `${model}.${name}: ${error instanceof Error ? error.message : error}`, error)
  }
  if (stored === undefined) return refuseValue(model, name, type.expected, value)
  if (indexed && type.order === 'bytes' && Buffer.byteLength(stored) > MAX_INDEXED)
    return refuse(
      'invalid',
      `${model}.${name} has an index, and may have at most ${MAX_INDEXED} bytes; got ${Buffer.byteLength(stored)}`,
    )
  return [name, stored]
}

/** Largest stored form of text that has an index, in bytes: the index has a copy of it. */
const MAX_INDEXED = 4_096

/**
 * Returns the record of a hash.
 *
 * @param hash names and values in turn
 * @param base begin of the names of containers
 * @throws ModelError (`undecodable`)
 */
export function decodeRecord(
  schema: ModelSchema,
  context: KitContext,
  key: string,
  base: string,
  id: string,
  hash: readonly unknown[],
): object {
  const stored = new Map<string, Buffer>()
  for (let at = 0; at + 1 < hash.length; at += 2) stored.set(String(hash[at]), hash[at + 1] as Buffer)
  const record: Record<string, unknown> = {}
  for (const field of schema.fields.values()) {
    if (field === schema.primaryKey) record[field.name] = decodeField(schema, field, id, Buffer.from(id))
    else if (field.container)
      Object.defineProperty(record, field.name, {
        value: field.container.open(context, `${base}:c:${field.name}:${id}`),
      })
    else record[field.name] = readField(schema, field, id, stored)
  }
  remember(record, { model: key, id, version: String(stored.get(':v') ?? '') })
  return record
}

function readField(
  schema: ModelSchema,
  field: NamedField,
  id: string,
  stored: ReadonlyMap<string, Buffer>,
): unknown {
  const value = stored.get(field.name)
  if (value !== undefined) return decodeField(schema, field, id, value)
  if (stored.has(`!${field.name}`)) return null
  const added = valueOrDefault(field, undefined)
  if (added !== undefined) {
    // A copy: all records that lack the field have the same default, and may be changed.
    const [name, copy = ''] = encodeField(schema, field, added)
    return name === field.name ? decodeField(schema, field, id, Buffer.from(copy)) : null
  }
  return refuse(
    'undecodable',
    `${schema.name} '${id}' has no ${field.name}: give a field that was added later a default() or optional()`,
  )
}

function decodeField(
  { name: model }: ModelSchema,
  { name, type }: NamedField,
  id: string,
  value: Buffer,
): unknown {
  try {
    return type.decode(value)
  } catch (error) {
    return refuse(
      'undecodable',
      `${model} '${id}': ${name} has a value of ${value.length} bytes that cannot be read as ${type.name}: ` +
        `${messageOf(error)}. Was it written when the field had another type?`,
      error,
    )
  }
}

import { boolean, date, field, integer, json, number, type Toolkit, text, uuid } from 'onetrip/toolkit'
import { expect } from 'vitest'

/** A model with a field of each kind. */
export const userModel = (kit: Toolkit) =>
  kit.model('user', {
    id: text().primaryKey(),
    name: text().index(),
    age: integer().index().optional(),
    email: text().unique().optional(),
    score: number().index().default(0),
    active: boolean().index().default(true),
    born: date().index().optional(),
    token: uuid().index().optional(),
    settings: field(json<{ theme: string } | null>()).optional(),
    bio: text().default(''),
  })

export type UserModel = ReturnType<typeof userModel>

/** Matches an error of a model. */
export const modelError = (reason: string) => expect.objectContaining({ code: 'ERR_ONETRIP_MODEL', reason })

/** Returns the names of records. */
export const names = (records: readonly { readonly name: string }[]) => records.map(({ name }) => name)

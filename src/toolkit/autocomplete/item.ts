import { OptionError } from '../../errors.ts'
import { refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'

/** Something that can be found by its title. */
export interface AutocompleteItem<In = unknown> {
  /** Names the item: adding another of the same id replaces it. Up to 512 bytes. */
  readonly id: string
  /** Text that is searched, of any length: the first 50 words of it. */
  readonly title: string
  /**
   * Kind of the item, such as `film`, by which a search can choose. An index has up to 32 types.
   *
   * @defaultValue none
   */
  readonly type?: string | undefined
  /**
   * Popularity, from 0 to 1. Items that match alike are in its order, and then in that of letters.
   *
   * @defaultValue 0
   */
  readonly score?: number | undefined
  /**
   * Value that comes back with the item, such as an address and an image.
   *
   * @defaultValue none
   */
  readonly data?: In | undefined
}

/** The parts of an {@link AutocompleteItem} that an update sets. Those left out stay. */
export type AutocompletePatch<In = unknown> = {
  readonly [Part in Exclude<keyof AutocompleteItem<In>, 'id'>]?: AutocompleteItem<In>[Part] | undefined
}

/** An item as it is read. */
export interface AutocompleteEntry<Out = unknown> {
  readonly id: string
  readonly title: string
  /** Undefined if it has none. */
  readonly type: string | undefined
  /** Popularity, from 0 to 1. */
  readonly score: number
  /** Undefined if it has none. */
  readonly data: Out | undefined
}

const LONGEST_NAME = 512

/** Returns an id or a type, checked: it is a part of keys and replies. @throws OptionError */
export function checkItemName(kind: 'id' | 'type', name: unknown): string {
  const isName =
    typeof name === 'string' && name !== '' && !name.includes('\n') && Buffer.byteLength(name) <= LONGEST_NAME
  if (isName) return name
  throw new OptionError(
    `autocomplete: the ${kind} must be a string of 1 to ${LONGEST_NAME} bytes in one line; got ${show(name)}`,
  )
}

/** @throws OptionError */
export function checkItem<In>(item: unknown): AutocompleteItem<In> {
  if (!isPlainObject(item))
    throw new OptionError(`autocomplete takes an item { id, title }; got ${show(item)}`)
  refuseUnknownOptions('An item of autocomplete', item, ['id', 'title', 'type', 'score', 'data'], {
    name: 'title',
    text: 'title',
  })
  const { id, title, type, score = 0, data } = item
  return {
    id: checkItemName('id', id),
    title: checkTitle(title),
    type: type === undefined ? undefined : checkItemName('type', type),
    score: checkScore(score),
    data: data as In | undefined,
  }
}

/** @throws OptionError */
export function checkPatch<In>(patch: unknown): AutocompletePatch<In> {
  if (!isPlainObject(patch)) throw new OptionError(`update takes an object of changes; got ${show(patch)}`)
  refuseUnknownOptions('update', patch, ['title', 'type', 'score', 'data'])
  const { title, type, score, data } = patch
  return {
    title: title === undefined ? undefined : checkTitle(title),
    type: type === undefined ? undefined : checkItemName('type', type),
    score: score === undefined ? undefined : checkScore(score),
    data: data as In | undefined,
  }
}

function checkTitle(title: unknown): string {
  if (typeof title === 'string') return title
  throw new OptionError(`autocomplete: the title must be a string; got ${show(title)}`)
}

function checkScore(score: unknown): number {
  if (typeof score === 'number' && score >= 0 && score <= 1) return score
  return refuseOption('score', 'a number from 0 to 1', score)
}

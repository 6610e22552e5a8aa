import { messageOf, ToolkitError } from '../../errors.ts'
import { type Codec, encodeArgument } from '../codec/codec.ts'
import {
  type AutocompleteEntry,
  type AutocompleteItem,
  type AutocompletePatch,
  checkItemName,
} from './item.ts'
import { titleWords } from './title-words.ts'

/**
 * The stored form of an item: lines of words, score, type and length of the title in bytes, then
 * the title and the data. Scripts read the words. A title that is like its words has the length 0,
 * and is left out.
 */
const LINES = 4
const NEWLINE = 0x0a
/** Before data: those of a codec may be empty. */
const HAS_DATA = Buffer.from('=')

/** Returns the arguments of the script for an item: id, words, score, type, rest. */
export function itemArguments<In>(
  { id, title, type = '', score = 0, data }: AutocompleteItem<In>,
  codec: Codec<unknown, In>,
): (string | Buffer)[] {
  const words = titleWords(title)
  const stored = storedTitle(title, words)
  const begin = Buffer.from(`${Buffer.byteLength(stored)}\n${stored}`)
  return [id, words, String(score), type, Buffer.concat([begin, encodeData(data, codec)])]
}

/**
 * Returns the arguments of the script that changes an item: its id, and for words, score, type,
 * title and data: 1 and the value, or 0 and nothing.
 */
export function patchArguments<In>(
  id: unknown,
  { title, type, score, data }: AutocompletePatch<In>,
  codec: Codec<unknown, In>,
): (string | Buffer)[] {
  const words = title === undefined ? undefined : titleWords(title)
  const parts = [
    words,
    score === undefined ? undefined : String(score),
    type,
    title === undefined || words === undefined ? undefined : storedTitle(title, words),
    data === undefined ? undefined : encodeData(data, codec),
  ]
  return [checkItemName('id', id), ...parts.flatMap((part) => (part === undefined ? ['0', ''] : ['1', part]))]
}

/** Returns the title as it is stored beside its words. */
function storedTitle(title: string, words: string): string {
  return title === words ? '' : title
}

function encodeData<In>(data: In | undefined, codec: Codec<unknown, In>): Buffer {
  return data === undefined
    ? Buffer.alloc(0)
    : Buffer.concat([HAS_DATA, Buffer.from(encodeArgument(codec, data))])
}

/** @throws ToolkitError (`undecodable`) */
export function readRecord<Out>(
  owner: string,
  id: string,
  record: Buffer,
  codec: Pick<Codec<Out>, 'decode'>,
): AutocompleteEntry<Out> {
  const lines: string[] = []
  let at = 0
  while (lines.length < LINES) {
    const end = record.indexOf(NEWLINE, at)
    if (end === -1) throw undecodable(owner, id, 'another program has written it')
    lines.push(record.toString('utf8', at, end))
    at = end + 1
  }
  const [words = '', score, type, length] = lines
  const end = at + Number(length)
  return {
    id,
    title: end === at ? words : record.toString('utf8', at, end),
    type: type === '' ? undefined : type,
    score: Number(score),
    data:
      end === record.length
        ? undefined
        : decodeData(owner, id, record.subarray(end + HAS_DATA.length), codec),
  }
}

function decodeData<Out>(owner: string, id: string, stored: Buffer, codec: Pick<Codec<Out>, 'decode'>): Out {
  try {
    return codec.decode(stored)
  } catch (error) {
    throw undecodable(owner, id, `its data: ${messageOf(error)}`, error)
  }
}

function undecodable(owner: string, id: string, why: string, cause?: unknown): ToolkitError {
  const message = `${owner}: the item '${id}' cannot be decoded: ${why}`
  return new ToolkitError(message, { reason: 'undecodable', cause })
}

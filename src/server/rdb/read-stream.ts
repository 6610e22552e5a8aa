import { type ConsumerGroup, UNKNOWN_COUNT } from '../commands/streams/consumer-group.ts'
import type { NodeLimits } from '../commands/streams/node-size.ts'
import { countUpTo } from '../commands/streams/read-counter.ts'
import { Stream } from '../commands/streams/stream.ts'
import { compareIds, type StreamId, toWord } from '../commands/streams/stream-id.ts'
import { readListpack } from './compact-lists.ts'
import { RdbError } from './rdb-error.ts'
import { RdbReader } from './rdb-reader.ts'

const DELETED = 1
const SAME_FIELDS = 2
const ID_BYTES = 16
/** The counter of a group that does not know how many entries it has read. */
const UNKNOWN_WORD = 2n ** 64n - 1n

/**
 * Reads a stream.
 *
 * @param counters false for the format of Redis before 7.0
 * @throws RdbError
 */
export function readStream(reader: RdbReader, counters: boolean, limits: NodeLimits): Stream {
  const stream = new Stream()
  for (let nodes = reader.count(); nodes > 0; nodes--) {
    const id = reader.text()
    if (id.length !== ID_BYTES) throw new RdbError()
    readNode(stream, readId(new RdbReader(id)), new Elements(readListpack(reader.text())), limits)
  }
  if (reader.word() !== stream.size) throw new RdbError()
  const lastId = { ms: reader.word(), seq: reader.word() }
  if (compareIds(lastId, stream.lastId) < 0) throw new RdbError()
  stream.lastId = lastId
  if (counters) {
    // The first id follows from the entries.
    reader.word()
    reader.word()
    stream.maxDeletedId = { ms: reader.word(), seq: reader.word() }
    stream.entriesAdded = reader.word()
  }
  for (let groups = reader.count(); groups > 0; groups--) readGroup(stream, reader, counters)
  return stream
}

function readId(reader: RdbReader): StreamId {
  return { ms: reader.bigEndian64(), seq: reader.bigEndian64() }
}

/** The elements of a listpack, one after the other. */
class Elements {
  readonly #elements: readonly string[]
  #at = 0

  constructor(elements: readonly string[]) {
    this.#elements = elements
  }

  text(): string {
    const element = this.#elements[this.#at++]
    if (element === undefined) throw new RdbError()
    return element
  }

  /** Reads a number of elements that are still to come. */
  count(): number {
    const count = Number(this.text())
    if (!(count >= 0 && count <= this.#elements.length)) throw new RdbError()
    return count
  }

  integer(): bigint {
    const text = this.text()
    if (!/^-?\d{1,20}$/.test(text)) throw new RdbError()
    return BigInt(text)
  }
}

function readNode(stream: Stream, begin: StreamId, elements: Elements, limits: NodeLimits): void {
  const entries = elements.count() + elements.count()
  const fields = Array.from({ length: elements.count() }, () => elements.text())
  elements.integer()
  for (let n = 0; n < entries; n++) {
    const flags = Number(elements.integer())
    const ms = toWord(BigInt.asUintN(64, BigInt(begin.ms) + elements.integer()))
    const seq = toWord(BigInt.asUintN(64, BigInt(begin.seq) + elements.integer()))
    const pairs = (flags & SAME_FIELDS) === 0 ? readPairs(elements) : readValues(elements, fields)
    elements.integer()
    if ((flags & DELETED) === 0) append(stream, { ms, seq }, pairs, limits)
  }
}

function append(stream: Stream, id: StreamId, pairs: readonly string[], limits: NodeLimits): void {
  if (stream.size > 0 && compareIds(id, stream.lastId) <= 0) throw new RdbError()
  let length = 0
  for (const text of pairs) length += text.length
  stream.append(id, pairs, length, limits)
}

function readPairs(elements: Elements): string[] {
  return Array.from({ length: 2 * elements.count() }, () => elements.text())
}

function readValues(elements: Elements, fields: readonly string[]): string[] {
  return fields.flatMap((field) => [field, elements.text()])
}

function readGroup(stream: Stream, reader: RdbReader, counters: boolean): void {
  const name = reader.text()
  const lastId = { ms: reader.word(), seq: reader.word() }
  const read = counters ? reader.word() : countUpTo(stream, lastId)
  if (!stream.createGroup(name, lastId, read === UNKNOWN_WORD ? UNKNOWN_COUNT : read)) throw new RdbError()
  const group = stream.groups.get(name) as ConsumerGroup
  for (let pending = reader.count(); pending > 0; pending--) {
    const id = readId(reader)
    if (group.pending.get(id) !== undefined) throw new RdbError()
    const added = group.add(id, reader.time())
    added.deliveries = reader.word()
  }
  for (let consumers = reader.count(); consumers > 0; consumers--) readConsumer(group, reader)
  for (const { consumer } of group.pending) if (consumer === undefined) throw new RdbError()
}

function readConsumer(group: ConsumerGroup, reader: RdbReader): void {
  const name = reader.text()
  if (group.consumers.has(name)) throw new RdbError()
  const consumer = group.createConsumer(name, reader.time())
  for (let count = reader.count(); count > 0; count--) {
    const pending = group.pending.get(readId(reader))
    if (pending === undefined || pending.consumer !== undefined) throw new RdbError()
    group.assign(pending, consumer)
  }
}

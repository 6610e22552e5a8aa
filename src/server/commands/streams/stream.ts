import { Container } from '../../data/entry.ts'
import { stringBytes } from '../../data/memory-size.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { IdList } from './id-list.ts'
import { addEntrySize, isFull, type NodeLimits } from './node-size.ts'
import { addToWord, MIN_ID, nextId, type StreamId, type Word } from './stream-id.ts'
import { type Trim, trimEntries } from './trim.ts'

/** An entry of a stream: its id, and its fields and values in turns. */
export interface StreamEntry extends StreamId {
  readonly fields: readonly string[]
}

/** Estimated memory of a stream without entries, in bytes. */
const STREAM_BYTES = 840
/** Estimated memory of an entry besides its fields and values, in bytes, with its place. */
const ENTRY_BYTES = 110
const FIELD_BYTES = 8
/** Numbers from it on are objects of their own, of so many bytes. */
const LARGE_NUMBER = 2 ** 31
const NUMBER_BYTES = 16

function entryBytes({ ms, fields }: StreamEntry): number {
  let bytes = ENTRY_BYTES + FIELD_BYTES * fields.length
  if (ms >= LARGE_NUMBER) bytes += NUMBER_BYTES
  for (const text of fields) bytes += stringBytes(text.length)
  return bytes
}

/** A stream: entries ordered by id, and groups of consumers that share them. */
export class Stream extends Container {
  readonly type = 'stream'
  /** Its blocks are what Redis calls nodes: `MAXLEN ~` removes whole ones. */
  entries = new IdList<StreamEntry>(entryBytes)
  readonly groups = new Map<string, ConsumerGroup>()
  /** The largest id that it ever had, or that XSETID set. A new object for each entry. */
  lastId: StreamId = { ms: 0, seq: 0 }
  /** The largest id that XDEL removed. */
  maxDeletedId: StreamId = MIN_ID
  /** Number of entries that were ever added. */
  entriesAdded: Word = 0
  /** Estimated memory of the groups. */
  readonly #groupMemory = { bytes: 0 }

  get bytes(): number {
    return STREAM_BYTES + this.entries.memory + this.#groupMemory.bytes
  }

  get size(): number {
    return this.entries.size
  }

  /** The id of the first entry, 0-0 without entries. */
  get firstId(): StreamId {
    return this.entries.first ?? MIN_ID
  }

  encoding(): string {
    return 'stream'
  }

  /** Returns the id of an entry that is added at a time; undefined if there is none left. */
  idAt(now: number): StreamId | undefined {
    return now > this.lastId.ms ? { ms: now, seq: 0 } : nextId(this.lastId)
  }

  /**
   * Adds an entry.
   *
   * @param id must be above the last one
   * @param textLength length of all fields and values
   */
  append(id: StreamId, fields: readonly string[], textLength: number, limits: NodeLimits): void {
    const { entries } = this
    const last = entries.blocks.at(-1)
    const newNode = last === undefined || isFull(last, textLength, limits)
    const node = entries.append({ ms: id.ms, seq: id.seq, fields }, newNode)
    addEntrySize(node, id, fields, newNode)
    this.lastId = node.end
    this.entriesAdded = addToWord(this.entriesAdded, 1)
  }

  /** Removes an entry. Returns false if there is none of this id. */
  delete(id: StreamId): boolean {
    return this.entries.delete(id)
  }

  /** Removes entries from the begin. Returns their number. */
  trim(trim: Trim): number {
    return trimEntries(this.entries, trim)
  }

  /** Creates a group of consumers. Returns false if there is one of this name. */
  createGroup(name: string, lastId: StreamId, entriesRead: Word): boolean {
    if (this.groups.has(name)) return false
    this.groups.set(name, new ConsumerGroup(this.#groupMemory, name, lastId, entriesRead))
    return true
  }

  /** Removes a group of consumers. Returns false if there is none of this name. */
  deleteGroup(name: string): boolean {
    const group = this.groups.get(name)
    if (!group) return false
    group.release()
    return this.groups.delete(name)
  }

  copy(): Stream {
    const copied = new Stream()
    // Entries are never changed.
    copied.entries = this.entries.copy((entry) => entry)
    copied.lastId = this.lastId
    copied.maxDeletedId = this.maxDeletedId
    copied.entriesAdded = this.entriesAdded
    for (const [name, group] of this.groups) copied.groups.set(name, group.copy(copied.#groupMemory))
    return copied
  }
}

import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { EncodingLimits } from '../config/encoding-limits.ts'
import type { Database } from '../data/database.ts'
import { RdbError } from '../rdb/rdb-error.ts'
import { readRdb, writeRdb } from '../rdb/rdb-file.ts'
import type { Libraries } from '../scripting/libraries.ts'
import { ServerError } from '../server-error.ts'

/** Bytes that are written at once. */
const WRITE_SIZE = 1024 * 1024

/** The contents of the file: those of an instance of the server. */
export interface Kept {
  readonly clock: { readonly now: number }
  readonly databases: readonly Database[]
  readonly libraries: Libraries
  readonly limits: EncodingLimits
}

/** The file that keeps the keys while no server runs, in the format of Redis. */
export class SnapshotFile {
  readonly path: string

  constructor(path: string) {
    this.path = resolve(path)
  }

  /**
   * Reads the keys into empty databases. A file that does not exist has none.
   *
   * @throws ServerError if the file cannot be read or is damaged, or its folder does not exist
   */
  read({ clock, databases, libraries, limits }: Kept): void {
    this.#checkFolder()
    const bytes = this.#bytes()
    if (bytes === undefined) return
    const addLibrary = (text: string) => libraries.addLater(text)
    try {
      for (const { database, key, value, expiresAt } of readRdb(bytes, limits, addLibrary)) {
        const target = databases[database]
        if (!target) throw this.#error(`has keys of the database ${database}: set the parameter databases`)
        if (expiresAt <= clock.now) continue
        target.set(key, value)
        if (expiresAt !== Number.POSITIVE_INFINITY) target.setExpiry(key, expiresAt)
        target.changed(key, 'g', 'restore')
      }
    } catch (cause) {
      if (!(cause instanceof RdbError)) throw cause
      throw this.#error(
        'is damaged, or is no file of Redis up to 7.0. It was left alone: move it away, or name another one',
        cause,
      )
    }
  }

  /**
   * Writes the keys beside the file, and then puts what was written in its place.
   *
   * @throws ServerError; the file is as it was
   */
  write({ databases, libraries, limits }: Kept): void {
    this.#checkFolder()
    const temporary = `${this.path}.${process.pid}.tmp`
    try {
      writeBeside(temporary, this.path, writeRdb(databases, limits, libraries.texts))
    } catch (cause) {
      throw this.#error(`cannot be written: ${(cause as Error).message}`, cause)
    }
  }

  /** Refuses a folder that does not exist: at the start, before there are keys to lose. */
  #checkFolder(): void {
    const folder = dirname(this.path)
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw this.#error(`cannot be written: there is no folder ${folder}`)
  }

  #bytes(): string | undefined {
    try {
      return readFileSync(this.path, 'latin1')
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw this.#error(`cannot be read: ${(cause as Error).message}`, cause)
    }
  }

  #error(what: string, cause?: unknown): ServerError {
    return new ServerError('ERR_ONETRIP_SERVER_SNAPSHOT', `The file ${this.path} ${what}.`, { cause })
  }
}

/** Writes a file under another name, and renames it when all is on the disk. */
function writeBeside(temporary: string, path: string, parts: Iterable<string>): void {
  const file = openSync(temporary, 'w')
  try {
    writeAll(file, parts)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Writes to an open file, and closes it. */
function writeAll(file: number, parts: Iterable<string>): void {
  try {
    // Unlike writeSync(), it fails where the disk has room for a part of the text only.
    for (const part of joined(parts)) writeFileSync(file, part, 'latin1')
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Joins parts, so that each write is a large one. */
function* joined(parts: Iterable<string>): Generator<string> {
  let text = ''
  for (const part of parts) {
    text += part
    if (text.length < WRITE_SIZE) continue
    yield text
    text = ''
  }
  yield text
}

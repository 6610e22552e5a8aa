import { type FileHandle, open, stat } from 'node:fs/promises'

const CHUNK = 256 * 1024
/** Longer lines are none of ours. */
const MAX_LINE = 64 * 1024

/**
 * The lines of a file that grows, and that is replaced by a new one (logrotate), or emptied
 * (copytruncate), now and then.
 */
export class FollowedFile {
  readonly #path: string
  #file: FileHandle | undefined
  #inode = 0
  #offset = 0

  constructor(path: string) {
    this.#path = path
  }

  /**
   * Yields the lines that were added since the last call. A line without its end is left for the
   * next one.
   * @throws what the file system throws, if there is no such file
   */
  async *added(): AsyncGenerator<string, void, void> {
    this.#file ??= await this.#open()
    yield* this.#read(this.#file)
    const now = await stat(this.#path).catch(() => undefined)
    // Between the two files of a rotation there is none.
    if (!now || now.ino === this.#inode) return
    // What was written to the old one until the new one was there.
    yield* this.#read(this.#file)
    await this.#file.close()
    this.#file = await this.#open()
    yield* this.#read(this.#file)
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#path)
    this.#inode = (await file.stat()).ino
    this.#offset = 0
    return file
  }

  async *#read(file: FileHandle): AsyncGenerator<string, void, void> {
    if ((await file.stat()).size < this.#offset) {
      this.#offset = 0
    }
    const buffer = Buffer.allocUnsafe(CHUNK)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, this.#offset)
      if (bytesRead === 0) return
      // Whole lines only, so that no character is cut; a chunk without an end of a line is skipped.
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1
      if (end === 0 && bytesRead < CHUNK) return
      this.#offset += end === 0 ? bytesRead : end
      for (const line of buffer.toString('utf8', 0, end).split('\n'))
        if (line !== '' && line.length <= MAX_LINE) yield line
    }
  }
}

/**
 * Bytes that were received and not read yet. The buffer doubles, so that an answer of many pieces
 * is copied a few times and not once for each piece. No byte is written twice: views of what was
 * read stay valid.
 */
export class Unread {
  #room: Buffer = Buffer.alloc(0)
  #from = 0
  #to = 0

  get bytes(): Buffer {
    return this.#room.subarray(this.#from, this.#to)
  }

  get length(): number {
    return this.#to - this.#from
  }

  append(piece: Buffer): void {
    if (this.length === 0) {
      this.#room = piece
      this.#from = 0
      this.#to = piece.length
      return
    }
    if (this.#room.length - this.#to < piece.length) {
      const length = this.length
      const room = Buffer.allocUnsafeSlow(2 * (length + piece.length))
      this.bytes.copy(room)
      this.#room = room
      this.#from = 0
      this.#to = length
    }
    this.#to += piece.copy(this.#room, this.#to)
  }

  /** Drops the first `length` bytes, which were read. */
  take(length: number): void {
    this.#from += length
  }
}

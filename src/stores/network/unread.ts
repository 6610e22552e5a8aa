/**
 * What has come and is not read yet. Its room doubles, so that an answer of many pieces is copied a few times and not once for
 * each piece. What was taken from it stays as it is: no byte is written twice.
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

  /** The first so many bytes were read. */
  take(length: number): void {
    this.#from += length
  }
}

import { LRUCache } from 'lru-cache'
import type { MaybePromise } from '../../engines/template-engine.ts'
import { type Compress, decompress, NOT_COMPRESSED } from '../../serializers/compression.ts'
import { type Serializer, Serializers } from '../../serializers/serializer.ts'

/** How many bytes are kept decompressed, beside what the store may take, counted with those that they were made of. */
const MOST_DECOMPRESSED = 16 * 1024 * 1024

/**
 * The body of a value's entry: the serializer (1 byte), the compression (1 byte), and what they have made. So a process reads
 * what another has written by other options.
 */
export class ValueCodec {
  readonly #serializers = new Serializers()
  readonly #serializer: Serializer
  readonly #compress: Compress | undefined
  readonly #maxBytes: number
  /** By the bytes that a store keeps a copy of: a hit of the first tier is not decompressed again. */
  #decompressed: LRUCache<ArrayBufferLike, Buffer> | undefined

  /** @param maxBytes how large a value may be before it is compressed */
  constructor(serializer: Serializer, compress: Compress | undefined, maxBytes: number) {
    this.#serializer = this.#serializers.add(serializer)
    this.#compress = compress
    this.#maxBytes = maxBytes
  }

  /** A serializer of one function's own. @throws OptionError */
  knows(serializer: Serializer): Serializer {
    return this.#serializers.add(serializer)
  }

  /** @throws what the serializer throws */
  encode(value: unknown, serializer = this.#serializer): MaybePromise<Buffer> {
    const bytes = serializer.serialize(value)
    // What is too large stays so: nobody would unpack it, and whoever writes it refuses it.
    if (!this.#compress || bytes.length > this.#maxBytes) return body(serializer.id, NOT_COMPRESSED, bytes)
    return this.#compress(bytes).then((made) => body(serializer.id, made.id, made.bytes))
  }

  /**
   * @param whole the bytes that the body is a part of, if a store keeps them
   * @throws what the serializer throws, and where nobody can read the bytes
   */
  decode(bytes: Buffer, whole?: Buffer): MaybePromise<unknown> {
    const serializer = this.#serializers.byId(bytes[0] ?? -1)
    if (!serializer) throw new TypeError(`There is no serializer with the id ${bytes[0]}`)
    const compression = bytes[1] as number
    const made = bytes.subarray(2)
    if (compression === NOT_COMPRESSED) return serializer.deserialize(made)
    const known = whole && this.#decompressed?.get(whole.buffer)
    if (known) return serializer.deserialize(known)
    return decompress(compression, made, this.#maxBytes).then((plain) => {
      // A copy of the first tier has memory of its own; what a socket delivered shares it with others.
      if (whole && whole.length === whole.buffer.byteLength) this.#remember(whole.buffer, plain)
      return serializer.deserialize(plain)
    })
  }

  #remember(stored: ArrayBufferLike, plain: Buffer): void {
    this.#decompressed ??= new LRUCache({
      maxSize: MOST_DECOMPRESSED,
      sizeCalculation: (bytes, of) => bytes.length + of.byteLength + 1,
    })
    this.#decompressed.set(stored, plain)
  }
}

function body(serializer: number, compression: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(serializer, compression), bytes])
}

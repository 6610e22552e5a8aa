import { LRUCache } from 'lru-cache'
import type { MaybePromise } from '../../engines/template-engine.ts'
import { type Compress, decompress, NOT_COMPRESSED } from '../../serializers/compression.ts'
import { type Serializer, Serializers } from '../../serializers/serializer.ts'

/** Most bytes that are kept decompressed, together with the bytes that they were made of. */
const MAX_DECOMPRESSED = 16 * 1024 * 1024

/**
 * Encodes values: serializer (1 byte), compression (1 byte), and the bytes, so that a process reads
 * what another has written with other options.
 */
export class ValueCodec {
  readonly #serializers = new Serializers()
  readonly #serializer: Serializer
  readonly #compress: Compress | undefined
  readonly #maxBytes: number
  /** By the bytes of a local copy, which is decompressed once. */
  #decompressed: LRUCache<ArrayBufferLike, Buffer> | undefined

  /** @param maxBytes largest value that is compressed */
  constructor(serializer: Serializer, compress: Compress | undefined, maxBytes: number) {
    this.#serializer = this.#serializers.add(serializer)
    this.#compress = compress
    this.#maxBytes = maxBytes
  }

  /** Adds the serializer of one function. @throws OptionError */
  knows(serializer: Serializer): Serializer {
    return this.#serializers.add(serializer)
  }

  /** Encodes a value. @throws what the serializer throws */
  encode(value: unknown, serializer = this.#serializer): MaybePromise<Buffer> {
    const bytes = serializer.serialize(value)
    // A value that is too large is refused anyway.
    if (!this.#compress || bytes.length > this.#maxBytes) return body(serializer.id, NOT_COMPRESSED, bytes)
    return this.#compress(bytes).then((made) => body(serializer.id, made.id, made.bytes))
  }

  /**
   * Decodes a value.
   * @param whole the bytes that the body is a part of, if a store keeps them
   * @throws what the serializer throws, TypeError if no serializer can read the bytes
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
      // A local copy has memory of its own; what a socket has read shares it.
      if (whole && whole.length === whole.buffer.byteLength) this.#remember(whole.buffer, plain)
      return serializer.deserialize(plain)
    })
  }

  #remember(stored: ArrayBufferLike, plain: Buffer): void {
    this.#decompressed ??= new LRUCache({
      maxSize: MAX_DECOMPRESSED,
      sizeCalculation: (bytes, of) => bytes.length + of.byteLength + 1,
    })
    this.#decompressed.set(stored, plain)
  }
}

function body(serializer: number, compression: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(serializer, compression), bytes])
}

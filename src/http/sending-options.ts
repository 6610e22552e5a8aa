import { readBoolean } from '../options/read-option.ts'
import {
  COMPRESS_MEMBERS,
  type CompressPagesOptions,
  readCompressPages,
} from './compress/compress-options.ts'
import { PageCompression } from './compress/page-compression.ts'
import { PageSender } from './page-sender.ts'

/** Options of how `reply.view` and `res.render` send pages. */
export interface SendingOptions {
  /**
   * Compresses pages. One that consists of the same text and the same entries as an earlier one is
   * sent from its compressed copy in memory.
   * @defaultValue false
   */
  compress?: boolean | CompressPagesOptions | undefined
  /**
   * Sends an `ETag` with pages, made of what they consist of without reading the bytes of entries,
   * and answers 304 to a visitor who has the page.
   * @defaultValue false
   */
  etag?: boolean | undefined
}

/** All names of {@link SendingOptions}. */
export const SENDING_OPTIONS = ['compress', 'etag'] as const satisfies readonly (keyof SendingOptions)[]

/** Names of the members of each group. */
export const SENDING_GROUPS = { compress: COMPRESS_MEMBERS } as const

/** @returns undefined: pages are sent as they are. @throws OptionError */
export function readSending(options: SendingOptions): PageSender | undefined {
  const compress = readCompressPages(options.compress)
  const etag = readBoolean('etag', options.etag === undefined ? false : options.etag)
  return compress || etag ? new PageSender(compress && new PageCompression(compress), etag) : undefined
}

import { formatDouble } from '../data/numbers.ts'

/** Encodings that differ between RESP2 and RESP3. */
export interface ReplyForm {
  readonly version: 2 | 3
  /** An absent value. */
  readonly nil: string
  /** An absent array. */
  readonly nilArray: string
  /** The begin of a map: as many pairs of replies follow. */
  mapHeader(pairs: number): string
  /** The begin of a set: as many replies follow. */
  setHeader(size: number): string
  /** The begin of a message that answers no command: as many replies follow. */
  pushHeader(size: number): string
  double(value: number): string
  boolean(value: boolean): string
  /** @param format three letters, such as `txt` */
  verbatim(text: string, format: string): string
}

export const RESP2: ReplyForm = {
  version: 2,
  nil: '$-1\r\n',
  nilArray: '*-1\r\n',
  mapHeader: (pairs) => `*${2 * pairs}\r\n`,
  setHeader: (size) => `*${size}\r\n`,
  pushHeader: (size) => `*${size}\r\n`,
  double: (value) => {
    const text = formatDouble(value)
    return `$${text.length}\r\n${text}\r\n`
  },
  boolean: (value) => (value ? ':1\r\n' : ':0\r\n'),
  verbatim: (text) => `$${text.length}\r\n${text}\r\n`,
}

export const RESP3: ReplyForm = {
  version: 3,
  nil: '_\r\n',
  nilArray: '_\r\n',
  mapHeader: (pairs) => `%${pairs}\r\n`,
  setHeader: (size) => `~${size}\r\n`,
  pushHeader: (size) => `>${size}\r\n`,
  double: (value) => `,${formatDouble(value)}\r\n`,
  boolean: (value) => (value ? '#t\r\n' : '#f\r\n'),
  verbatim: (text, format) => `=${text.length + 4}\r\n${format}:${text}\r\n`,
}

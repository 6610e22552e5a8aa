import { CommandError } from '../../command-error.ts'
import { array, bulk, integer } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'

type Sample = (form: ReplyForm) => string

/** One reply of each type, for DEBUG PROTOCOL. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  string: () => bulk('Hello World'),
  integer: () => integer(12345),
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the number that Redis answers.
  double: (form) => form.double(3.141),
  null: (form) => form.nil,
  array: () => array([integer(0), integer(1), integer(2)]),
  set: (form) => form.setHeader(3) + integer(0) + integer(1) + integer(2),
  map: (form) => form.mapHeader(3) + [0, 1, 2].map((n) => integer(n) + form.boolean(n === 1)).join(''),
  attrib: ({ version }) => {
    // RESP2 has no attributes: only the reply is sent.
    const attributes = `|1\r\n${bulk('key-popularity')}${array([bulk('key:123'), integer(90)])}`
    const reply = bulk('Some real reply following the attribute')
    return version === 3 ? attributes + reply : reply
  },
  push: (form) => {
    if (form.version === 2) throw new CommandError('ERR RESP2 is not supported by this command')
    return form.pushHeader(2) + bulk('server-cpu-usage') + integer(42)
  },
  bignum: ({ version }) => {
    const digits = '1234567999999999999999999999999999999'
    return version === 3 ? `(${digits}\r\n` : bulk(digits)
  },
  true: (form) => form.boolean(true),
  false: (form) => form.boolean(false),
  verbatim: (form) => form.verbatim('This is a verbatim\nstring', 'txt'),
}

/** @throws CommandError */
export function protocolSample(form: ReplyForm, type: string): string {
  const lower = type.toLowerCase()
  const sample = Object.hasOwn(SAMPLES, lower) ? SAMPLES[lower] : undefined
  if (sample) return sample(form)
  throw new CommandError(
    'ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|' +
      'map|attrib|push|verbatim|true|false',
  )
}

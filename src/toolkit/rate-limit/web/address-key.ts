import { isIPv4, isIPv6 } from 'node:net'

/** Groups of an IPv6 address, and those of its network: a visitor has a whole one, of 64 bits. */
const GROUPS = 8
const NETWORK = 4

/** An IPv4 address, or an IPv6 address in brackets, with a port. */
const WITH_PORT = /^(?:\[(.+)\]|([\d.]+)):\d+$/

/**
 * Returns the key of an address: an IPv4 address itself, also where it is written as IPv6, and of
 * another IPv6 address the network of 64 bits, all addresses of which one visitor may use. A port,
 * which some proxies write behind it, does not count. What is no address stays as it is.
 *
 * @example
 * ```ts
 * addressKey('2001:db8:1:2:3:4:5:6') // '2001:db8:1:2::/64'
 * ```
 */
export function addressKey(address: string): string {
  const [, long, short] = WITH_PORT.exec(address) ?? []
  const bare = long ?? short ?? address
  if (!isIPv6(bare)) return isIPv4(bare) ? bare : address
  const groups = groupsOf(bare.split('%')[0] ?? '')
  const [high = 0, low = 0] = groups.slice(-2)
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0))
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const network = groups.slice(0, NETWORK).map((group) => group.toString(16))
  return `${network.join(':')}::/64`
}

/** Returns the 8 numbers of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [before = '', after] = address.split('::')
  const [head, tail] = [numbersIn(before), numbersIn(after ?? '')]
  const zeros = after === undefined ? 0 : GROUPS - head.length - tail.length
  return [...head, ...new Array<number>(zeros).fill(0), ...tail]
}

function numbersIn(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

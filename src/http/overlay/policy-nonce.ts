/** Directives that say which scripts run, the one that counts first. */
const DIRECTIVES = ['script-src-elem', 'script-src', 'default-src']
const NONCE = /'nonce-([\w+/=-]+)'/

/**
 * Returns the nonce that a `Content-Security-Policy` lets scripts run by; undefined if it names
 * none.
 * @param header the value of the response's header, or of several
 */
export function policyNonce(header: unknown): string | undefined {
  const policies = [header].flat().filter((policy) => typeof policy === 'string')
  const directives = policies.flatMap((policy) => policy.split(/[;,]/)).map((one) => one.trim())
  for (const name of DIRECTIVES) {
    const directive = directives.find((one) => one.toLowerCase().startsWith(`${name} `))
    if (directive !== undefined) return NONCE.exec(directive)?.[1]
  }
  return undefined
}

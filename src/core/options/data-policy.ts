import type { DataPolicy } from '../../engines/template-engine.ts'
import { OptionError } from '../../errors.ts'

/** The options that say what a template's names are. */
export interface DataPolicyOptions {
  readonly perRequest?: readonly string[] | undefined
  readonly perVisitor?: readonly string[] | undefined
  readonly shared?: readonly string[] | undefined
  readonly strict?: boolean | undefined
  readonly identities?: readonly string[] | undefined
  readonly defaultVary?: readonly string[] | undefined
}

/**
 * Names that templates use for what belongs to one visitor, each in one spelling: `currentUser` is `current_user` too.
 * `can*` stands for all names that begin with the word `can`.
 */
export const PER_VISITOR: readonly string[] = [
  ...['user', 'currentUser', 'viewer', 'visitor', 'member', 'customer', 'account', 'me', 'admin', 'tenant'],
  ...['userId', 'userName', 'username', 'userEmail', 'userRole', 'customerId', 'memberId', 'accountId'],
  ...['tenantId', 'session', 'sessionId', 'auth', 'authenticated', 'isAuthenticated', 'loggedIn'],
  ...['isLoggedIn', 'signedIn', 'isSignedIn', 'isAdmin', 'isOwner', 'isAuthor', 'isEditor', 'isModerator'],
  ...['isStaff', 'isMember', 'isGuest', 'can*', 'permissions', 'roles'],
  ...['cart', 'basket', 'wishlist', 'notifications', 'flash', 'flashes', 'messages'],
  ...['csrf', 'csrfToken', 'cspNonce', 'nonce'],
  ...['request', 'req', 'cookies', 'headers', 'ip', 'userAgent', 'currentUrl'],
  ...['locale', 'language', 'currency', 'timezone', 'timeZone', 'theme'],
]

/** Names of properties that tell an object from others. */
export const IDENTITIES: readonly string[] = ['id', '_id', 'uuid', 'slug', 'key', 'cacheKey']

/** @throws OptionError */
export function resolveDataPolicy(options: DataPolicyOptions): DataPolicy {
  const { strict = false } = options
  if (typeof strict !== 'boolean') {
    throw new OptionError(`The option strict takes true or false, not ${show(strict)}.`)
  }
  return interned({
    perRequest: readNames('perRequest', options.perRequest ?? [], "['csrfToken', 'cspNonce']"),
    perVisitor: readNames('perVisitor', options.perVisitor ?? PER_VISITOR, "['user', 'can*']", WORDS),
    shared: readNames('shared', options.shared ?? [], "['locale', 'site*']", WORDS),
    strict,
    identities: readNames('identities', options.identities ?? IDENTITIES, "['id', 'sku']"),
    defaultVary: options.defaultVary ?? [],
  })
}

/** Templates are compiled by rules: caches with the same ones share the code. */
function interned(rules: DataPolicy): DataPolicy {
  const id = JSON.stringify(rules)
  const known = all.get(id) ?? rules
  all.set(id, known)
  return known
}

const all = new Map<string, DataPolicy>()

const NAME = /^[A-Za-z_$][\w$]*$/
/** Names that are compared by their words; with a star, all that begin with these. */
const WORDS = /^[A-Za-z_$][\w$-]*\*?$/

function readNames(option: string, value: unknown, example: string, form = NAME): readonly string[] {
  if (!Array.isArray(value)) {
    throw new OptionError(
      `The option ${option} takes a list of names, such as ${example}, not ${show(value)}.`,
    )
  }
  const wrong: unknown = value.find((name) => typeof name !== 'string' || !form.test(name))
  if (wrong === undefined) return [...value]
  throw new OptionError(
    `The option ${option} has ${show(wrong)} in it, which is no name of a template's data: it takes a list such as ${example}.`,
  )
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

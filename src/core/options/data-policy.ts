import type { DataPolicy } from '../../engines/data-policy.ts'
import { OptionError } from '../../errors.ts'
import { readBoolean } from '../../options/read-option.ts'
import { show } from '../../options/show.ts'

/** Options about the names that templates read. */
export interface DataPolicyOptions {
  readonly perRequest?: readonly string[] | undefined
  readonly perVisitor?: readonly string[] | undefined
  readonly shared?: readonly string[] | undefined
  readonly strict?: boolean | undefined
  readonly identities?: readonly string[] | undefined
  readonly defaultVary?: readonly string[] | undefined
}

/**
 * Names of values that belong to one visitor, each in one spelling: `currentUser` is `current_user`
 * too. `can*` stands for all names that begin with the word `can`.
 *
 * @example new FragmentCache({ store, safety: { perVisitor: [...PER_VISITOR, 'coupon'] } })
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

/** Properties that tell an object from others of its kind. */
export const IDENTITIES: readonly string[] = ['id', '_id', 'uuid', 'slug', 'key', 'cacheKey']

/**
 * Reads which names belong to one visitor.
 * @param nameOf returns an option's name as a message shows it
 * @throws OptionError
 */
export function resolveDataPolicy(options: DataPolicyOptions, nameOf = nameOfOption): DataPolicy {
  const { perRequest = [], perVisitor = PER_VISITOR, shared = [], strict = false } = options
  const { identities = IDENTITIES, defaultVary = [] } = options
  const read = (option: string, value: unknown, example: string, form = NAME) =>
    readNames(nameOf(option), value, example, form)
  return interned({
    perRequest: read('perRequest', perRequest, "['csrfToken', 'cspNonce']"),
    perVisitor: read('perVisitor', perVisitor, "['user', 'can*']", WORDS),
    shared: read('shared', shared, "['locale', 'site*']", WORDS),
    strict: readBoolean('safety.strict', strict),
    identities: read('identities', identities, "['id', 'sku']"),
    defaultVary,
  })
}

function nameOfOption(option: string): string {
  return `The option ${option === 'perRequest' ? option : `safety.${option}`}`
}

/**
 * Returns the same object for equal policies: caches share the code of templates compiled by it.
 */
function interned(dataPolicy: DataPolicy): DataPolicy {
  const id = JSON.stringify(dataPolicy)
  const known = all.get(id) ?? dataPolicy
  all.set(id, known)
  return known
}

const all = new Map<string, DataPolicy>()

const NAME = /^[A-Za-z_$][\w$]*$/
/** Names that are compared by their words; with a star, all that begin with these. */
const WORDS = /^[A-Za-z_$][\w$-]*\*?$/

function readNames(option: string, value: unknown, example: string, form: RegExp): readonly string[] {
  if (!Array.isArray(value))
    throw new OptionError(`${option} must be an array of names, such as ${example}, not ${show(value)}.`)
  const wrong = value.findIndex((name) => typeof name !== 'string' || !form.test(name))
  if (wrong === -1) return [...value]
  throw new OptionError(
    `${option} has ${show(value[wrong])} in it, which is not a name of a template's data: it must be an array such as ${example}.`,
  )
}

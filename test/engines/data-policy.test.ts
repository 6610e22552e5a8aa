import { describe, expect, test } from 'vitest'
import { resolveDataPolicy } from '../../src/core/options/data-policy.ts'
import { belongsToOneVisitor, wordsOf } from '../../src/engines/data-policy.ts'
import { cacheOf } from '../helpers/templates.ts'

const DEFAULT = resolveDataPolicy({})
const isOneVisitors = (name: string, policy = DEFAULT) => belongsToOneVisitor([name], policy)

describe('names that belong to one visitor by default', () => {
  test.each([
    ...['user', 'currentUser', 'CurrentUser', 'current_user', 'CURRENT_USER', 'current-user'],
    ...['isAdmin', 'is_admin', 'isOwner', 'canEdit', 'can_edit', 'can-delete', 'canSeePrices', 'admin', 'me'],
    ...['loggedIn', 'logged_in', 'signedIn', 'signed_in', 'is_signed_in', 'authenticated', 'isAuthenticated'],
    ...['userId', 'userID', 'user_id', 'tenant', 'tenantId', 'timezone', 'timeZone', 'time_zone', 'theme'],
    ...['csrfToken', 'csrf_token', '_csrf', 'csp_nonce'],
  ])('%s', (name) => expect(isOneVisitors(name)).toBe(true))

  test.each([
    ...['administration', 'adminGuide', 'users', 'userGuide', 'canonical', 'canonicalUrl', 'canon', 'can'],
    ...['themes', 'themeOptions', 'product', 'meta', 'menu', 'members', 'memberCount', 'tenants', 'title'],
    ...['permissionsGuide', 'rolesPage', 'ipsum', 'shipping', 'messagesPage', 'localeNames', 'isNew'],
  ])('not %s', (name) => expect(isOneVisitors(name)).toBe(false))
})

test('names are split into words by case and by signs only', () => {
  expect(['isAdmin', 'HTMLPage', 'user2Name', '_csrf', 'größeXL'].map(wordsOf)).toEqual([
    'is admin',
    'html page',
    'user2 name',
    'csrf',
    'größe xl',
  ])
})

test('shared takes precedence, in any spelling, also by a prefix', () => {
  const policy = resolveDataPolicy({ shared: ['site_theme', 'theme', 'can*'] })
  expect(['theme', 'Theme', 'siteTheme', 'canEdit'].map((name) => isOneVisitors(name, policy))).toEqual([
    false,
    false,
    false,
    false,
  ])
  expect(isOneVisitors('admin', policy)).toBe(true)
})

test.each([
  ['a theme of a product', '{% cache "a", product.id %}{{ product.theme }}{{ product.admin }}{% endcache %}'],
  ['a loop over themes', '{% cache "a" %}{% for theme in themes %}{{ theme }}{% endfor %}{% endcache %}'],
  ['a text', '{% cache "a" %}administration, theme and me{% endcache %}'],
  ['a page of its own name', '{% cache "a" %}{{ administration.title }}{{ canonicalUrl }}{% endcache %}'],
])('%s is no leak', async (_what, template) => {
  const { html } = cacheOf(template, { safety: { mode: 'error', perVisitor: DEFAULT.perVisitor } })
  await html({ product: { id: 1 }, themes: ['dark'], administration: {} })
})

test('a fragment whose key has an empty string for a visitor is not stored, in any spelling', async () => {
  const { html, events } = cacheOf('{% cache "a", current_user_id %}{{ current_user_id }}{% endcache %}', {
    safety: { perVisitor: ['currentUserId'] },
  })
  await html({ current_user_id: '' })
  expect(events.map(({ type }) => type)).toEqual(['miss', 'skip'])
})

import type { OutgoingHttpHeaders } from 'node:http'

/**
 * Headers of every answer. Scripts, styles and pictures come from the live page's own path; nothing
 * is inline. A page inside a sandboxed frame is bound by the same policy.
 */
export const SECURITY_HEADERS: OutgoingHttpHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // With no-referrer, a form's `Origin` would be null, and could not be checked.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
}

/** Pages are numbers of now, for one who was allowed to see them. */
export const NOT_CACHED: OutgoingHttpHeaders = { 'cache-control': 'private, no-store' }

/** A file whose address has the hash of its content. */
export const CACHED_FOREVER: OutgoingHttpHeaders = { 'cache-control': 'private, max-age=31536000, immutable' }

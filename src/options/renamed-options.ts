/** Options of version 0.1 that are in a group since 0.2: `group.member` by old name. */
export const RENAMED_OPTIONS: Readonly<Record<string, string>> = {
  jitter: 'entries.jitter',
  beta: 'entries.beta',
  allowEmpty: 'entries.allowEmpty',
  onTemplateChange: 'entries.onTemplateChange',
  defaultVary: 'keys.defaultVary',
  versionedParts: 'keys.versionedParts',
  perVisitor: 'safety.perVisitor',
  shared: 'safety.shared',
  strict: 'safety.strict',
  identities: 'safety.identities',
  detectLeaks: 'safety.detectLeaks',
  lockWait: 'singleFlight.wait',
  lockTtl: 'singleFlight.lockTtl',
  maxEntryBytes: 'limits.maxEntryBytes',
  maxPendingBytes: 'limits.maxPendingBytes',
  maxVariants: 'limits.maxVariants',
  variantWindow: 'limits.variantWindow',
  maxRender: 'limits.maxRender',
  invalidateTimeout: 'limits.invalidateTimeout',
  closeTimeout: 'limits.closeTimeout',
  serializer: 'values.serializer',
  compress: 'values.compress',
  coherence: 'memory.coherence',
  coherenceLag: 'memory.coherenceLag',
  decorator: 'render.method',
  viewExt: 'render.viewExt',
  defaultContext: 'render.defaultContext',
  app: 'render.app',
  storeMethods: 'storeWhen.methods',
  storeStatus: 'storeWhen.status',
}

/** Options that are gone: since which version, and what holds in their place. */
export const REMOVED_OPTIONS: Readonly<Record<string, readonly [since: string, instead: string]>> = {
  retryWrites: [
    '0.2',
    'an entry that could not be stored is stored by the next page that renders it. Leave it out.',
  ],
  maxWaiters: ['0.2', 'at most 10,000 pages of a process wait for others. Leave it out.'],
  comments: [
    '0.3',
    'open a page with ?onetrip=overlay, which shows each fragment on the page itself. Leave it out.',
  ],
}

/** The member that the short form of a group sets: `safety: 'off'` is `safety: { mode: 'off' }`. */
export const SHORT_FORMS: Readonly<Record<string, string>> = {
  safety: 'mode',
  singleFlight: 'mode',
  memory: 'maxBytes',
  render: 'method',
}

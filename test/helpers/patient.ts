/** Options of a cache in a test that is not about them: a busy machine comes near none of these times. */
export const PATIENT = {
  timeout: '5m',
  invalidateTimeout: '5m',
  lockWait: '30s',
  lockTtl: '30s',
} as const

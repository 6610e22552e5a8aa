import type { FragmentCacheOptions } from 'onetrip'

/**
 * Options of a cache in a test that is not about them: a busy machine comes near none of these
 * times.
 */
export const PATIENT = {
  timeout: '5m',
  singleFlight: { wait: '30s', lockTtl: '30s' },
  limits: { invalidateTimeout: '5m' },
} as const

/** Returns options with those of {@link PATIENT} that they do not have, in their groups too. */
export function patient<Options extends Partial<FragmentCacheOptions>>(options: Options) {
  const { singleFlight } = options
  const flight = typeof singleFlight === 'string' ? { mode: singleFlight } : singleFlight
  return {
    ...PATIENT,
    ...options,
    singleFlight: { ...PATIENT.singleFlight, ...flight },
    limits: { ...PATIENT.limits, ...options.limits },
  }
}

import { describe, it } from 'vitest'
import { memoryStore } from '../../src/stores/memory.ts'
import { storeConformance } from '../../src/testing/index.ts'

storeConformance({
  name: 'memoryStore',
  describe,
  it,
  create: () => memoryStore(),
  keeps: { shared: false, conditional: true, ttlPrecision: 1 },
})

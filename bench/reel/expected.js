import { memoryStore } from 'onetrip/stores/memory'
import { build } from '../../example-app/fastify.js'

/** The example app's home page with caching off, and without a socket. */
export async function renderReelHome() {
  const app = await build({ store: memoryStore(), cache: false, database: ':memory:', costs: false })
  try {
    return (await app.inject('/')).rawPayload
  } finally {
    await app.close()
  }
}

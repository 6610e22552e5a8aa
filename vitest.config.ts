import { defineConfig } from 'vitest/config'
import { ownServerTests } from './test/helpers/own-server-tests.ts'
import { testFiles } from './test/helpers/projects.ts'

const src = (path: string) => new URL(`./src/${path}`, import.meta.url).pathname

export default defineConfig({
  resolve: {
    // Tests read the sources under the names that users type.
    alias: [
      { find: /^onetrip$/, replacement: src('index.ts') },
      { find: /^onetrip\/(fastify|express)$/, replacement: src('http/$1.ts') },
      { find: /^onetrip\/engines$/, replacement: src('engines/index.ts') },
      { find: /^onetrip\/nunjucks$/, replacement: src('engines/nunjucks/index.ts') },
      { find: /^onetrip\/stores$/, replacement: src('stores/index.ts') },
      { find: /^onetrip\/stores\/(.*)$/, replacement: src('stores/$1/index.ts') },
      { find: /^onetrip\/dashboard$/, replacement: src('dashboard/index.ts') },
      { find: /^onetrip\/hot$/, replacement: src('hot/index.ts') },
      { find: /^onetrip\/metrics$/, replacement: src('metrics/index.ts') },
      { find: /^onetrip\/metrics\/(.*)$/, replacement: src('metrics/$1/index.ts') },
      { find: /^onetrip\/purge$/, replacement: src('purge/index.ts') },
      { find: /^onetrip\/queue$/, replacement: src('queue/index.ts') },
      { find: /^onetrip\/serializers\/(.*)$/, replacement: src('serializers/$1.ts') },
      { find: /^onetrip\/server$/, replacement: src('server/index.ts') },
      { find: /^onetrip\/streams$/, replacement: src('streams/index.ts') },
      { find: /^onetrip\/testing$/, replacement: src('testing/index.ts') },
      { find: /^onetrip\/toolkit$/, replacement: src('toolkit/index.ts') },
    ],
  },
  test: {
    projects: [
      ...Object.entries(testFiles()).map(([name, include]) => ({
        extends: true as const,
        // Tests without processes of their own share those of Vitest: to start one for each file,
        // and to load the sources in it, takes longer than most of their tests.
        test: { name, include, isolate: name !== 'unit' },
      })),
      {
        extends: true,
        test: { name: 'own-server', include: ownServerTests(), env: { ONETRIP_OWN_SERVER: '1' } },
      },
    ],
    globalSetup: './test/helpers/temporary-files.ts',
    setupFiles: './test/helpers/worker.ts',
    // Bounds for what hangs: a busy machine does not come near them.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 300_000, interval: 5 } },
    // Most of a test's time is waiting, for servers and for other processes: two workers leave a
    // machine with two cores idle half of the time. It counts for each project, whatever --maxWorkers says.
    maxWorkers: 4,
  },
})

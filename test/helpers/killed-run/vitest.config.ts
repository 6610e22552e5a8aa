import { defineConfig, mergeConfig } from 'vitest/config'
import config from '../../../vitest.config.ts'

/** As the package's tests are run, and a file that is not one of them. */
export default mergeConfig(config, defineConfig({ test: { include: ['test/helpers/killed-run/*-ends.ts'] } }))

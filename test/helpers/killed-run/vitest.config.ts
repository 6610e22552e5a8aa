import { defineConfig } from 'vitest/config'
import config from '../../../vitest.config.ts'

const { projects: _, ...test } = config.test ?? {}

/** As the package's tests are run, and a file that is not one of them, once. */
export default defineConfig({ ...config, test: { ...test, include: ['test/helpers/killed-run/*-ends.ts'] } })

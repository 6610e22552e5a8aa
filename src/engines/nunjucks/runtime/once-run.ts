import { Lazy } from '../../lazy.ts'
import type { RunHost } from '../../template-engine.ts'
import type { Environment } from '../nunjucks.ts'
import { TemplateRun } from './run.ts'

/**
 * A run that leaves no holes, and that is not cut: either no lazy value was made in this process
 * before it, or all are loaded where they are read. So its code is shorter than that of pages.
 *
 * It notes calls, and what they change, as any other: while it runs, the process' first lazy value
 * may be made, which starts it again, or the first template with a `{% nocache %}` be met, which
 * sees the data as it was before.
 */
export class OnceRun extends TemplateRun {
  constructor(env: Environment, data: object, host: RunHost) {
    super(env, data, host, true)
  }

  override get once(): boolean {
    return true
  }

  override ran(): void {}

  override read(value: unknown, name: string): unknown {
    return typeof value === 'object' && value instanceof Lazy ? super.read(value, name) : value
  }

  override value(value: unknown, name: string): unknown {
    return this.read(value, name)
  }
}

import type { AstNode } from '../nunjucks.ts'
import type { Choice } from './contexts.ts'
import type { Use } from './coverage.ts'
import { type Facts, NO_FACTS } from './facts.ts'
import type { Origin, Value } from './origins.ts'
import { Reads } from './reads.ts'
import { Scope } from './scope.ts'

/**
 * The position of an analysis: the template and the scope that it reads, and the conditions around.
 */
export class Position {
  readonly reads = new Reads()
  /** The name of the template that is being read. */
  template = ''
  scope = new Scope<Value>()
  /** The scope at the top of the page, which blocks and macros see. */
  top = this.scope
  /** The conditions around that are known in this piece of this template. */
  facts: Facts = NO_FACTS
  /** The branches around what is being read, through all calls and includes. */
  choices: readonly Choice[] = []
  /** Templates, macros and blocks that are being read: recursion is read once. */
  readonly open = new Set<object>()

  /**
   * Reads another piece of template. Conditions around the place that runs it say nothing about it.
   */
  inTemplate(name: string, read: () => void): void {
    const { template, facts } = this
    Object.assign(this, { template: name, facts: NO_FACTS })
    read()
    Object.assign(this, { template, facts })
  }

  inScope<T>(scope: Scope<Value>, read: () => T): T {
    const around = this.scope
    this.scope = scope
    const result = read()
    this.scope = around
    return result
  }

  /** Reads one of several branches that a value chooses from. */
  chosen<T>(by: AstNode, branch: number, origins: readonly Origin[], read: () => T): T {
    const around = this.choices
    this.choices = [...around, { by, branch, origins, template: this.template }]
    const result = read()
    this.choices = around
    return result
  }

  /** Notes that a value is read here: printed, tested, passed to a filter. */
  note(node: AstNode, value: Value, use?: Use, isDecided?: (facts: Facts) => boolean): void {
    this.reads.note(node, value, this.template, use, isDecided)
  }
}

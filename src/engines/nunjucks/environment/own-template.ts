import { TagError } from '../../../errors.ts'
import { NO_POLICY } from '../../data-policy.ts'
import { LazyCalls } from '../../lazy.ts'
import type { RunHost } from '../../template-engine.ts'
import {
  type CompiledFunction,
  type Frame,
  nunjucks,
  type RenderCallback,
  type Template,
} from '../nunjucks.ts'
import { PageContext } from '../runtime/context.ts'
import { prettify } from '../runtime/failure.ts'
import { RunFrame } from '../runtime/frame.ts'
import { TemplateRun } from '../runtime/run.ts'
import { codeOf, isRun, PLAIN_WAY, runAround } from '../template-code.ts'
import { PlainLoads } from './plain-loads.ts'
import { refuseDefined } from './refuse-defined.ts'

/** Renders a template of an environment that was made ours. */
export type Renderer = (template: Template, data: object, callback: RenderCallback | undefined) => unknown

const OWNED = Symbol('onetrip.owned')

/** Says whether {@link own} was called with a template. */
export function isOwned(template: Template): boolean {
  return OWNED in template
}

/** Compiles a template, unless it was. @throws the error as nunjucks shows it */
export function compileNow(template: Template): void {
  try {
    codeOf(template, PLAIN_WAY)
  } catch (error) {
    throw prettify(error, template.path, template.env.opts.dev)
  }
}

/** Makes a template object run code of ours, whoever calls it: this one object, not its class. */
export function own(template: Template, render: Renderer): void {
  Object.defineProperty(template, OWNED, { value: true })
  template.compile = () => compileNow(template)
  template.render = (data, parent, callback) => {
    const done = callbackIn(data, parent, callback)
    if (!isFrame(parent) || !done) return render(template, dataIn(data), done)
    // Code of nunjucks includes the template, waits for nothing, and adds what it gets to a text.
    const run =
      (runAround(parent) as TemplateRun | undefined) ??
      new TemplateRun(template.env, dataIn(data), pageless(), true)
    run.renderInside(
      template,
      PageContext.of(template.env, run, dataIn(data), {}),
      parent,
      (error, output) => (error ? done(error) : done(null, run.textNowOrCut(output))),
    )
    return undefined
  }
  template.getExported = (data, parent, callback) => {
    const done = callbackIn(data, parent, callback) as RenderCallback
    const around = isFrame(parent) ? parent : undefined
    const run =
      (around && (runAround(around) as TemplateRun | undefined)) ??
      new TemplateRun(template.env, dataIn(data), exporting(), true)
    const frame = around?.push() ?? new RunFrame()
    run.exportsOf(template, PageContext.of(template.env, run, dataIn(data), {}), frame, done)
  }
  // What nunjucks' code reads of the parent that it extends.
  Object.defineProperties(template, {
    rootRenderFunc: { get: () => rootOf(template) },
    blocks: { get: () => codeOf(template, PLAIN_WAY).blocks },
  })
}

/**
 * The root of a parent, for code of nunjucks that extends it: within a run, or by nunjucks' own
 * runtime.
 */
function rootOf(template: Template): CompiledFunction {
  const { root } = codeOf(template, PLAIN_WAY)
  return (env, context, frame, runtime, callback) => {
    if (isRun(runtime)) return root(env, context, frame, runtime, callback)
    const data = context.getVariables()
    const run = new TemplateRun(env, data, pageless(), true)
    const scope = PageContext.of(env, run, data, {})
    // The blocks of the child, which are nunjucks' code.
    scope.blocks = context.blocks
    root(env, scope, frame, run, callback)
  }
}

function isFrame(value: unknown): value is Frame {
  return value instanceof nunjucks.runtime.Frame
}

/** The callback may stand in the place of any argument that is left out. */
function callbackIn(data: unknown, parent: unknown, callback: unknown): RenderCallback | undefined {
  const found = typeof data === 'function' ? data : typeof parent === 'function' ? parent : callback
  return typeof found === 'function' ? (found as RenderCallback) : undefined
}

function dataIn(data: unknown): object {
  return typeof data === 'object' && data !== null ? data : {}
}

/** The host of code that is called by code of nunjucks, outside of any page. */
function pageless(): RunHost {
  const loads = new PlainLoads(false)
  return {
    dataPolicy: NO_POLICY,
    declare: ({ place }) => ({ place, hasNocache: false }),
    declareDefined: refuseDefined,
    addNocache: ({ template }) => ({ place: { id: template }, hasNocache: true }),
    addToHead: () => {
      throw new TagError(
        '{% head %} does not work in a template that precompiled code includes or extends, where that code was not ' +
          'loaded by the environment: load it with environment.getTemplate',
      )
    },
    textOf: () => undefined,
    loaded: (lazy) => {
      if (!loads.get(lazy)) loads.loadOne(lazy, 'of the page')
      return loads.get(lazy)
    },
    calls: new LazyCalls(),
  }
}

/** Host of a template that is run for its exports alone: it has no head to add to. */
function exporting(): RunHost {
  return { ...pageless(), addToHead: () => ({ place: { id: 'head' }, hasNocache: false }) }
}

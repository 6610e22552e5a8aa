import { LazyCalls, NO_RULES, type RunHost } from '../template-engine.ts'
import { type Frame, nunjucks, type RenderCallback, type Template } from './nunjucks.ts'
import { PageContext } from './runtime/context.ts'
import { prettify } from './runtime/failure.ts'
import { TemplateRun } from './runtime/run.ts'
import { codeOf, PLAIN_WAY, runAround } from './template-code.ts'

/** Renders a template of an environment that was made ours. */
export type Renderer = (template: Template, data: object, callback: RenderCallback | undefined) => unknown

const owned = new WeakSet<Template>()

/** Says whether {@link own} was called with a template. */
export function isOwned(template: Template): boolean {
  return owned.has(template)
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
  owned.add(template)
  template.compile = () => compileNow(template)
  template.render = (data, parent, callback) => {
    const done = callbackIn(data, parent, callback)
    const run = runOf(parent)
    if (!run || !done) return render(template, dataIn(data), done)
    run.renderInside(template, PageContext.of(template.env, run, dataIn(data), {}), parent as Frame, done)
    return undefined
  }
  template.getExported = (data, parent, callback) => {
    const done = callbackIn(data, parent, callback) as RenderCallback
    const run = runOf(parent) ?? new TemplateRun(template.env, dataIn(data), NO_PAGE, true)
    const frame = isFrame(parent) ? parent.push() : new nunjucks.runtime.Frame()
    run.exportsOf(template, PageContext.of(template.env, run, dataIn(data), {}), frame, done)
  }
  // What nunjucks' code reads of the parent that it extends.
  Object.defineProperties(template, {
    rootRenderFunc: { get: () => codeOf(template, PLAIN_WAY).root },
    blocks: { get: () => codeOf(template, PLAIN_WAY).blocks },
  })
}

/** Code that nunjucks precompiled calls with its frame: by that the run is known. */
function runOf(parent: unknown): TemplateRun | undefined {
  return isFrame(parent) ? runAround(parent) : undefined
}

function isFrame(value: unknown): value is Frame {
  return value instanceof nunjucks.runtime.Frame
}

/** The callback may stand in the place of any argument that is left out. */
function callbackIn(...args: unknown[]): RenderCallback | undefined {
  return args.find((argument) => typeof argument === 'function') as RenderCallback | undefined
}

function dataIn(data: unknown): object {
  return typeof data === 'object' && data !== null ? data : {}
}

const NO_PAGE: RunHost = {
  rules: NO_RULES,
  declare: ({ place }) => ({ place, live: false }),
  leave: ({ template }) => ({ place: { id: template }, live: true }),
  addToHead: () => ({ place: { id: 'head' }, live: false }),
  textOf: () => undefined,
  loaded: () => undefined,
  get calls() {
    return new LazyCalls()
  },
}

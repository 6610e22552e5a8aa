/**
 * The one place that imports the peer package, and the parts of it that we rely on.
 *
 * nunjucks 3 has no types for its inner modules, so the few members that are used are declared
 * here. The compiler below is a subclass, the runtime delegates: neither nunjucks' prototypes nor
 * its modules are changed.
 */
import imported from 'nunjucks'
import transformer from 'nunjucks/src/transformer.js'

/** A node of nunjucks' syntax tree. Which fields are there depends on `typename`. */
export interface AstNode {
  readonly typename: string
  readonly fields: readonly string[]
  lineno: number
  colno: number
  children: AstNode[]
  /** A literal's value, a symbol's name, a pair's or a `set`'s expression. */
  value: unknown
  name: AstNode
  args: AstNode
  key: AstNode
  target: AstNode
  val: AstNode
  expr: AstNode
  cond: AstNode
  body: AstNode
  else_: AstNode | null
  arr: AstNode
  template: AstNode
  targets: AstNode[]
  names: AstNode
  cases: AstNode[]
  default: AstNode | null
  symbol: AstNode
  blockName: AstNode
  withContext: boolean | null
  ignoreMissing: boolean | null
  extName: string
  prop: string
  contentArgs: (AstNode | null)[]
  autoescape: unknown
  findAll(type: NodeClass): AstNode[]
  iterFields(visit: (value: unknown, field: string) => void): void
}

export interface NodeClass {
  new (lineno: number, colno: number, ...fields: unknown[]): AstNode
  extend(name: string, members: { fields: string[] }): NodeClass
}

/**
 * A scope: while a template is compiled (names to JavaScript variables) and while it runs (names to
 * values).
 */
export interface Frame {
  variables: Record<string, unknown>
  parent: Frame | undefined
  topLevel: boolean
  set(name: string, value: unknown, resolveUp?: boolean): void
  lookup(name: string): unknown
  resolve(name: string, forWrite?: boolean): Frame | undefined
  push(isolateWrites?: boolean): Frame
  pop(): Frame | undefined
}

export type RenderCallback = (error: unknown, result?: unknown) => void

/** The form of all compiled code: a template's root, its blocks, and the bodies of our tags. */
export interface CompiledFunction {
  (
    env: Environment,
    context: Context,
    frame: Frame,
    runtime: unknown,
    callback: RenderCallback,
    ...more: unknown[]
  ): void
  /**
   * Of a tag's body: evaluates the parts of its key once more. Those that call a program's code
   * stay as they were.
   */
  keyAgain?: (
    env: Environment,
    context: Context,
    frame: Frame,
    runtime: unknown,
    variables: readonly unknown[],
    parts: readonly unknown[],
  ) => unknown[]
}

export interface Context {
  env: Environment
  ctx: Record<string, unknown>
  blocks: Readonly<Record<string, readonly CompiledFunction[]>>
  exported: string[]
  lookup(name: string): unknown
  setVariable(name: string, value: unknown): void
  addExport(name: string): void
  getVariables(): Record<string, unknown>
  getExported(): Record<string, unknown>
  getSuper(
    env: Environment,
    name: string,
    block: CompiledFunction,
    frame: Frame,
    runtime: unknown,
    callback: RenderCallback,
  ): void
}

export interface Template {
  env: Environment
  path: string | undefined
  compiled: boolean
  tmplStr?: string
  tmplProps?: Record<string, CompiledFunction>
  blocks: Record<string, CompiledFunction>
  rootRenderFunc: CompiledFunction
  compile(): void
  _compile(): void
  _getBlocks(compiled: Record<string, CompiledFunction>): Record<string, CompiledFunction>
  render(
    data?: object | RenderCallback | null,
    parent?: Frame | RenderCallback | null,
    callback?: RenderCallback,
  ): unknown
  getExported(...args: unknown[]): unknown
}

export interface Loader {
  resolve?(from: string, to: string): string
  isRelative?(name: string): boolean
  cache: Record<string, Template | null>
  searchPaths?: string[]
  async?: boolean
  on?(event: string, listener: (...args: unknown[]) => void): void
}

export interface FileSystemLoader extends Loader {
  searchPaths: string[]
  getSource(name: string): { path: string } | null
}

export interface Extension {
  tags: string[]
  parse(parser: Parser, nodes: Record<string, NodeClass>): AstNode
}

export interface Environment {
  opts: {
    autoescape: boolean
    dev: boolean
    throwOnUndefined: boolean
    trimBlocks: boolean
    lstripBlocks: boolean
    tags?: Record<string, string>
  }
  loaders: Loader[]
  globals: Record<string, unknown>
  asyncFilters: string[]
  filters: Record<string, unknown>
  tests: Record<string, unknown>
  extensionsList: (Extension & { __name?: string; preprocess?(source: string): string })[]
  addExtension(name: string, extension: Extension): unknown
  getExtension(name: string): Extension | undefined
  getFilter(name: string): (...args: unknown[]) => unknown
  hasExtension(name: string): boolean
  resolveTemplate(loader: Loader, parentName: string | null | undefined, name: string): string
  getTemplate(
    name: unknown,
    eagerCompile?: boolean | RenderCallback,
    parentName?: string | null | RenderCallback,
    ignoreMissing?: boolean,
    callback?: (error: unknown, template?: Template) => void,
  ): Template | undefined
  render(name: unknown, data?: object | RenderCallback, callback?: RenderCallback): unknown
  renderString(source: string, data?: object, options?: unknown, callback?: RenderCallback): unknown
}

export interface Token {
  type: string
  value: string
  lineno: number
  colno: number
}

export interface Parser {
  tokens: { colno: number }
  peekToken(): Token
  nextToken(): Token
  advanceAfterBlockEnd(name?: string): Token
  fail(message: string, lineno: number, colno: number): never
  parseSignature(tolerant: boolean | null, noParens: boolean): AstNode
  parseUntilBlocks(...names: string[]): AstNode
}

/** nunjucks' own compiler, the base of ours. */
export interface Compiler {
  buffer: string | null
  bufferStack: (string | null)[]
  codebuf: string[]
  inBlock: boolean
  templateName: string | null
  throwOnUndefined: boolean
  _scopeClosers: string
  init(name: string | null, throwOnUndefined: boolean): void
  compile(node: AstNode, frame?: Frame): void
  getCode(): string
  fail(message: string, lineno?: number, colno?: number): never
  assertType(node: AstNode, ...types: NodeClass[]): void
  compileLiteral(node: AstNode): void
  compileFilter(node: AstNode, frame: Frame): void
  compileDict(node: AstNode, frame: Frame): void
  _emit(code: string): void
  _emitLine(code: string): void
  _tmpid(): string
  _templateName(): string
  _compileChildren(node: AstNode, frame: Frame): void
  _compileAggregate(node: AstNode, frame: Frame, start?: string, end?: string): void
  _compileExpression(node: AstNode, frame: Frame): void
  _closeScopeLevels(): void
  _withScopedSyntax(compile: () => void): void
  _getNodeName(node: AstNode): string
}

/**
 * `nunjucks.runtime`: called through this object, since `installJinjaCompat` replaces two of its
 * members.
 */
export interface Runtime {
  Frame: { new (parent?: Frame, isolateWrites?: boolean): Frame; prototype: object }
  SafeString: { new (text: string): object; prototype: object }
  contextOrFrameLookup(context: Context, frame: Frame, name: string): unknown
  memberLookup(object: unknown, name: unknown): unknown
  callWrap(fn: unknown, name: string, context: Context, args: unknown[]): unknown
  suppressValue(value: unknown, autoescape: boolean): unknown
  fromIterator(value: unknown): unknown
  handleError(error: unknown, lineno: number | null, colno: number | null): Error
  makeMacro(
    args: string[],
    keywords: string[],
    body: (...args: unknown[]) => unknown,
  ): (...args: unknown[]) => unknown
  asyncAll(
    array: unknown,
    dimensions: number,
    body: (...args: unknown[]) => void,
    callback: RenderCallback,
  ): void
}

export interface TemplateError extends Error {
  lineno?: number
  colno?: number
  Update?(path: string | undefined): TemplateError
}

interface Nunjucks {
  Environment: { new (loaders?: unknown, options?: object): Environment; prototype: Environment }
  Loader: { prototype: Loader }
  Template: new (source: unknown, env: Environment, path?: string, eagerCompile?: boolean) => Template
  FileSystemLoader: new (root: string | string[], options?: { noCache?: boolean }) => FileSystemLoader
  runtime: Runtime
  compiler: { Compiler: new (name: string | null, throwOnUndefined: boolean) => Compiler }
  parser: { parse(source: string, extensions: Extension[], options: object): AstNode }
  nodes: Record<string, NodeClass> &
    Record<'Node' | 'NodeList' | 'Root' | 'Block' | 'Symbol' | 'Literal', NodeClass>
  lib: {
    TemplateError: new (message: unknown, lineno?: number, colno?: number) => TemplateError
    _prettifyError(path: string | undefined, withInternals: boolean, error: unknown): Error
    escape(text: string): string
  }
}

export const nunjucks = imported as unknown as Nunjucks

/**
 * Lifts async filters and `super()` out of expressions; nunjucks does not export it from its door.
 */
export const transform = transformer.transform as (tree: AstNode, asyncFilters: string[]) => AstNode

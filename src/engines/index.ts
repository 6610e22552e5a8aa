export type { Bind, Bindings, Borrowed } from './bindings.ts'
export { belongsToOneVisitor, type DataPolicy, isPerVisitor, isShared, NO_POLICY } from './data-policy.ts'
export type { DefinedCall, DefinedSource } from './defined-call.ts'
export type { FragmentAt, FragmentRead, ParameterRead } from './fragment-read.ts'
export { isLazy, type Lazy, type LazyCalls, type Loaded } from './lazy.ts'
export { isPerVisitorValue, PerVisitorValue } from './per-visitor.ts'
export {
  type Declaration,
  type Hole,
  isCut,
  type MaybePromise,
  type NocacheDeclaration,
  type Place,
  type Run,
  type RunHost,
  type StoredNocache,
  type TemplateEngine,
} from './template-engine.ts'

import nunjucks from 'nunjucks'
import { childrenOf } from '../../dist/template/nunjucks/names.js'
import { choose, hash } from './random.js'

/** What templates do with a value: the members they read, whether they loop over it or call it. */
class Shape {
  members = new Map()
  item
  result

  member(name) {
    if (!this.members.has(name)) this.members.set(name, new Shape())
    return this.members.get(name)
  }

  ofItem() {
    this.item ??= new Shape()
    return this.item
  }

  called() {
    this.result ??= new Shape()
    return this.result
  }
}

const NOT_DATA = new Set([
  'loop',
  'caller',
  'super',
  'self',
  'range',
  'cycler',
  'joiner',
  'varargs',
  'kwargs',
])

/** Gathers what the templates of a site do with the names that they do not set. */
export class Shapes {
  #root = new Shape()

  add(tree) {
    this.#visit(tree, new Map())
  }

  #visit(node, scope) {
    const { typename } = node
    if (['For', 'AsyncEach', 'AsyncAll'].includes(typename)) return this.#loop(node, scope)
    if (typename === 'Set') {
      const value = node.value ? this.#shapeOf(node.value, scope) : this.#visit(node.body, scope)
      for (const target of node.targets) scope.set(target.value, value ?? new Shape())
      return undefined
    }
    if (typename === 'Macro' || typename === 'Caller') return this.#macro(node, scope)
    if (typename === 'Import') scope.set(node.target.value, new Shape())
    if (typename === 'FromImport') {
      for (const name of node.names.children)
        scope.set((name.typename === 'Pair' ? name.value : name).value, new Shape())
    }
    if (['Symbol', 'LookupVal', 'FunCall', 'Filter', 'Group', 'InlineIf'].includes(typename)) {
      return void this.#shapeOf(node, scope)
    }
    if (typename === 'Pair') return void this.#visit(node.value, scope)
    if (typename === 'Is') return void this.#visit(node.left, scope)
    for (const child of childrenOf(node)) this.#visit(child, scope)
    return undefined
  }

  #loop(node, scope) {
    const shape = this.#shapeOf(node.arr, scope) ?? new Shape()
    const names = node.name.typename === 'Array' ? node.name.children : [node.name]
    const within = new Map(scope)
    names.forEach(({ value }, n) => {
      within.set(value, n === names.length - 1 ? shape.ofItem() : new Shape())
    })
    this.#visit(node.body, within)
    if (node.else_) this.#visit(node.else_, scope)
  }

  #macro(node, scope) {
    const within = new Map(scope)
    for (const arg of node.args.children) {
      if (arg.typename === 'Symbol') within.set(arg.value, new Shape())
      else for (const pair of arg.children) within.set(pair.key.value, new Shape())
    }
    if (node.typename === 'Macro') scope.set(node.name.value, new Shape())
    this.#visit(node.body, within)
  }

  #shapeOf(node, scope) {
    const { typename } = node
    if (typename === 'Symbol') return scope.get(node.value) ?? this.#root.member(node.value)
    if (typename === 'LookupVal') {
      const target = this.#shapeOf(node.target, scope) ?? new Shape()
      const { val } = node
      if (val.typename === 'Literal') {
        return typeof val.value === 'string' ? target.member(val.value) : target.ofItem()
      }
      this.#visit(val, scope)
      return target.ofItem()
    }
    if (typename === 'FunCall') {
      const shape = this.#shapeOf(node.name, scope)
      for (const arg of node.args.children) this.#visit(arg, scope)
      return shape?.called()
    }
    if (typename === 'Filter') {
      const [first, ...rest] = node.args.children
      for (const arg of rest) this.#visit(arg, scope)
      return first && this.#shapeOf(first, scope)
    }
    if (typename === 'Group') return this.#shapeOf(node.children[0], scope)
    if (typename === 'Or' || typename === 'And' || typename === 'InlineIf') {
      const [first, ...rest] = childrenOf(node).map((child) => this.#shapeOf(child, scope))
      return first ?? rest.find((shape) => shape)
    }
    for (const child of childrenOf(node)) this.#visit(child, scope)
    return undefined
  }

  /** Functions that templates call by their names: macros that were imported without context see them, too. */
  get functions() {
    const called = [...this.#root.members].filter(([name, { result }]) => result && !NOT_DATA.has(name))
    return Object.fromEntries(called.map(([name, shape]) => [name, valueFor(shape, name, 0)]))
  }

  /** Data for all the names, the same for one seed. */
  data(seed) {
    const entries = [...this.#root.members].filter(([name]) => !NOT_DATA.has(name))
    return Object.fromEntries(entries.map(([name, shape]) => [name, valueFor(shape, `${seed}.${name}`, 0)]))
  }
}

const LEAVES = [
  'text',
  'a & b',
  '<b>bold</b>',
  'it\'s "quoted"',
  '',
  'x-1',
  '/path?a=1&b=2',
  '2024-02-29',
  'Ünïcödé',
  7,
  0,
  -1.5,
  true,
  true,
  false,
  null,
  undefined,
]
const OF_ARRAYS = [
  'push',
  'pop',
  'concat',
  'map',
  'filter',
  'forEach',
  'join',
  'slice',
  'unshift',
  'reverse',
  'sort',
]
const OF_TEXTS = [
  'split',
  'toLowerCase',
  'toUpperCase',
  'trim',
  'replace',
  'startsWith',
  'endsWith',
  'substring',
  'match',
]

function valueFor(shape, path, depth) {
  if (shape.result) {
    const result = valueFor(shape.result, `${path}()`, depth + 1)
    return Object.assign(() => result, { key: path })
  }
  const mayLack = ![...shape.members.values()].some(({ result }) => result)
  if (mayLack && hash(`${path}?`) % 12 === 0) return undefined
  const called = (names) => names.some((name) => shape.members.get(name)?.result)
  if (called(OF_TEXTS) && !called(OF_ARRAYS)) return choose(['some text', 'a,b', ''], path)
  if (depth > 8) return 'deep'
  if (shape.item || called(OF_ARRAYS) || shape.members.has('length')) {
    const item = shape.item ?? new Shape()
    return Array.from({ length: hash(path) % 4 }, (_, n) => valueFor(item, `${path}[${n}]`, depth + 1))
  }
  if (shape.members.size === 0) return choose(LEAVES, path)
  return Object.fromEntries(
    [...shape.members].map(([name, member]) => [name, valueFor(member, `${path}.${name}`, depth + 1)]),
  )
}

/** A template's tree as nunjucks parses it. @throws what the parser throws */
export function treeOf(source, environment) {
  return nunjucks.parser.parse(source, environment.extensionsList, environment.opts)
}

// @ts-nocheck: nunjucks' types leave out what is used here
import nunjucks from 'nunjucks'
import { childrenOf } from '../../dist/engines/nunjucks/syntax/names.js'
import { choose, hash } from './random.js'
import { Shape } from './shape.js'
import { MADE_UP } from './stubs.js'

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

const filters = (names, input, output) =>
  names.split(' ').map((name) => [name, { input, output: output ?? (() => new Shape()) }])
const same = (shape) => shape
/** The types of input and output of nunjucks' own filters. */
const FILTERS = new Map([
  ...filters('batch slice', 'list', (shape) => listOf(shape)),
  ...filters('reject rejectattr select selectattr reverse sort', 'list', same),
  ...filters('first last random', 'list', (shape) => shape.ofItem()),
  ...filters('groupby', 'list', (shape) => listOf(shape)),
  ...filters('join sum', 'list'),
  ...filters('dictsort', 'object', (shape) => listOf(listOf(shape.ofItem()))),
  ...filters('capitalize center indent lower nl2br replace striptags title trim truncate', 'text'),
  ...filters('upper urlencode urlize wordcount', 'text'),
  ...filters('abs round', 'number'),
])
/** Filters whose argument names a member of each item. */
const BY_MEMBER = new Set(['groupby', 'rejectattr', 'selectattr'])

function listOf(item) {
  const list = new Shape()
  list.ofItem().join(item)
  return list
}

/** Gathers how templates use the names that they do not set. */
export class Shapes {
  #root = new Shape()
  /** The shapes of the macros' parameters, in order, by the macros' names. */
  #macros = new Map()

  constructor(trees) {
    for (const tree of trees) this.#addMacros(tree)
    for (const tree of trees) this.#visit(tree, new Map())
  }

  #addMacros(node) {
    if (node.typename === 'Macro' && !this.#macros.has(node.name.value)) {
      this.#macros.set(node.name.value, new Map(parametersOf(node).map((name) => [name, new Shape()])))
    }
    for (const child of childrenOf(node)) this.#addMacros(child)
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
    if (['Include', 'Extends', 'Import', 'FromImport'].includes(typename)) {
      return void this.#shapeOf(node.template, scope)?.note('template')
    }
    if (typename === 'Pair') return void this.#visit(node.value, scope)
    if (typename === 'Is') return void this.#visit(node.left, scope)
    if (isExpression(node)) return void this.#shapeOf(node, scope)
    for (const child of childrenOf(node)) this.#visit(child, scope)
    return undefined
  }

  #loop(node, scope) {
    const shape = this.#shapeOf(node.arr, scope) ?? new Shape()
    const names = node.name.typename === 'Array' ? node.name.children : [node.name]
    const within = new Map(scope)
    if (names.length === 1) shape.note('list')
    // nunjucks gives the names of an object's members, or the items of each item.
    if (names.length === 2) shape.note('object')
    names.forEach(({ value }, n) => {
      const ofItem = names.length === 3 ? shape.ofItem().ofItem() : shape.ofItem()
      within.set(value, n === names.length - 1 ? ofItem : new Shape())
    })
    this.#visit(node.body, within)
    if (node.else_) this.#visit(node.else_, scope)
  }

  #macro(node, scope) {
    const within = new Map(scope)
    const known = node.typename === 'Macro' ? this.#macros.get(node.name.value) : undefined
    for (const name of parametersOf(node)) within.set(name, known?.get(name) ?? new Shape())
    if (node.typename === 'Macro') scope.set(node.name.value, new Shape())
    this.#visit(node.body, within)
  }

  #shapeOf(node, scope) {
    const { typename } = node
    if (typename === 'Symbol') return scope.get(node.value) ?? this.#root.member(node.value)
    if (typename === 'LookupVal') return this.#memberOf(node, scope)
    if (typename === 'FunCall') return this.#call(node, scope)
    if (typename === 'Filter') return this.#filter(node, scope)
    if (typename === 'Dict') return this.#dict(node, scope)
    if (typename === 'Group') return this.#shapeOf(node.children[0], scope)
    if (typename === 'Compare') return this.#compare(node, scope)
    if (typename === 'In') return this.#in(node, scope)
    if (typename === 'Or' || typename === 'And' || typename === 'InlineIf') {
      const shapes = childrenOf(node).map((child) => this.#shapeOf(child, scope))
      const [first, ...rest] = typename === 'InlineIf' ? [shapes[1], shapes[2]] : shapes
      return first ?? rest.find((shape) => shape)
    }
    for (const child of childrenOf(node)) this.#visit(child, scope)
    return undefined
  }

  #memberOf({ target, val }, scope) {
    const shape = this.#shapeOf(target, scope) ?? new Shape()
    if (val.typename === 'Literal') {
      return typeof val.value === 'string' ? shape.member(val.value) : shape.ofItem()
    }
    this.#visit(val, scope)
    return shape.ofItem()
  }

  #call(node, scope) {
    const shape = this.#shapeOf(node.name, scope)
    const known = this.#macros.get(node.name.val?.value ?? node.name.value) ?? new Map()
    const parameters = [...known.values()]
    node.args.children.forEach((arg, n) => {
      if (arg.typename === 'KeywordArgs') {
        for (const { key, value } of arg.children) {
          const given = this.#shapeOf(value, scope)
          if (given) known.get(key.value)?.join(given)
        }
        return
      }
      const given = this.#shapeOf(arg, scope)
      if (given) parameters[n]?.join(given)
    })
    return shape?.called()
  }

  #filter(node, scope) {
    const [first, ...rest] = node.args.children
    for (const arg of rest) this.#visit(arg, scope)
    const shape = first && this.#shapeOf(first, scope)
    const filter = FILTERS.get(node.name.value)
    if (!shape || !filter) return shape
    shape.note(filter.input)
    if (BY_MEMBER.has(node.name.value) && rest[0]?.typename === 'Literal')
      shape.ofItem().member(rest[0].value)
    return filter.output(shape)
  }

  #dict(node, scope) {
    const shape = new Shape()
    for (const { key, value } of node.children) {
      const given = this.#shapeOf(value, scope)
      if (given) shape.member(String(key.value)).join(given)
    }
    return shape
  }

  #compare({ expr, ops }, scope) {
    const shape = this.#shapeOf(expr, scope)
    for (const { expr: other } of ops) {
      if (other.typename === 'Literal') shape?.literals.add(other.value)
      else this.#visit(other, scope)
    }
    return undefined
  }

  #in({ left, right }, scope) {
    this.#visit(left, scope)
    const shape = this.#shapeOf(right, scope)?.note('list')
    if (left.typename === 'Literal') shape?.ofItem().literals.add(left.value)
    return undefined
  }

  /**
   * Returns values for the names that templates call, or whose members they call: macros that are
   * imported without context see globals only.
   */
  get globals() {
    const called = this.#names.filter(([, shape]) => shape.holdsFunction())
    return Object.fromEntries(called.map(([name, shape]) => [name, valueFor(shape, name, 0)]))
  }

  /** Data for all the names, the same for one seed. */
  data(seed) {
    return Object.fromEntries(
      this.#names.map(([name, shape]) => [name, valueFor(shape, `${seed}.${name}`, 0)]),
    )
  }

  get #names() {
    return [...this.#root.members].filter(([name]) => !NOT_DATA.has(name))
  }
}

function parametersOf({ args }) {
  return args.children.flatMap((arg) =>
    arg.typename === 'Symbol' ? [arg.value] : arg.children.map(({ key }) => key.value),
  )
}

const EXPRESSIONS = new Set(
  ['Symbol', 'LookupVal', 'FunCall', 'Filter', 'Group', 'InlineIf', 'Or', 'And'].concat(
    ['Compare', 'In', 'Dict'], //
  ),
)

function isExpression({ typename }) {
  return EXPRESSIONS.has(typename)
}

const TEXTS = ['text', 'a & b', '<b>bold</b>', 'it\'s "quoted"', '', 'x-1', '/path?a=1&b=2', '2024-02-29']
const NUMBERS = [7, 0, -1.5]
const LEAVES = [...TEXTS, 'Ünïcödé', ...NUMBERS, true, true, false, null, undefined]
const OF_ARRAYS = 'push pop concat map filter forEach join slice unshift reverse sort find some every'.split(
  ' ',
)
const OF_TEXTS =
  'split toLowerCase toUpperCase trim replace replaceAll startsWith endsWith substring substr match charAt'.split(
    ' ',
  )

const DEEPEST = 7

function valueFor(shape, path, depth) {
  if (shape.result) {
    const result = valueFor(shape.result, `${path}()`, depth + 1)
    return Object.assign(() => result, { key: path })
  }
  if (shape.is('template')) return MADE_UP
  const called = (names) => names.some((name) => shape.members.get(name)?.result)
  if (called(OF_TEXTS) && !called(OF_ARRAYS)) return choose(['some text', 'a,b', ''], path)
  const needed = ['list', 'object', 'text', 'number'].some((kind) => shape.is(kind))
  if (!needed && !shape.holdsFunction() && hash(`${path}?`) % 12 === 0) return undefined
  if (depth > DEEPEST) return 'deep'
  if (isObject(shape, called)) return objectFor(shape, path, depth)
  if (shape.item || shape.is('list') || called(OF_ARRAYS) || shape.members.has('length')) {
    const item = shape.item ?? new Shape()
    const most = depth > 3 ? 2 : 4
    return Array.from({ length: hash(path) % most }, (_, n) => valueFor(item, `${path}[${n}]`, depth + 1))
  }
  return leafFor(shape, path)
}

function isObject(shape, called) {
  if (called(OF_ARRAYS)) return false
  if (shape.is('object')) return true
  const members = [...shape.members.keys()].filter((name) => name !== 'length')
  return members.length > 0 && !shape.is('list')
}

function objectFor(shape, path, depth) {
  const members = [...shape.members].map(([name, member]) => [name, member])
  // Members that are read by names which are not known here.
  if (shape.item || members.length === 0) {
    for (const name of ['one', 'two']) members.push([name, shape.item ?? new Shape()])
  }
  return Object.fromEntries(
    members.map(([name, member]) => [name, valueFor(member, `${path}.${name}`, depth + 1)]),
  )
}

function leafFor(shape, path) {
  if (shape.is('number')) return choose(NUMBERS, path)
  if (shape.is('text')) return choose(TEXTS, path)
  // A literal that it is compared with is as likely as all else.
  const literals = [...shape.literals]
  const amongLiterals = literals.length > 0 && hash(`${path}=`) % 2 === 0
  return choose(amongLiterals ? literals : LEAVES, path)
}

/** A template's tree as nunjucks parses it; undefined: it does not. */
export function treeOf(source, environment) {
  try {
    return nunjucks.parser.parse(source, environment.extensionsList, environment.opts)
  } catch {
    return undefined
  }
}

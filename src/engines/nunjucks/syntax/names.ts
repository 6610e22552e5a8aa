import type { AstNode } from '../nunjucks.ts'

/** Visits a node and its descendants. If `visit` returns `false`, the descendants are left out. */
export function walk(
  node: AstNode,
  visit: (node: AstNode, parent: AstNode | null) => boolean | undefined,
): void {
  descend(node, null)

  function descend(current: AstNode, parent: AstNode | null): void {
    if (visit(current, parent) === false) return
    for (const child of childrenOf(current)) descend(child, current)
  }
}

/**
 * Returns the children of a node. nunjucks' list of fields lacks the body of a `{% set %}`, and
 * knows no cache tag.
 */
export function childrenOf(node: AstNode): AstNode[] {
  const children: AstNode[] = []
  const add = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(add)
    else if (isNode(value)) children.push(value)
  }
  node.iterFields(add)
  if (node.typename === 'Set' || node.typename === 'Head') add(node.body)
  if (node.typename === 'Fragment') add(node.args)
  if (node.typename === 'Cache' || node.typename === 'NoCache') {
    add(node.args)
    add(node.body)
  }
  return children
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'typename' in value && 'iterFields' in value
}

/**
 * Returns the names that a statement assigns in its own scope: by set, macro and import, but not
 * inside a macro or a fragment.
 */
export function assignedNames(statement: AstNode): Set<string> {
  const names = new Set<string>()
  walk(statement, (node, parent) => {
    if (node.typename === 'Set') for (const target of node.targets) names.add(target.value as string)
    if (node.typename === 'Macro') names.add(node.name.value as string)
    if (node.typename === 'Import') names.add(node.target.value as string)
    if (node.typename === 'FromImport') for (const name of importedNames(node)) names.add(name)
    return (parent !== null && isScope(node)) === false
  })
  return names
}

export function importedNames(node: AstNode): string[] {
  return node.names.children.map(
    (name) => (name.typename === 'Pair' ? (name.value as AstNode) : name).value as string,
  )
}

function isScope(node: AstNode): boolean {
  return ['Macro', 'Caller', 'Cache', 'NoCache'].includes(node.typename)
}

/**
 * Returns all names that are read in a tree, except those of filters, tests and keyword arguments.
 */
export function readNames(tree: AstNode): Set<string> {
  const names = new Set<string>()
  walk(tree, (node, parent) => {
    if (node.typename === 'Symbol' && !isLabel(node, parent)) names.add(node.value as string)
    return true
  })
  return names
}

function isLabel(node: AstNode, parent: AstNode | null): boolean {
  if (parent === null) return false
  if (parent.typename === 'Filter' || parent.typename === 'FilterAsync') return parent.name === node
  return parent.typename === 'Pair' && parent.key === node
}

/** Returns true if a tree calls a block of a parent. */
export function callsSuper(tree: AstNode): boolean {
  let found = false
  walk(tree, ({ typename, name }) => {
    found ||= typename === 'Super' || (typename === 'FunCall' && name.value === 'super')
    return !found
  })
  return found
}

/**
 * Returns true if a node runs another template, or a parent's block, which may read any name of
 * this scope.
 */
export function readsAnyName(tree: AstNode): boolean {
  let any = false
  walk(tree, (node) => {
    const { typename } = node
    if (typename === 'Include' || typename === 'Super' || typename === 'Block') any = true
    if ((typename === 'Import' || typename === 'FromImport') && node.withContext) any = true
    if (typename === 'FunCall' && node.name.value === 'super') any = true
    // A nocache tag sees nothing of this scope but its arguments.
    return !any && typename !== 'NoCache'
  })
  return any
}

/**
 * Returns the names that a piece of a template reads and does not bind itself, each with the first
 * node that reads it. A name is bound from where it is set on, in whatever branch that is.
 */
export function freeNames(tree: AstNode): Map<string, AstNode> {
  const free = new Map<string, AstNode>()
  visit(tree, new Set())
  return free

  function visit(node: AstNode, bound: Set<string>): void {
    const { typename } = node
    if (typename === 'Symbol') {
      const name = node.value as string
      if (!bound.has(name) && !free.has(name)) free.set(name, node)
    } else if (typename === 'Filter' || typename === 'FilterAsync') {
      visit(node.args, bound)
    } else if (typename === 'Is') {
      const { left, right } = node as unknown as { left: AstNode; right: AstNode }
      visit(left, bound)
      if (right.typename === 'FunCall') visit(right.args, bound)
    } else if (typename === 'Pair') {
      visit(node.value as AstNode, bound)
    } else if (typename === 'Set') {
      if (node.value) visit(node.value as AstNode, bound)
      else visit(node.body, new Set(bound))
      for (const target of node.targets) bound.add(target.value as string)
    } else if (typename === 'For' || typename === 'AsyncEach' || typename === 'AsyncAll') {
      visit(node.arr, bound)
      visit(node.body, new Set([...bound, ...loopNames(node), 'loop']))
      if (node.else_) visit(node.else_, new Set(bound))
    } else if (typename === 'Macro' || typename === 'Caller') {
      if (typename === 'Macro') bound.add(node.name.value as string)
      visitMacro(node, bound)
    } else if (typename === 'Import' || typename === 'FromImport') {
      visit(node.template, bound)
      const names = typename === 'Import' ? [node.target.value as string] : importedNames(node)
      for (const name of names) bound.add(name)
    } else if (typename === 'Cache' || typename === 'NoCache') {
      visit(node.args, bound)
      const own = typename === 'NoCache' ? Object.keys(namedValues(node.args)) : []
      visit(node.body, new Set([...bound, ...own]))
    } else if (typename === 'CallExtension' || typename === 'CallExtensionAsync') {
      if (node.args) visit(node.args, bound)
      for (const content of node.contentArgs) if (content) visit(content, new Set(bound))
    } else if (typename === 'Block') {
      visit(node.body, new Set(bound))
    } else {
      for (const child of childrenOf(node)) visit(child, bound)
    }
  }

  function visitMacro(node: AstNode, bound: Set<string>): void {
    const within = new Set([...bound, 'caller'])
    for (const arg of node.args.children) {
      if (arg.typename === 'Symbol') within.add(arg.value as string)
      else for (const pair of arg.children) bindDefault(pair, within)
    }
    visit(node.body, within)
  }

  function bindDefault(pair: AstNode, within: Set<string>): void {
    visit(pair.value as AstNode, within)
    within.add(pair.key.value as string)
  }
}

/** Returns the names of a loop's items. */
export function loopNames(node: AstNode): string[] {
  const names = node.name.typename === 'Array' ? node.name.children : [node.name]
  return names.map((name) => name.value as string)
}

/** Returns the keyword arguments of a tag. */
export function namedValues(args: AstNode): Record<string, AstNode> {
  const pairs = args.children.flatMap((arg) => (arg.typename === 'KeywordArgs' ? arg.children : []))
  return Object.fromEntries(pairs.map((pair) => [pair.key.value as string, pair.value as AstNode]))
}

/** Returns the name that a path begins with: `user` of `user.id`. */
export function rootOf(node: AstNode): string | undefined {
  if (node.typename === 'Symbol') return node.value as string
  return node.typename === 'LookupVal' ? rootOf(node.target) : undefined
}

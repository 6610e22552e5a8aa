import type { AstNode } from './nunjucks.ts'

/** Visits a node and all below it; `false` from `visit` leaves out what is below. */
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

/** A node's children. nunjucks' own list of fields leaves out the body of a `{% set %}`, and knows no cache tag. */
export function childrenOf(node: AstNode): AstNode[] {
  const children: AstNode[] = []
  const add = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(add)
    else if (isNode(value)) children.push(value)
  }
  node.iterFields(add)
  if (node.typename === 'Set') add(node.body)
  if (node.typename === 'Cache') {
    add(node.args)
    add(node.body)
  }
  return children
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'typename' in value && 'iterFields' in value
}

/** The names that a statement assigns in its own scope: by set, macro and import, not inside a macro or a fragment. */
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
  return ['Macro', 'Caller', 'Cache'].includes(node.typename)
}

/** All names that are read anywhere below; not those of filters, tests and keyword arguments. */
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

/** Another template, or a parent's block, runs inside and may read any name of this scope. */
export function readsAnyName(tree: AstNode): boolean {
  let any = false
  walk(tree, (node) => {
    const { typename } = node
    if (typename === 'Include' || typename === 'Super' || typename === 'Block') any = true
    if ((typename === 'Import' || typename === 'FromImport') && node.withContext) any = true
    if (typename === 'FunCall' && node.name.value === 'super') any = true
    return !any
  })
  return any
}

import type { AstNode } from '../nunjucks.ts'
import { childrenOf, freeNames, importedNames, readsAnyName } from '../syntax/names.ts'

/**
 * Says whether a template only defines macros, so that all imports of it on one page may share what
 * it exports. The libraries that it imports itself are looked at when it runs.
 */
export function isLibrary(tree: AstNode): boolean {
  const statements = tree.children
  if (!statements.every(definesOnly)) return false
  const macros = statements.filter(({ typename }) => typename === 'Macro')
  // A name that a macro imports is known to all macros from then on.
  const leaked = macros.flatMap(({ body }) => namesBoundIn(body))
  if (leaked.length === 0) return true
  const free = freeNames(tree)
  return !macros.some(({ body }) => readsAnyName(body)) && !leaked.some((name) => free.has(name))
}

function definesOnly(node: AstNode): boolean {
  const { typename } = node
  if (typename === 'Output') return node.children.every((child) => child.typename === 'TemplateData')
  if (typename === 'Import' || typename === 'FromImport') return isPlainImport(node)
  return typename === 'Macro'
}

function isPlainImport({ template, withContext }: AstNode): boolean {
  return template.typename === 'Literal' && !withContext
}

function namesBoundIn(macro: AstNode): string[] {
  const names: string[] = []
  const visit = (node: AstNode): void => {
    if (node.typename === 'Import') names.push(node.target.value as string)
    if (node.typename === 'FromImport') names.push(...importedNames(node))
    if (node.typename === 'Macro') names.push(node.name.value as string)
    for (const child of childrenOf(node)) visit(child)
  }
  visit(macro)
  return names
}

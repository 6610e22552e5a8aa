import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import typescript from 'typescript54'
import { expect, test } from 'vitest'
import { ROOT } from './packed.ts'

const { ModuleKind, ModuleResolutionKind, ScriptTarget, SymbolFlags } = typescript
const DIST = join(ROOT, 'dist/')

/** The declarations of the modules that the package exports. */
function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object }
  return Object.values(exports)
    .filter((file) => file.endsWith('.js'))
    .map((file) => join(ROOT, file.replace(/\.js$/, '.d.ts')))
}

/**
 * Types of this package that public signatures name, and no entry point exports.
 * @returns each with the way to it, from the export that is the first to need it
 */
function unexported(files: readonly string[]): { found: number; missing: string[] } {
  const program = typescript.createProgram(files, {
    module: ModuleKind.NodeNext,
    moduleResolution: ModuleResolutionKind.NodeNext,
    target: ScriptTarget.ES2022,
    types: ['node'],
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const resolved = (symbol: typescript.Symbol) =>
    symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const ownDeclarations = ({ declarations = [] }: typescript.Symbol) =>
    declarations.filter((one) => one.getSourceFile().fileName.startsWith(DIST))

  const exported = new Set<typescript.Symbol>()
  for (const file of files) {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (!module) throw new Error(`${file} is no module`)
    for (const symbol of checker.getExportsOfModule(module)) exported.add(resolved(symbol))
  }

  const visited = new Set<typescript.Symbol>()
  const missing: string[] = []
  const visit = (symbol: typescript.Symbol, way: string): void => {
    if (visited.has(symbol) || symbol.flags & SymbolFlags.TypeParameter) return
    visited.add(symbol)
    const declarations = ownDeclarations(symbol)
    if (declarations.length > 0 && !exported.has(symbol)) missing.push(way)
    for (const declaration of declarations) walk(declaration, way)
  }
  const walk = (node: typescript.Node, way: string): void => {
    const name = nameIn(node)
    const symbol = name && checker.getSymbolAtLocation(name)
    if (symbol) visit(resolved(symbol), `${way} > ${symbol.name}`)
    typescript.forEachChild(node, (child) => walk(child, way))
  }
  for (const symbol of exported) visit(symbol, symbol.name)
  return { found: visited.size, missing }
}

/** The name by which a node refers to a type. */
function nameIn(node: typescript.Node): typescript.Node | undefined {
  if (typescript.isTypeReferenceNode(node)) return node.typeName
  if (typescript.isExpressionWithTypeArguments(node)) return node.expression
  if (typescript.isTypeQueryNode(node)) return node.exprName
  if (typescript.isImportTypeNode(node)) return node.qualifier
  return undefined
}

test('every type of a public signature is exported by an entry point', () => {
  const { found, missing } = unexported(entryPoints())
  expect(found).toBeGreaterThan(100)
  expect(missing).toEqual([])
})

test('a type that is not exported is found', () => {
  const { missing } = unexported([join(DIST, 'core/fragment-cache.d.ts')])
  expect(missing).toContain('FragmentCache > FragmentCacheOptions > Store')
})

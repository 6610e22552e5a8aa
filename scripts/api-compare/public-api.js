import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript6'

/**
 * @typedef {Map<string, string[]>} Names the signatures of each name: one, or one for each member
 */

/**
 * Reads the public types of a built checkout.
 *
 * @param {string} folder
 * @returns {Map<string, Names>} by the module that exports them
 */
export function publicApiOf(folder) {
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const doors = Object.entries(/** @type {Record<string, string>} */ (exports)).filter(([, file]) =>
    file.endsWith('.js'),
  )
  const fileOf = (/** @type {string} */ file) => join(folder, file.replace(/\.js$/, '.d.ts'))
  const program = ts.createProgram(
    doors.map(([, file]) => fileOf(file)),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      types: [],
      skipLibCheck: true,
    },
  )
  const checker = program.getTypeChecker()
  return new Map(
    doors.map(([door, file]) => {
      const source = program.getSourceFile(fileOf(file))
      const module = source && checker.getSymbolAtLocation(source)
      if (!module) throw new Error(`${fileOf(file)} is missing: build ${folder} first`)
      const names = checker.getExportsOfModule(module).map((symbol) => {
        const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
        const signatures = (own.declarations ?? []).flatMap(signaturesOf)
        return /** @type {[string, string[]]} */ ([symbol.name, signatures])
      })
      return [door.replace(/^\./, name), new Map(names)]
    }),
  )
}

const printer = ts.createPrinter({ removeComments: true })

/**
 * Returns a signature for each member of a class, an interface, an object type or a union.
 *
 * @param {ts.Declaration} node
 * @returns {string[]}
 */
function signaturesOf(node) {
  if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node))
    return [...(node.heritageClauses?.map(textOf) ?? []), ...membersOf(node)]
  const type = ts.isTypeAliasDeclaration(node) || ts.isVariableDeclaration(node) ? node.type : undefined
  if (type && ts.isUnionTypeNode(type)) return type.types.map((one) => `| ${textOf(one)}`)
  if (type && ts.isTypeLiteralNode(type)) return membersOf(type)
  return [textOf(node)]
}

/** @param {{ members: ts.NodeArray<ts.ClassElement | ts.TypeElement> }} node */
function membersOf({ members }) {
  return members.filter(({ name }) => !name || !ts.isPrivateIdentifier(name)).map(textOf)
}

/** Returns a declaration on one line, without comments. @param {ts.Node} node */
function textOf(node) {
  const text = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
  return text
    .replace(/\s+/g, ' ')
    .replace(/, \}/g, ' }')
    .replace(/^export (default )?/, '')
    .trim()
}

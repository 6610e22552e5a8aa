import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript6'

/**
 * @typedef {object} Source
 * @property {string} file relative to src/
 * @property {number} lines
 * @property {number} codeLines those that hold more than comments
 * @property {Import[]} imports of files of src/
 */

/**
 * @typedef {object} Import
 * @property {string} from
 * @property {string} to
 * @property {boolean} typeOnly
 */

/** Reads the TypeScript files of a source folder. @param {string} src @returns {Source[]} */
export function readSources(src) {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(src, file), 'utf8')
      const lines = text.split('\n').length - 1
      return { file, lines, codeLines: codeLinesOf(text), imports: importsOf(file, text) }
    })
}

/** Counts the lines that a token begins on. @param {string} text */
function codeLinesOf(text) {
  const source = ts.createSourceFile('', text, ts.ScriptTarget.ES2022)
  /** @type {Set<number>} */
  const lines = new Set()
  const visit = (/** @type {ts.Node} */ node) => {
    const children = node.getChildren(source)
    const isToken = children.length === 0 && node.end > node.getStart(source)
    if (isToken) lines.add(source.getLineAndCharacterOfPosition(node.getStart(source)).line)
    else for (const child of children) if (!ts.isJSDoc(child)) visit(child)
  }
  visit(source)
  return lines.size
}

/** @param {string} from @param {string} text @returns {Import[]} */
function importsOf(from, text) {
  const { statements } = ts.createSourceFile(from, text, ts.ScriptTarget.ES2022)
  return statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const target = statement.moduleSpecifier
    if (!target || !ts.isStringLiteral(target) || !target.text.startsWith('.')) return []
    return [{ from, to: relative('.', join(dirname(from), target.text)), typeOnly: isTypeOnly(statement) }]
  })
}

/**
 * Returns true for `import type` and for `import { type A }`.
 * @param {ts.ImportDeclaration | ts.ExportDeclaration} node
 */
function isTypeOnly(node) {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly || allTypes(node.exportClause)
  const clause = node.importClause
  return clause !== undefined && (clause.isTypeOnly || (!clause.name && allTypes(clause.namedBindings)))
}

/** @param {ts.Node | undefined} names */
function allTypes(names) {
  if (!names || !(ts.isNamedImports(names) || ts.isNamedExports(names))) return false
  return names.elements.length > 0 && names.elements.every((one) => one.isTypeOnly)
}

/**
 * Returns the room of a file: its folder, to a depth of two below core/, engines/ and stores/, and
 * of one elsewhere.
 * @param {string} file
 */
export function roomOf(file) {
  const folders = dirname(file).split('/')
  const deep = ['core', 'engines', 'stores', 'template', 'fragment'].includes(folders[0] ?? '')
  return folders.slice(0, deep ? 2 : 1).join('/')
}

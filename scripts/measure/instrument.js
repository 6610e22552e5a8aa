import ts from 'typescript6'

/**
 * Makes every function of a module report when control enters and leaves it, to `globalThis.trace`:
 *
 *     const $f = trace.enter('core/page/page.js', 'render')
 *     try { body } finally { trace.exit($f) }
 *
 * An `await` leaves the function (`trace.suspend`) and enters it again (`trace.resume`); so does a
 * `catch`, which may follow an `await` that failed. Generators and functions without a statement
 * are left as they are.
 *
 * @param {string} text JavaScript
 * @param {string} file the name to report
 * @returns {string}
 */
export function instrument(text, file) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS)

  /**
   * The text of a node, rewritten.
   * @param {ts.Node} node
   * @param {boolean} traced
   * @returns {string}
   */
  const emit = (node, traced) => {
    if (ts.isFunctionLike(node)) return inside(node, isTraced(node))
    if (ts.isAwaitExpression(node) && traced)
      return `trace.resume($f, await trace.suspend($f, ${emit(node.expression, traced)}))`
    if (ts.isCatchClause(node) && traced)
      return inside(node, traced).replace(/\{/, () => '{ trace.resume($f);')
    return inside(node, traced)
  }

  /** The same of what lies in it. @param {ts.Node} node @param {boolean} traced */
  const inside = (node, traced) => {
    let result = ''
    let done = node.getStart()
    ts.forEachChild(node, (child) => {
      const isBody = traced && ts.isFunctionLike(node) && 'body' in node && node.body === child
      const emitted = emit(child, traced)
      result += text.slice(done, child.getStart()) + (isBody ? body(node, child, emitted) : emitted)
      done = child.end
    })
    return result + text.slice(done, node.end)
  }

  /** @param {ts.Node} node a function @param {ts.Node} block its body @param {string} emitted */
  const body = (node, block, emitted) => {
    const statements = ts.isBlock(block) ? emitted.slice(1, -1) : `return (${emitted})`
    const names = `${JSON.stringify(file)}, ${JSON.stringify(nameOf(node))}`
    return `{ const $f = trace.enter(${names}); try {${statements}} finally { trace.exit($f) } }`
  }

  return inside(source, false)
}

/** @param {ts.SignatureDeclaration} node */
function isTraced(node) {
  if (!('body' in node) || !node.body || ('asteriskToken' in node && node.asteriskToken)) return false
  return !ts.isBlock(node.body) || node.body.statements.length > 0
}

/** @param {ts.Node} node a function */
function nameOf(node) {
  if (ts.isConstructorDeclaration(node)) return `new ${node.parent.name?.text ?? 'class'}`
  const named = /** @type {{ name?: ts.Node }} */ ('name' in node && node.name ? node : node.parent)
  return named.name?.getText() ?? 'anonymous'
}

import nunjucks from 'nunjucks'

// biome-ignore lint/suspicious/noExplicitAny: nunjucks' parser has no types
type Any = any

/** Filters, functions and tags that the templates of the oracle use. */
export function setUp(environment: nunjucks.Environment): void {
  environment.addFilter('exclaim', (value: unknown) => `${value}!`)
  environment.addFilter('digest', (value: unknown) => digest(JSON.stringify(value) ?? ''))
  environment.addFilter('rev', (list: unknown[]) => list.reverse())
  environment.addFilter('mark', (value: unknown, state: { n: number }) => `${value}${++state.n}`)
  environment.addFilter('shown', (value: unknown) => `[${value}]`)
  environment.addFilter(
    'later',
    (value: unknown, callback: Any) => {
      setImmediate(() => callback(null, `later ${value}`))
    },
    true,
  )
  environment.addFilter('soon', (value: unknown, callback: Any) => callback(null, `soon ${value}`), true)
  environment.addGlobal('twice', (value: unknown) => `${value}${value}`)
  environment.addExtension('Shout', new Shout())
  environment.addExtension('ShoutLater', new ShoutLater())
}

/** A key of whatever a body reads, so that two bodies which differ never share one. */
function digest(text: string): string {
  let hash = 7
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 4294967291
  return `${text.length}-${hash}`
}

/** A foreign tag: `{% shout "!" %} ... {% endshout %}`. */
class Shout {
  tags = ['shout']

  parse(parser: Any, nodes: Any): Any {
    return this.parsed(parser, nodes.CallExtension, 'endshout')
  }

  parsed(parser: Any, Node: Any, end: string): Any {
    const token = parser.nextToken()
    const args = parser.parseSignature(null, true)
    parser.advanceAfterBlockEnd(token.value)
    const body = parser.parseUntilBlocks(end)
    parser.advanceAfterBlockEnd()
    return new Node(this, 'run', args, [body])
  }

  run(_context: Any, mark: Any, body: Any): Any {
    return new (nunjucks.runtime as Any).SafeString(`${body().toUpperCase()}${mark}`)
  }
}

/** The same, asynchronously. */
class ShoutLater extends Shout {
  override tags = ['shoutlater']

  override parse(parser: Any, nodes: Any): Any {
    return this.parsed(parser, nodes.CallExtensionAsync, 'endshoutlater')
  }

  override run(_context: Any, mark: Any, body: Any, callback?: Any): Any {
    body((error: Any, text: string) => {
      setImmediate(() =>
        callback(error, error ? undefined : new (nunjucks.runtime as Any).SafeString(`${text}${mark}`)),
      )
    })
  }
}

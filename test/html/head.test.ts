import fc from 'fast-check'
import { type DefaultTreeAdapterMap, parse, serialize } from 'parse5'
import { describe, expect, test } from 'vitest'
import { insertInHead, placesIn } from '../../src/html/head.ts'

const endOfHead = (...args: Parameters<typeof placesIn>) => placesIn(...args)?.endOfHead

const MARK = '<meta name=added>'

describe('the end of the head is', () => {
  test.each([
    // The end is a tag.
    '<!doctype html><html><head><title>t</title>|</head><body>x',
    '<html><head>|</HEAD ><body>',
    '<head><!-- </head> -->|</head>',
    '<head><script>var a = "</head>"</script>|</head>',
    '<head><script><!-- <script> </script> </head> --></script>|</head>',
    '<head><title></head></title>|</head>',
    '<head><style>a::after { content: "</head>" }</style>|</head>',
    '<head><noscript></head><p></noscript>|</head>',
    '<head><template></head><p>x</template>|</head>',
    '<head><template><template></template></head></template>|</head>',
    '<head><meta content="</head>">|</head>',
    "<head data-x='</head>'>|</head>",
    '<head></div>|</head>',
    // The end is before something that cannot be in a head.
    '<!doctype html><title>t</title>|<p>x',
    '<!doctype html>|<p>x<iframe srcdoc="<head></head>"></iframe>',
    '<!doctype html>\n<!-- c -->\n<html lang=en>|<body>',
    '<!doctype html><html><head><link>|<div></div></head>',
    '<!doctype html><html><head><link>| text</head>',
    '<!doctype html><title>t</title>|</body>',
    '<!doctype html><title>t</title>|<br>',
    '<html>|</html>',
    '<head><link>|',
    '<!doctype html>|',
    '<!-- a -->|<p>x',
    '|<p>x</p>',
    '|text <b>and</b> tags',
    '|{{ "a" }}: <b>no JSON</b>',
    '\ufeff|<p>x',
    '\ufeff<!doctype html><head>|</head>',
    '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html><head>|</head>',
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>|</head>',
    '<head>\r\n<title>\r\nt</title>\r\n|</head>',
    '<head><title>\u{1f600}</title>|</head>',
    '|<svg><title>t</title></svg>',
  ])('%s', (html) => {
    const [before = '', after = ''] = html.split('|')
    expect(insertInHead(before + after, MARK)).toBe(before + MARK + after)
    // In pieces of one character.
    expect(endOfHead([...(before + after)])).toBe(before.length)
  })
})

describe('nothing is added to', () => {
  test.each([
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title></head></title></channel></rss>',
    '<?xml version="1.0"?><note><head></head></note>',
    '<rss><channel></channel></rss>',
    '<feed xmlns="http://www.w3.org/2005/Atom"></feed>',
    '<urlset></urlset>',
    '<rdf:RDF></rdf:RDF>',
    '<!DOCTYPE rss PUBLIC "-//Netscape"><rss></rss>',
    '<!DOCTYPE svg><svg></svg>',
    '{"html": "<head></head>"}',
    ' [1, "<p>"]',
    '"<p>"',
    'User-agent: *\nDisallow: /a<b',
    '',
    '\ufeff{"a": "<p>"}',
  ])('%s', (text) => {
    expect(insertInHead(text, MARK)).toBe(text)
    expect(endOfHead([...text])).toBeUndefined()
  })

  test.each(['application/json', 'text/plain; charset=utf-8', 'application/rss+xml', 'text/xml'])(
    'what is sent as %s',
    (type) => {
      expect(endOfHead(['<head></head>'], type)).toBeUndefined()
    },
  )

  test.each(['text/html', 'TEXT/HTML; charset=utf-8', 'application/xhtml+xml'])('but to %s', (type) => {
    expect(endOfHead(['<head></head>'], type)).toBe(6)
    expect(endOfHead(['text'], type)).toBe(0)
  })
})

test('no more of a document is read than its head', () => {
  const read: string[] = []
  function* pieces() {
    for (const piece of ['<head>', '</head>', '<body>', 'x']) {
      read.push(piece)
      yield piece
    }
  }
  expect(endOfHead(pieces())).toBe(6)
  expect(read).toEqual(['<head>', '</head>'])
})

type Node = DefaultTreeAdapterMap['childNode']
type Parent = DefaultTreeAdapterMap['element']

/** Pieces of documents, whole and broken. */
const PIECES = [
  ...[
    '<!doctype html>',
    '<html>',
    '<html lang="a>b">',
    '</html>',
    '<head>',
    '</head>',
    '</HEAD\n>',
    '<body>',
  ],
  ...[
    '</body>',
    '<title>',
    '</title>',
    '<script>',
    '</script>',
    '<style>',
    '</style>',
    '<noscript>',
    '</noscript>',
  ],
  ...[
    '<template>',
    '</template>',
    '<!--',
    '-->',
    '--!>',
    '<!-- </head> -->',
    '<!',
    '<?xml?>',
    '</',
    '<',
    '>',
    '"',
  ],
  ...[
    "'",
    '<meta name="</head>">',
    "<link title='</head>'>",
    '<base>',
    '<p title="',
    '<iframe srcdoc="</head>">',
  ],
  ...[
    '</iframe>',
    '<textarea>',
    '</textarea>',
    '<svg>',
    '</svg>',
    '<foreignObject>',
    '</foreignObject>',
    '<math>',
  ],
  ...[
    '<![CDATA[',
    ']]>',
    '<br>',
    '</br>',
    '</p>',
    '<noframes>',
    '</noframes>',
    ' ',
    '\n',
    '\r\n',
    'x',
    '&amp',
    '\0',
  ],
  ...[
    '<select>',
    '<table>',
    '<frameset>',
    '<plaintext>',
    '<desc>',
    '<mi>',
    '</math>',
    '<div>',
    '</div>',
    '<svg/>',
  ],
]

test('as a parser of HTML puts it: last in the head, and all else where it was', () => {
  let counted = 0
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }), (pieces) => {
      const html = pieces.join('')
      const at = endOfHead([html], 'text/html') as number
      const without = parse(html)
      const marked = parse(html.slice(0, at) + MARK + html.slice(at))
      const marks = marksIn(marked.childNodes)
      // Its element is never closed, so it would not be visible at the end of the document either.
      if (marks.length === 0) {
        expect(marksIn(parse(html + MARK).childNodes)).toEqual([])
        return
      }
      counted++
      expect(marks.map((node) => (node.parentNode as Parent).tagName)).toEqual(['head'])
      const head = (marks[0] as Parent).parentNode as Parent
      head.childNodes.splice(head.childNodes.indexOf(marks[0] as Node), 1)
      expect(textless(serialize(marked))).toBe(textless(serialize(without)))
      expect(marked.mode).toBe(without.mode)
    }),
    { numRuns: 5000, seed: 20261128 },
  )
  expect(counted).toBeGreaterThan(4000)
})

function marksIn(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [
    ...('attrs' in node && node.attrs[0]?.value === 'added' ? [node] : []),
    ...('childNodes' in node ? marksIn(node.childNodes) : []),
  ])
}

/** White space between head and body may belong to either. */
function textless(html: string): string {
  return html.replaceAll(/\s+/g, '')
}

describe('a beginning that was read before', () => {
  const BEGINNING = '<!doctype html><html><head><title>t</title></head><body>'

  test('tells where the head ends, whatever comes behind it', () => {
    const cold = placesIn([BEGINNING, 'a'])
    expect(cold).toMatchObject({ begin: 15, endOfHead: BEGINNING.indexOf('</head>') })
    expect(placesIn([BEGINNING, '</head>b'])).toMatchObject({ ...cold })
    expect(placesIn([BEGINNING])).toMatchObject({ ...cold })
  })

  test('is HTML where the response says so, and nothing where it says otherwise', () => {
    const feed = ['<rss><channel>', '</channel></rss>']
    for (let n = 0; n < 2; n++) {
      expect(placesIn(feed)).toBeUndefined()
      expect(placesIn(feed, 'text/html')).toMatchObject({ endOfHead: 0 })
      expect(placesIn([BEGINNING], 'text/plain')).toBeUndefined()
    }
  })

  test('reports nothing if it is text that a tag may follow', () => {
    expect(placesIn(['{"a": "', '<b>"}'])).toBeUndefined()
    expect(placesIn(['{"a": "', '<b>'])).toMatchObject({ endOfHead: 0 })
    expect(placesIn(['{"a": "', '<b>"}'])).toBeUndefined()
  })
})

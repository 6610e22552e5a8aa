import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const CLI = new URL('../../dist/cli/onetrip.js', import.meta.url).pathname

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onetrip-check-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let sites = 0

/** Writes a site of templates. @returns a function that checks it */
function siteOf(templates: Record<string, string>) {
  const root = join(folder, `site-${++sites}`)
  for (const [name, text] of Object.entries(templates)) {
    mkdirSync(dirname(join(root, 'views', name)), { recursive: true })
    writeFileSync(join(root, 'views', name), text)
  }
  return (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'check', 'views', ...args], {
      cwd: root,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
}

/** The findings of a site, as short texts. */
function found(templates: Record<string, string>, ...args: string[]): string[] {
  const { stdout } = siteOf(templates)('--json', ...args)
  const { findings } = JSON.parse(stdout) as {
    findings: { kind: string; file: string; line: number; variable?: string }[]
  }
  return findings.map(
    ({ kind, file, line, variable }) => `${file}:${line} ${kind}${variable ? ` ${variable}` : ''}`,
  )
}

describe('onetrip check --fragments', () => {
  const templates = {
    'home.njk': '{% fragment "card", id=film.id %}{% fragment "menu" %}\n{% fragment "kard", id=1 %}',
    'list.njk': '{% fragment "card" %}\n{% fragment "menu", open=true %}\n{% fragment "free", any=1 %}',
  }
  const ONETRIP = new URL('../../dist/index.js', import.meta.url).pathname
  const module = (text: string) => {
    const file = join(folder, `fragments-${++sites}.mjs`)
    writeFileSync(file, `import { defineFragment, FragmentCache } from ${JSON.stringify(ONETRIP)}\n${text}`)
    return file
  }

  test('checks names and parameters by the definitions', () => {
    const file = module(`
      export const card = defineFragment('card', { template: 'card.njk', params: ['id'] })
      export const more = [
        defineFragment('menu', { template: 'menu.njk', params: [] }),
        defineFragment('free', { template: 'free.njk' }),
      ]
      import { createServer } from 'node:net'
      createServer().listen(0) // it keeps the process alive`)
    const check = siteOf(templates)
    const { status, stdout } = check('--fragments', file)
    expect(status).toBe(1)
    expect(stdout).toContain(
      'views/home.njk:2  definition\n  There is no fragment "kard" (home.njk, line 2) (did you mean "card"?)',
    )
    expect(stdout).toContain(
      'views/list.njk:1  definition\n  The parameter "id" of the fragment "card" is missing (list.njk, line 1)',
    )
    expect(stdout).toContain(
      'views/list.njk:2  definition\n  The fragment "menu" has no parameter "open" (list.njk, line 2): it takes none.',
    )
    expect(stdout).toContain('2 templates, 3 findings')
    expect(check()).toMatchObject({ status: 0 })
  })

  test('takes those of a cache, and closes it', () => {
    const file = module(`
      import { memoryStore } from ${JSON.stringify(ONETRIP.replace('index.js', 'stores/memory/index.js'))}
      const menu = defineFragment('menu', { template: 'menu.njk', params: ['open'] })
      const fragments = [menu, defineFragment('card', { template: 'card.njk' })]
      export const cache = new FragmentCache({ store: memoryStore(), ttl: '1m', fragments })`)
    expect(siteOf(templates)('--fragments', file, '--github').stdout).toContain(
      '::error file=views/home.njk,line=1,title=onetrip%3A definition::The parameter "open" of the fragment "menu" is missing',
    )
  })

  test('a module without fragments, or none, is an error', () => {
    const check = siteOf(templates)
    expect(check('--fragments', module('export const n = 1'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('exports no fragments'),
    })
    expect(check('--fragments', 'nowhere.js')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no file'),
    })
  })
})

describe('onetrip check', () => {
  test('finds nothing in clean templates, and ends with 0', () => {
    const check = siteOf({ 'home.njk': '{% cache "a", ttl="5m" %}x{% endcache %}', 'parts/b.njk': 'b' })
    expect(check()).toEqual({ status: 0, stdout: '2 templates, nothing found\n', stderr: '' })
  })

  test('prints where, what, and what to do; and ends with 1', () => {
    const check = siteOf({ 'home.njk': '\n{% cache "menu", ttl="5m" %}{{ user.name }}{% endcache %}' })
    const { status, stdout } = check()
    expect(status).toBe(1)
    expect(stdout).toContain(
      'views/home.njk:2  leak\n  The fragment "menu" (home.njk, line 2) reads user.name',
    )
    expect(stdout).toContain('\n1 template, 1 finding\n')
  })

  test('finds bare numbers under a second as ttl= and stale=', () => {
    const tag = (ttl: string) => `{% cache "a", ttl=${ttl}, stale=5 %}x{% endcache %}`
    expect(found({ 'a.njk': tag('60') })).toEqual([
      'views/a.njk:1 short life stale=',
      'views/a.njk:1 short life ttl=',
    ])
    expect(found({ 'a.njk': tag('"60ms"').replace('stale=5', 'stale="5ms"') })).toEqual([])
  })

  test('as annotations of GitHub Actions', () => {
    const check = siteOf({ 'a,b.njk': '{% cache "menu", ttl="5m" %}{{ user.name }}{% endcache %}' })
    expect(check('--github').stdout).toMatch(
      /^::error file=views\/a%2Cb\.njk,line=1,title=onetrip%3A leak::The fragment "menu" \(a,b\.njk, line 1\) reads user\.name/,
    )
  })

  test('a leak in an include is reported once, where the value is read', () => {
    const include = '{% cache "a", ttl="5m" %}{% include "i.njk" %}{% endcache %}'
    expect(
      found({ 'one.njk': include, 'two.njk': `{% include "one.njk" %}`, 'i.njk': '\n{{ user.name }}' }),
    ).toEqual(['views/i.njk:2 leak user.name'])
  })

  test.each<[string, Record<string, string>, string[], string[]]>([
    [
      'fragments of one name with different bodies',
      {
        'a.njk': '{% cache "x", ttl="5m" %}a{% endcache %}',
        'b.njk': '{% cache "x", ttl="5m" %}b{% endcache %}',
      },
      [],
      ['views/b.njk:1 two bodies'],
    ],
    [
      'a fragment that nothing ends',
      { 'a.njk': '{% cache "x" %}a{% endcache %}' },
      [],
      ['views/a.njk:1 no end'],
    ],
    ['one in a cache that has a ttl', { 'a.njk': '{% cache "x" %}a{% endcache %}' }, ['--ttl'], []],
    ['one with tags', { 'a.njk': '{% cache "x", tags=["x"] %}a{% endcache %}' }, [], []],
    [
      'a part that is an object',
      { 'a.njk': '{% cache "x", film, ttl="5m" %}{{ film.title }}{% endcache %}' },
      [],
      ['views/a.njk:1 object part film'],
    ],
    [
      'one that brings a version',
      { 'a.njk': '{% cache "x", shop.film, ttl="5m" %}{{ shop.film.title }}{% endcache %}' },
      ['--versioned', 'film'],
      [],
    ],
    [
      'an include whose name is computed, in a fragment',
      { 'a.njk': '{% include kind %}{% cache "x", ttl="5m" %}\n{% include "card-" + kind %}{% endcache %}' },
      [],
      ['views/a.njk:2 dynamic include'],
    ],
    [
      'caller() in an include of a fragment',
      {
        'a.njk':
          '{% macro box() %}{% cache "x", ttl="5m" %}{% include "i.njk" %}{% endcache %}{% endmacro %}{% call box() %}in{% endcall %}',
        'i.njk': '\n{{ caller() }}',
      },
      [],
      ['views/i.njk:2 caller'],
    ],
    [
      'caller() in an include, all of it in a fragment',
      {
        'a.njk':
          '{% macro box() %}{% include "i.njk" %}{% endmacro %}{% cache "x", ttl="5m" %}{% call box() %}in{% endcall %}{% endcache %}',
        'i.njk': '{{ caller() }}',
      },
      [],
      [],
    ],
    [
      'a hole that cannot work, alone',
      { 'a.njk': '{% for f in films %}{% nocache %}{{ f }}{% endnocache %}{% endfor %}' },
      [],
      ['views/a.njk:1 template'],
    ],
    [
      'a hole that cannot work where it is included',
      {
        'a.njk': '{% for f in films %}{% include "i.njk" %}{% endfor %}',
        'i.njk': '\n{% nocache %}{{ f }}{% endnocache %}',
      },
      [],
      ['views/i.njk:2 hole f'],
    ],
    ['a template that does not compile', { 'a.njk': '\n{% if %}' }, [], ['views/a.njk:2 template']],
    ['a tag that is refused', { 'a.njk': '\n\n{% cache x %}{% endcache %}' }, [], ['views/a.njk:3 template']],
    ['other files', { 'a.njk': 'x', 'b.txt': '{% cache x %}{% endcache %}' }, [], []],
    [
      'files that are named so',
      { 'b.txt': '{% cache x %}{% endcache %}' },
      ['--extensions', '.txt'],
      ['views/b.txt:1 template'],
    ],
    [
      'what is read in a macro that nobody calls',
      { 'a.njk': '{% macro m() %}{% cache "x", ttl="5m" %}{{ user.name }}{% endcache %}{% endmacro %}' },
      [],
      ['views/a.njk:1 leak user.name'],
    ],
    [
      'with rules of your own',
      { 'a.njk': '{% cache "x", ttl="5m" %}{{ user }}{{ guest }}{{ token }}{{ locale }}{% endcache %}' },
      ['--shared', 'user', '--per-visitor', 'guest', '--per-request', 'token', '--default-vary', 'locale'],
      ['views/a.njk:1 leak guest'],
    ],
    [
      'strictly',
      { 'a.njk': '{% cache "x", film.id, ttl="5m" %}{{ film.title }}{{ menu }}{% endcache %}' },
      ['--strict'],
      ['views/a.njk:1 leak menu'],
    ],
  ])('%s', (_what, templates, args, findings) => {
    expect(found(templates, ...args)).toEqual(findings)
  })

  test('templates with tags of other extensions need your environment', () => {
    const templates = { 'a.njk': '{% shout %}{% cache "x", ttl="5m" %}{{ user.name }}{% endcache %}' }
    const check = siteOf(templates)
    expect(check().stdout).toContain('unknown block tag: shout')
    const file = join(folder, `site-${sites}`, 'environment.mjs')
    const nunjucks = new URL('../../node_modules/nunjucks/index.js', import.meta.url).href
    writeFileSync(
      file,
      `import nunjucks from ${JSON.stringify(nunjucks)}
      export default () => {
        const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader('views'))
        environment.addExtension('Shout', {
          tags: ['shout'],
          parse(parser, nodes) {
            parser.advanceAfterBlockEnd(parser.nextToken().value)
            return new nodes.CallExtension(this, 'run', new nodes.NodeList(), [])
          },
          run: () => '!',
        })
        return environment
      }`,
    )
    const { findings } = JSON.parse(check('--json', '--environment', file).stdout) as {
      findings: { kind: string }[]
    }
    expect(findings.map(({ kind }) => kind)).toEqual(['leak'])
  })
})

describe('onetrip check of files', () => {
  const LEAK = '{% cache "x", ttl="5m" %}{% include "parts/i.njk" %}{% endcache %}'
  const site = {
    'a.njk': LEAK,
    'b.njk': '{% cache "y", ttl="5m" %}{{ cart.size }}{% endcache %}',
    'parts/i.njk': '{{ user.name }}',
    'parts/clean.njk': '{% cache "z", ttl="5m" %}z{% endcache %}',
  }
  const folders = () => join(folder, `site-${sites}`)

  test.each<[string[], string[]]>([
    [['views/parts/i.njk'], ['views/parts/i.njk:1 leak user.name']],
    [['views/a.njk'], ['views/parts/i.njk:1 leak user.name']],
    [['views/b.njk', 'views/parts/clean.njk'], ['views/b.njk:1 leak cart.size']],
    [['views/parts/clean.njk'], []],
    [
      ['views', 'views/b.njk'],
      ['views/b.njk:1 leak cart.size', 'views/parts/i.njk:1 leak user.name'],
    ],
  ])('%j: what concerns them, with all that includes them', (files, findings) => {
    siteOf(site)
    const { stdout } = spawnSync(process.execPath, [CLI, 'check', '--json', ...files], {
      cwd: folders(),
      encoding: 'utf8',
    })
    const found = (
      JSON.parse(stdout) as { findings: { kind: string; file: string; line: number; variable?: string }[] }
    ).findings
    expect(found.map(({ kind, file, line, variable }) => `${file}:${line} ${kind} ${variable}`)).toEqual(
      findings,
    )
  })

  test('absolute paths, as lint-staged gives them, and --root', () => {
    siteOf(site)
    const file = join(folders(), 'views/parts/i.njk')
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [CLI, 'check', ...args], { cwd: folders(), encoding: 'utf8' })
    expect(run(file).stdout).toContain('1 template, 1 finding')
    expect(run(file, '--root', 'views').stdout).toContain('1 template, 1 finding')
    expect(run(file, '--root', 'views/parts').stdout).toContain('1 template, nothing found')
  })
})

test('without nunjucks it says what to install', () => {
  const project = join(folder, 'without-nunjucks')
  const modules = join(project, 'node_modules')
  mkdirSync(join(project, 'views'), { recursive: true })
  cpSync(new URL('../../dist', import.meta.url), join(modules, 'onetrip/dist'), { recursive: true })
  writeFileSync(join(modules, 'onetrip/package.json'), '{ "type": "module" }')
  const { dependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as {
    dependencies: Record<string, string>
  }
  for (const name of Object.keys(dependencies))
    symlinkSync(new URL(`../../node_modules/${name}`, import.meta.url), join(modules, name))
  const cli = join(modules, 'onetrip/dist/cli/onetrip.js')
  const { status, stderr } = spawnSync(process.execPath, [cli, 'check', 'views'], {
    cwd: project,
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([2, 'This command needs the package nunjucks: npm install nunjucks\n'])
})

describe('a command line that it does not know ends with 2, and says what to do', () => {
  test.each<[string[], RegExp]>([
    [['check'], /needs a folder of templates: onetrip check views\//],
    [['check', 'nowhere'], /There is no file or folder .*nowhere/],
    [['check', '../package.json', '--root', '.'], /There is no file|is not in \. \(--root\)/],
    [['check', '.', '--jsno'], /Unknown option '--jsno'.*See onetrip check --help/],
    [['check', '.', '--json', '--github'], /^--json and --github: choose one\. See onetrip check --help\./],
    [
      ['check', '.', '--shared', 'a b'],
      /^--shared has 'a b' in it, which is not a name of a template's data/m,
    ],
    [['check', '.', '--extensions', 'njk'], /must be a list such as \.njk,\.html, not njk/],
    [['check', '.', '--environment', 'nothing.js'], /nothing\.js cannot be imported/],
    [['chek'], /^There is no command "chek". Did you mean "check"\? See onetrip --help\.$/m],
  ])('%j', (args, message) => {
    const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('    at ')
  })

  test('a folder without templates', () => {
    mkdirSync(join(folder, 'empty'), { recursive: true })
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'check', 'empty'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([2, expect.stringMatching(/no template in .*empty.*\(--extensions\)/)])
  })

  test('--help', () => {
    expect(execFileSync(process.execPath, [CLI, '--help'], { encoding: 'utf8' })).toContain(
      '  check <folder...> ',
    )
    expect(execFileSync(process.execPath, [CLI, 'check', '--help'], { encoding: 'utf8' })).toContain(
      '--per-visitor',
    )
  })
})

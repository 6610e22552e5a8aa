import { messageOf } from '../../../errors.ts'
import type { DataPolicy } from '../../data-policy.ts'
import { belongsToOneVisitor } from '../../data-policy.ts'
import type { FragmentAt } from '../../fragment-read.ts'
import type { AstNode, Environment } from '../nunjucks.ts'
import { prettify } from '../runtime/failure.ts'
import type { CacheTag } from '../syntax/cache-tag.ts'
import { codeOf } from '../template-code.ts'
import { Analyser } from './analyser.ts'
import { printed } from './coverage.ts'
import { definedFindings, type ProblemOf } from './defined-tags.ts'
import { type Finding, leakOf } from './finding.ts'
import type { ObjectParts } from './reads.ts'
import { cacheTagText, type Syntax, syntaxOf } from './tag-text.ts'

/** Options of the check, beside the data policy. */
export interface CheckOptions {
  readonly dataPolicy: DataPolicy
  /** True if the cache has a default ttl, so that a tag needs none. */
  readonly hasTtl: boolean
  /** Names of objects that are versioned parts of keys: whole paths, or their last names. */
  readonly versioned: readonly string[]
  /**
   * Checks the tags of defined fragments.
   * @defaultValue they are not checked
   */
  readonly problemOf?: ProblemOf | undefined
}

/**
 * Checks templates without data: each page with all that it runs. A template that another one
 * includes, imports or extends is checked there, where its names are known, and not as a page.
 *
 * @param names as a loader of the environment knows them
 */
export function checkTemplates(
  env: Environment,
  names: readonly string[],
  options: CheckOptions,
): readonly Finding[] {
  const syntax = syntaxOf(env)
  const tags = new Tags(options.hasTtl, syntax)
  const broken = names.flatMap((name) => compileError(env, name, options.dataPolicy) ?? [])
  const read = names.map((name) => {
    const page = new Analyser(env, options.dataPolicy, (...tag) => tags.add(...tag))
    page.readPage(name)
    return { name, page, runs: [...page.sources.keys()].filter((one) => one !== name) }
  })
  const run = new Set(read.flatMap(({ runs }) => runs))
  const pages = read.filter(({ name }) => !run.has(name))
  // Templates that only include each other.
  const seen = new Set(pages.flatMap(({ name, runs }) => [name, ...runs]))
  const others = read.filter(({ name }) => !seen.has(name))
  const findings = [...pages, ...others].flatMap(({ page }) => findingsOf(page, options, syntax))
  // Other findings in a template that does not compile are left out.
  const compile = new Set(broken.map(({ template }) => template))
  const more = [...findings, ...tags.findings].filter(({ template }) => !compile.has(template))
  return distinct([...broken, ...more]).sort(byPlace)
}

function findingsOf(
  page: Analyser,
  { dataPolicy, versioned, problemOf }: CheckOptions,
  syntax: Syntax,
): Finding[] {
  const leaks = page.reads.uncovered.filter(({ origin }) => belongsToOneVisitor(origin.path, dataPolicy))
  const objects = [...page.reads.objectParts].flatMap(([at, parts]) =>
    objectFindings(at, parts, versioned, syntax),
  )
  const defined = problemOf ? definedFindings(page.definedTags.values(), problemOf) : []
  return [...leaks.map((read) => leakOf(read, syntax)), ...page.findings, ...objects, ...defined]
}

function objectFindings(
  fragment: FragmentAt,
  { tag, parts }: ObjectParts,
  versioned: readonly string[],
  syntax: Syntax,
): Finding[] {
  const { name, template, line } = fragment
  const plain = [...parts].filter(([part]) => !versioned.includes(part.split('.').at(-1) as string))
  return plain.map(([part, written]) => {
    const proposal = cacheTagText(tag, { replaced: new Map([[written, `${written}.id`]]) }, syntax)
    return {
      kind: 'object part',
      template,
      line,
      fragment,
      variable: part,
      proposal,
      message:
        `The key of the fragment "${name}" has ${part} in it, which is an object: all of it is the key, so that each change leaves ` +
        `an old entry behind. Use what tells it apart, ${proposal}; or, if it brings a cacheKey and a cacheVersion, say so: ` +
        `--versioned ${part.split('.').at(-1)}.`,
    }
  })
}

function compileError(env: Environment, name: string, dataPolicy: DataPolicy): Finding | undefined {
  try {
    const template = env.getTemplate(name, false, null, false)
    if (template) codeOf(template, { inline: false, once: false, dataPolicy })
    return undefined
  } catch (cause) {
    const error = prettify(cause, name, false)
    const message = messageOf(error)
    const line = /\[Line (\d+)|, line (\d+)\)/.exec(message)
    return {
      kind: 'template',
      template: name,
      line: Number(line?.[1] ?? line?.[2] ?? 0),
      message: `The template does not compile: ${message.replaceAll(/\s*\n\s*/g, ' ')}`,
    }
  }
}

/** The cache tags that the analysis has met, each once. */
class Tags {
  readonly findings: Finding[] = []
  readonly #hasTtl: boolean
  readonly #syntax: Syntax
  readonly #known = new Set<string>()
  readonly #bodies = new Map<string, { at: FragmentAt; body: string }>()

  constructor(hasTtl: boolean, syntax: Syntax) {
    this.#hasTtl = hasTtl
    this.#syntax = syntax
  }

  add(at: FragmentAt, tag: CacheTag, node: AstNode): void {
    const id = JSON.stringify(at)
    if (this.#known.has(id)) return
    this.#known.add(id)
    this.#checkEnd(at, tag, node.args)
    this.#checkShort(at, 'ttl', tag.ttl)
    this.#checkShort(at, 'stale', tag.stale)
    this.#checkBody(at, printed(node.body))
  }

  #checkEnd(fragment: FragmentAt, { ttl, until, tags }: CacheTag, args: AstNode): void {
    if (ttl || until || tags || this.#hasTtl) return
    const proposal = cacheTagText(args, { option: 'ttl="5m"' }, this.#syntax)
    const { name, template, line } = fragment
    this.findings.push({
      kind: 'no end',
      template,
      line,
      fragment,
      proposal,
      message:
        `The fragment "${name}" has neither a ttl nor tags, so it never changes. Give it a ttl, ${proposal}, or tags; ` +
        'if the cache has a ttl of its own, say so with --ttl.',
    })
  }

  #checkShort(fragment: FragmentAt, option: string, duration: AstNode | null): void {
    const value = duration?.typename === 'Literal' ? duration.value : undefined
    if (typeof value !== 'number' || value <= 0 || value >= 1000) return
    const { name, template, line } = fragment
    this.findings.push({
      kind: 'short life',
      template,
      line,
      fragment,
      variable: `${option}=`,
      message:
        `The ${option}= of the fragment "${name}" is ${value}, which is ${value} milliseconds: for seconds, write ` +
        `${option}="${value}s"; if milliseconds are meant, ${option}="${value}ms".`,
    })
  }

  #checkBody(fragment: FragmentAt, body: string): void {
    const { name, template, line } = fragment
    const first = this.#bodies.get(name)
    if (!first) {
      this.#bodies.set(name, { at: fragment, body })
      return
    }
    if (first.body === body) return
    this.findings.push({
      kind: 'two bodies',
      template,
      line,
      fragment,
      message:
        `Another fragment with another body is named "${name}" (${first.at.template}, line ${first.at.line}): where their ` +
        'keys are alike too, only one of them is stored. Give one of them a name of its own.',
    })
  }
}

/** Removes duplicates: a leak in an include is found from every page that includes it. */
function distinct(findings: readonly Finding[]): Finding[] {
  const known = new Map(
    findings.map((finding) => {
      const { kind, template, line, fragment, variable } = finding
      return [JSON.stringify([kind, template, line, fragment, variable]), finding] as const
    }),
  )
  return [...known.values()]
}

function byPlace(a: Finding, b: Finding): number {
  return a.template.localeCompare(b.template) || a.line - b.line || a.message.localeCompare(b.message)
}

import type { ConformanceTag, EngineSyntax } from 'onetrip/testing'

const listOf = (items: readonly string[] | undefined) =>
  items && `[${items.map((item) => `"${item}"`).join()}]`

function argumentsOf({ name, parts, ttl, tags, vary, when }: ConformanceTag): string {
  const named = { ttl: ttl && `"${ttl}"`, tags: listOf(tags), vary: listOf(vary), if: when }
  const given = Object.entries(named).filter(([, value]) => value !== undefined)
  return [`"${name}"`, ...parts, ...given.map(([key, value]) => `${key}=${value}`)].join(', ')
}

/** How nunjucks writes the templates of the suite. `later` is a filter of the environment. */
export const nunjucksSyntax: Required<EngineSyntax> = {
  data: (path) => path,
  print: (expression) => `{{ ${expression} }}`,
  each: (item, list, body) => `{% for ${item} in ${list} %}${body}{% endfor %}`,
  include: (template) => `{% include "${template}" %}`,
  cache: (tag, body) => `{% cache ${argumentsOf(tag)} %}${body}{% endcache %}`,
  nocache: (template, values) => {
    const given = Object.entries(values).map(([name, expression]) => ` ${name}=${expression}`)
    return `{% nocache${given.join()} %}{% include "${template}" %}{% endnocache %}`
  },
  htmlHead: (body) => `{% head %}${body}{% endhead %}`,
  upperCase: (body) => `{% filter upper %}${body}{% endfilter %}`,
  wait: (expression) => `{{ ${expression} | later }}`,
  call: (path, args) => `${path}(${args.join()})`,
}

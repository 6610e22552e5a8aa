import { ALL_COMMANDS } from '../../dist/server/commands/all-commands.js'

/**
 * @typedef {import('../../dist/server/commands/command.js').CommandDefinition} CommandDefinition
 */

const INTRODUCTION = `# Commands of the server

The commands that [\`onetrip/server\`](server.md) knows, with their arguments, replies and errors as in Redis 7.0. This page is made from the table of commands by \`npm run docs:server\`. What they do in full is in the [documentation of Redis](https://redis.io/docs/latest/commands/).
`

/** Headings of the groups of COMMAND DOCS, in the order of the page. */
const TITLES = {
  string: 'Strings',
  bitmap: 'Bits',
  hyperloglog: 'HyperLogLog',
  hash: 'Hashes',
  list: 'Lists',
  set: 'Sets',
  'sorted-set': 'Sorted sets',
  stream: 'Streams',
  generic: 'Keys',
  pubsub: 'Pub/sub',
  transactions: 'Transactions',
  scripting: 'Scripts',
  connection: 'Connections',
  server: 'Server',
  cluster: 'Cluster',
}

/** Returns the text of docs/server-commands.md. */
export function serverCommands() {
  const groups = new Set(ALL_COMMANDS.map(({ group }) => group))
  const untitled = [...groups].filter((group) => !Object.hasOwn(TITLES, group))
  if (untitled.length > 0) throw new Error(`The groups ${untitled.join(', ')} have no heading.`)
  const sections = Object.entries(TITLES)
    .map(([group, title]) => ({ title, commands: ALL_COMMANDS.filter((one) => one.group === group) }))
    .filter(({ commands }) => commands.length > 0)
  return [INTRODUCTION, ...sections.map(sectionOf)].join('\n')
}

/** @param {{ title: string, commands: readonly CommandDefinition[] }} section */
function sectionOf({ title, commands }) {
  const rows = commands
    .flatMap((command) => rowsOf(command, ''))
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
    .map(([name, summary]) => `| \`${name}\` | ${summary} |`)
  return `## ${title}\n\n| command | purpose |\n| --- | --- |\n${rows.join('\n')}\n`
}

/**
 * @param {CommandDefinition} command
 * @param {string} container
 * @returns {[name: string, summary: string][]}
 */
function rowsOf({ name, summary, handler, subcommands = [] }, container) {
  const path = `${container}${name.toUpperCase()}`
  const inner = subcommands
    .filter((one) => one.name !== 'help')
    .flatMap((one) => rowsOf(/** @type {CommandDefinition} */ (one), `${path} `))
  return handler ? [[path, summary.replaceAll('|', '\\|')], ...inner] : inner
}

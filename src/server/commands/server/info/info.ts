import type { GroupedDefinition, Handler } from '../../command.ts'
import {
  commandStatsSection,
  errorStatsSection,
  latencyStatsSection,
  statsSection,
} from './count-sections.ts'
import { cpuSection, memorySection, serverSection } from './machine-sections.ts'
import type { InfoSection } from './section.ts'
import {
  clientsSection,
  clusterSection,
  keyspaceSection,
  modulesSection,
  persistenceSection,
  replicationSection,
} from './state-sections.ts'

/** In the order of Redis. */
const SECTIONS: readonly InfoSection[] = [
  serverSection,
  clientsSection,
  memorySection,
  persistenceSection,
  statsSection,
  replicationSection,
  cpuSection,
  modulesSection,
  commandStatsSection,
  errorStatsSection,
  latencyStatsSection,
  clusterSection,
  keyspaceSection,
]

const answer: Handler = ({ form, instance }, args) => {
  const asked = new Set(args.slice(1).map((name) => name.toLowerCase()))
  if (asked.size === 0) asked.add('default')
  const all = asked.has('all') || asked.has('everything')
  const shown = SECTIONS.filter(
    ({ isExtra, name }) => all || asked.has(name) || (asked.has('default') && !isExtra),
  )
  const texts = shown.map(({ name, fields }) => {
    const lines = fields(instance).map(([field, value]) => `${field}:${value}\r\n`)
    return `# ${heading(name)}\r\n${lines.join('')}`
  })
  return form.verbatim(Buffer.from(texts.join('\r\n'), 'utf8').toString('latin1'), 'txt')
}

function heading(name: string): string {
  return name === 'cpu' ? 'CPU' : name.charAt(0).toUpperCase() + name.slice(1)
}

export const info: GroupedDefinition = {
  name: 'info',
  arity: -1,
  flags: 'loading stale',
  tips: 'nondeterministic_output request_policy:all_shards response_policy:special',
  categories: 'dangerous',
  since: '1.0.0',
  summary: 'Returns the state and the counts of the server.',
  handler: answer,
}

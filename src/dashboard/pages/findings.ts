import type { Sources } from '../sources.ts'
import type { Page, View } from './page.ts'

const INTERVAL_MS = 5000

export const findingsPage: Page = {
  name: 'findings',
  title: 'Findings',
  template: 'findings.njk',
  params: [],
  inMenu: () => true,
  interval: () => INTERVAL_MS,
  load: async (_view: View, { findings, now }: Sources) => ({
    rows: findings.list.map((finding) => ({ ...finding, ago: Math.max(0, now() - finding.last) })),
  }),
}

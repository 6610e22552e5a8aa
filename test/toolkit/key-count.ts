import type { OpenedKit } from './every-kit.ts'

interface Node {
  dbsize(): Promise<unknown>
}

/** Returns the number of all keys: of a cluster, those of its masters. */
export async function keyCount({ redis }: OpenedKit): Promise<number> {
  const nodes = (redis as { nodes?: (role: string) => Node[] }).nodes?.('master')
  const sizes = await Promise.all((nodes ?? [redis as unknown as Node]).map((node) => node.dbsize()))
  return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
}

/** A member of a sorted set with its score. Never changed: a new score is a new object. */
export interface ScoredMember {
  readonly member: string
  /** Never NaN. */
  readonly score: number
}

/** True if an item is sorted before another: by score, then by the bytes of the member. */
export function isBefore(one: ScoredMember, other: ScoredMember): boolean {
  return one.score < other.score || (one.score === other.score && one.member < other.member)
}

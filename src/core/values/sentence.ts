/** Returns a title as it stands at the beginning of a sentence. */
export function sentence(title: string): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}`
}

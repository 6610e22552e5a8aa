/**
 * 'Thriller/Suspense' as it stands in an address: 'thriller-suspense'.
 * @param {unknown} value
 */
export function slug(value) {
  return String(value)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

/** Returns the path of an SVG for a line over values; a null leaves a gap. */
export function linePath(
  values: readonly (number | null)[],
  top: number,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0
  // Lines of the edges would be cut in half.
  const room = height - 2
  let path = ''
  let drawing = false
  for (const [n, value] of values.entries()) {
    if (value === null) {
      drawing = false
      continue
    }
    const y = 1 + room - (top > 0 ? Math.min(1, value / top) * room : 0)
    path += `${drawing ? 'L' : 'M'}${short(n * step)} ${short(y)}`
    drawing = true
    // A point between two gaps is a dot: a line of no length with round ends.
    if (values[n + 1] === null && (n === 0 || values[n - 1] === null)) path += 'h0'
  }
  return path
}

function short(value: number): number {
  return Math.round(value * 10) / 10
}

/** A method of Buffers that their types lack: twice as fast as `toString('latin1')`. */
interface Latin1Buffer {
  latin1Slice(start?: number, end?: number): string
}

/** Reads bytes as a latin1 string: one character for each byte. */
export function latin1(buffer: Buffer, start: number, end: number): string {
  return (buffer as unknown as Latin1Buffer).latin1Slice(start, end)
}

/** Numbers or spans that are handed to OpenTelemetry. */
export interface OpenTelemetryExport {
  /** Ends it. A second call does nothing. */
  close(): void
}

/** Returns an export whose `close()` calls a function once. */
export function openExport(stop: () => void): OpenTelemetryExport {
  let isOpen = true
  return {
    close() {
      if (!isOpen) return
      isOpen = false
      stop()
    },
  }
}

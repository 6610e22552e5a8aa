// Read by each process that runs tests, before its file: it ends when the run does, also where that
// was killed.
process.once('disconnect', () => process.exit(1))

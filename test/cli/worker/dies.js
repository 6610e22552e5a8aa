// Ends the process before it has exported anything, as a native module that crashes does.
process.exit(3)

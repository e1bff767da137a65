// Package files opens the inputs of a command and makes its outputs.
//
// An [Input] is a plain or compressed file, or standard input. It notices when the file changes while it is read, stops
// at decompression bombs, and sums what was read for the [Provenance] of what is made from it.
//
// [Outputs] are the files of one run. They become visible together, at the end of a run that succeeds; a run that fails
// leaves nothing behind. Files that hubdata did not write are not overwritten.
package files

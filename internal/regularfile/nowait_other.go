//go:build !unix

package regularfile

// NoWait is a flag of [os.OpenFile]. Here, no file is waited for.
const NoWait = 0

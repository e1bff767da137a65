// Package ui is how the commands communicate with their user: the console, failures with advice, exit codes, summaries,
// numbers in words, and the program's version.
package ui

package flags

import "github.com/urfave/cli/v2"

// A Choosing flag knows its values, for completion in a shell.
type Choosing interface {
	cli.DocGenerationFlag
	Unwrap() cli.Flag // the flag of the library
	// Choices are the values that fit after the words of the command line.
	Choices(words []string) []Choice
}

// Choice is a value of a flag. One that ends with = is to be continued.
type Choice struct{ Value, Meaning string }

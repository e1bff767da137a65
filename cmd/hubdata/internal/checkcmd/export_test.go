package checkcmd

// Rules is for tests that run the program, which this package cannot import.
var Rules = allRules

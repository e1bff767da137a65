package traincmd

// StatusReport is exported for the tests that run the program, which this package cannot import.
type StatusReport = statusReport

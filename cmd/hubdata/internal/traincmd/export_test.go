package traincmd

// For tests that run the program, which this package cannot import.
const (
	ExitTrainer        = ExitTrainer
	ExitCheckpoint     = ExitCheckpoint
	ExitInfrastructure = ExitInfrastructure
)

type StatusReport = statusReport

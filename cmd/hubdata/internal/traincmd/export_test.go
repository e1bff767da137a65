package traincmd

// For tests that run the program, which this package cannot import.
const (
	ExitTrainer        = exitTrainer
	ExitCheckpoint     = exitCheckpoint
	ExitInfrastructure = exitInfrastructure
)

type StatusReport = statusReport

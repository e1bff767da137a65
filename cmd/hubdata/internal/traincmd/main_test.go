package traincmd_test

import (
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, fakes) }

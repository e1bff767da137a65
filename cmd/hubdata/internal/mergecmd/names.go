package mergecmd

import (
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
)

// nameSources fills in the names that no flag gives; equal ones get numbers.
func (o *options) nameSources() {
	taken := map[string]bool{}
	for _, n := range o.names {
		taken[n] = true
	}
	for i, n := range o.names {
		if n != "" {
			continue
		}
		n = "stdin"
		if o.inputs[i] != "-" {
			n = files.Stem(o.inputs[i])
		}
		free := n
		for k := 2; taken[free]; k++ {
			free = fmt.Sprintf("%s-%d", n, k)
		}
		o.names[i], taken[free] = free, true
	}
}

package selection

import (
	"math"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// Bounds are inclusive.
type Bounds struct {
	least, most float64
	Set         bool
}

// ParseBounds reads --min-NAME and --max-NAME.
func ParseBounds(ctx *cli.Context, name string) (Bounds, error) {
	b := Bounds{least: math.Inf(-1), most: math.Inf(1), Set: ctx.IsSet("min-"+name) || ctx.IsSet("max-"+name)}
	if ctx.IsSet("min-" + name) {
		b.least = ctx.Float64("min-" + name)
	}
	if ctx.IsSet("max-" + name) {
		b.most = ctx.Float64("max-" + name)
	}
	if math.IsNaN(b.least) || math.IsNaN(b.most) {
		return b, ui.Usagef("--min-%s and --max-%s need numbers", name, name)
	}
	if b.least > b.most {
		return b, ui.Usagef("--min-%s %v is more than --max-%s %v: nothing is between them", name, b.least, name, b.most)
	}
	return b, nil
}

// Outside says on which side of the bounds v lies.
func (b Bounds) Outside(v float64, what string) string {
	switch {
	case v < b.least:
		return "below the least " + what
	case v > b.most:
		return "above the most " + what
	}
	return ""
}

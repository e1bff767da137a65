package evalcmd

import (
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring/partials"
)

// sizes of what is scored piece by piece, in bytes of results; variables for tests.
var (
	streamFrom  int64 = 1 << 30 // smaller files are held in memory
	streamPiece int64 = 96 << 20
)

// streams reports whether the results are so many that they are scored piece by piece, and nothing is to be
// reported that needs all of them.
func (o *options) streams() bool {
	if len(o.results) != 1 || o.results[0] == "-" || o.truth.Path == "-" ||
		o.Sweep || o.Errors || o.Confusion || o.compare || o.Stitch ||
		o.images != "" || o.plan != "" || o.rules.SelectImages() ||
		slices.ContainsFunc(o.By, func(by string) bool { return by == "tile" || by == "fold" }) {
		return false
	}
	st, err := os.Stat(o.results[0])
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	size := st.Size()
	if files.UnpackedName(o.results[0]) != o.results[0] {
		size *= 8
	}
	return size >= streamFrom
}

// byPartials is the run as one of some of the images after another.
func (o *options) byPartials() *partials.Run {
	return &partials.Run{
		Truth: o.truth, Results: o.results[0], Table: o.table, More: []string{o.images, o.table, o.plan, o.rules.ImagesFrom},
		Shard: o.shard, Piece: streamPiece, Scoring: o.Scoring,
	}
}

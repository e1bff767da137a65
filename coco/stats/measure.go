package stats

import "fmt"

// Measure is a property that is measured.
type Measure uint8

// The measures of an instance, followed by those of a tile.
const (
	Area         Measure = iota // pixels of the mask
	Width                       // columns of its box
	Height                      // rows of its box
	Diameter                    // diameter of the circle of the same area, in pixels
	Eccentricity                // eccentricity of the ellipse of the same second moments: 0 a circle, 1 a line
	Vertices                    // number of points of the outline as written in the file
	BorderCut                   // 1 if the mask has a pixel in the outer two rows or columns of the tile, else 0
	Overlap                     // share of the mask covered by other instances of its class
	Score                       // score from a model

	Instances // number of instances on the tile
	Covered   // share of the tile's pixels covered by instances

	NumMeasures = int(Covered) + 1
)

// measureInfo describes a measure.
type measureInfo struct {
	name string
	unit string // of the values: empty for a plain number
}

var measures = [NumMeasures]measureInfo{
	Area:         {"area", "pixels"},
	Width:        {"width", "pixels"},
	Height:       {"height", "pixels"},
	Diameter:     {"diameter", "pixels"},
	Eccentricity: {"eccentricity", ""},
	Vertices:     {"vertices", "points"},
	BorderCut:    {"border-cut", "share"},
	Overlap:      {"overlap", "share"},
	Score:        {"score", ""},
	Instances:    {"instances", "per tile"},
	Covered:      {"covered", "share"},
}

// Measures returns all measures, those of instances first.
func Measures() []Measure {
	all := make([]Measure, NumMeasures)
	for i := range all {
		all[i] = Measure(i)
	}
	return all
}

// ParseMeasure returns the measure of a name, and whether there is one.
func ParseMeasure(name string) (Measure, bool) {
	for i := range measures {
		if measures[i].name == name {
			return Measure(i), true
		}
	}
	return 0, false
}

// String returns the measure's name, such as area or border-cut.
func (m Measure) String() string {
	if int(m) >= NumMeasures {
		return fmt.Sprintf("Measure(%d)", m)
	}
	return measures[m].name
}

// MarshalText returns the measure's name.
func (m Measure) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Unit returns the unit of the values: pixels, points, share (0 to 1), per tile, or an
// empty string for a plain number.
func (m Measure) Unit() string { return measures[m].unit }

// OfTile reports whether the measure is one of tiles rather than of instances.
func (m Measure) OfTile() bool { return m >= Instances }

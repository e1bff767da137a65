// Package stats measures the instances of tiles, and summarises and compares the
// measurements: how many instances there are, how large and how elongated they are, and
// how much of them is cut or covered.
//
// A [Measurer] measures the annotations of one [Tile] at a time. A [Collector] adds
// tiles to groups: those that the caller names for a tile (a tier, a slide, a fold) and
// those of the classes of its instances. [Collect] does both for a dataset in memory. A
// [Join] brings together the images and annotations of a file that is read as a stream.
//
// A [Group] holds the [Values] of every [Measure]. Values can be summarised
// ([Values.Summary]), divided into bins ([Values.Histogram]) and compared with those of
// another set ([NewShift]).
//
// # Exactness and memory
//
// Values counts how often each value occurred, in steps of a millionth. Integers are
// exact; shares, eccentricities, diameters and scores are exact to half a millionth.
// Nothing else is rounded and no value is dropped. Since counts are integers, the
// result depends neither on the order of the tiles nor on the number of collectors that
// shared the work ([Collector.Merge]): the same input gives the same bytes. Memory
// grows with the number of distinct values, not with the number of instances: at most a
// million and one for a share, at most the pixels of a tile for an area.
//
// The measures equal those of the usual tools: areas and boxes those of pycocotools,
// eccentricity and equivalent diameter those of scikit-image's regionprops, quantiles
// those of numpy, the distances of two distributions those of scipy. Golden files check
// that.
package stats

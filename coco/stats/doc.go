// Package stats measures the instances of tiles, and sums up and compares what
// was measured: how many, how large, how elongated, how much cut and covered.
//
// A [Measurer] measures one tile's annotations at a time ([Tile]); a [Collector]
// takes the tiles in, each into the groups that the caller names for it (a tier,
// a slide, a fold) and into those of its instances' classes. [Collect] does both
// for a dataset in memory; a [Join] brings the images and annotations of a file
// together that is read in a stream. A [Group] gives the [Values] of every [Measure], which
// sum up ([Values.Summary]), divide into bins ([Values.Histogram]) and compare with
// those of another set ([NewShift]).
//
// # Exactness and memory
//
// Values keeps how often each value occurred, in steps of a millionth: whole
// numbers exactly, shares, eccentricities, diameters and scores to half a millionth. Nothing
// else is rounded, no value is thrown away, and since counts are whole numbers, the
// result does not depend on the order of the tiles nor on how many collectors
// shared the work ([Collector.Merge]): same input, same bytes. Memory grows with
// the number of different values, not with the number of instances: at most a
// million and one for a share, at most the pixels of a tile for an area.
//
// The measures are those of the tools that one would otherwise use: areas and boxes
// pycocotools', eccentricity and equivalent diameter scikit-image's regionprops', quantiles
// numpy's, the distances of two distributions scipy's. Golden files hold them together.
package stats

// Package wsi reads the files of the HuBMAP vasculature competition (tiles cut
// from whole-slide images of kidney, and outlines drawn on them) and turns
// them into COCO datasets.
//
// [ReadTable] reads tile_meta.csv; [Convert] streams polygons.jsonl as COCO
// images and annotations, [ConvertDataset] gives them as one dataset, and
// [Sets] divides them among many. [TileOf] says which tile an image shows.
// [ReadTiles], [ReadSlides] and [ReadPolygons] give the files as they are,
// [ImageSize] the size of a tile's image.
//
// [ReadSubmission] and [SubmissionWriter] read and write what the competition
// takes; [CheckSubmission] tells all that is wrong with it. [SubmissionEncoder] makes
// a submission of COCO results, [SubmissionResults] gives them back.
//
// # Coordinates
//
// An outline's points are x, y in tile pixels, counted from the top left pixel
// of the tile. In tile_meta.csv, i is the tile's column offset in its slide
// and j its row offset, in slide pixels:
//
//	slide x = i + x
//	slide y = j + y
//
// The files do not say so; the outlines do. A vessel that a tile's border cuts
// is outlined on both tiles. Among the competition's labelled tiles, where one
// tile's i is 512 greater than another's, outlines that end in column x = 511
// of the tile with the smaller i go on in column x = 0 of the other, at the
// same y within a pixel (9 of 10 of their points and more); where j is 512
// greater, outlines that end in row y = 511 go on in row y = 0, at the same x.
// Read the other way round, fewer than 1 in 10 meet. A test measures this.
//
// # Limits
//
// A line of polygons.jsonl may have [DefaultMaxLine] bytes unless told
// otherwise, a row of a CSV table [MaxRow] bytes, one of a submission
// [MaxSubmissionRow] bytes, and a table [MaxTiles] rows.
package wsi

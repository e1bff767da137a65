// Package wsi reads the files of the HuBMAP vasculature competition (tiles cut
// from whole-slide images of kidney tissue, with outlines drawn on them) and
// turns them into COCO datasets.
//
// [ReadTable] reads tile_meta.csv; [Convert] streams polygons.jsonl as COCO
// images and annotations. [ConvertDataset] returns them as one dataset, and
// [Sets] distributes them among several. [TileOf] returns the tile that an
// image shows. [ReadTiles], [ReadSlides] and [ReadPolygons] read the files as
// they are, and [ImageSize] returns the size of a tile's image.
//
// [ReadSubmission] and [SubmissionWriter] read and write submissions to the
// competition; [CheckSubmission] reports everything that is wrong with one.
// [SubmissionEncoder] converts COCO results to a submission, and [SubmissionResults]
// converts a submission back to results.
//
// # Coordinates
//
// The points of an outline are x, y in tile pixels, counted from the top left
// pixel of the tile. In tile_meta.csv, i is the column offset of the tile in
// its slide and j the row offset, in slide pixels:
//
//	slide x = i + x
//	slide y = j + y
//
// The files do not document this, but the outlines show it. If the border of a
// tile cuts a vessel, the vessel is outlined on both tiles. Take two of the
// competition's labelled tiles where one tile's i is 512 greater than the
// other's. Outlines that end in column x = 511 of the tile with the smaller i
// continue in column x = 0 of the other, at the same y within a pixel, for at
// least 9 of 10 points. Where j is 512 greater, outlines that end in row y =
// 511 continue in row y = 0, at the same x. With i and j exchanged, fewer than
// 1 in 10 points meet. A test measures this.
//
// # Limits
//
// By default a line of polygons.jsonl may have up to [DefaultMaxLine] bytes. A
// row of a CSV table may have [MaxRow] bytes, a row of a submission
// [MaxSubmissionRow] bytes, and a table [MaxTiles] rows.
package wsi

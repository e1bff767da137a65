// Package coco provides COCO instance datasets and detection results. It reads and
// writes them without loss, whole or one record at a time.
//
// [Decode] reads a dataset, [Dataset.Encode] writes one. [NewReader] and [NewWriter] do
// the same as a stream. [DecodeResults] and [ReadResults] read the detections of
// models. [Merge] merges datasets, [Dataset.Filter] filters one.
//
// [Dataset.Index] finds records by id. A [Finding] is a fault in a file, with its
// [Place]. Package coco/check finds and fixes faults in datasets.
//
// # Coordinates
//
// All of hubdata uses these terms:
//
//   - Tile pixels: column x and row y of an image, counted from 0 at its top left
//     pixel.
//   - A COCO box is x, y, width, height in tile pixels, where x and y are the left and
//     top edges. A box of a mask is first column, first row, last - first + 1 columns
//     and rows.
//   - A polygon is a list of rings, each a flat list x1, y1, x2, y2, ...
//   - Runs go down the columns (column-major), background first; see package rle.
//   - Slide pixels: tile pixels plus the tile's position in its whole-slide image; see
//     package wsi.
//
// # What is preserved
//
// Reading and writing keeps every field that this package does not know, at every
// level, with the text of its value and its order among the unknown fields. Ids stay
// integers or strings. A segmentation keeps its form and its numbers. Known fields come
// first, in a fixed order. The same data gives the same bytes.
package coco

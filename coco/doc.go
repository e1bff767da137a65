// Package coco holds COCO instance datasets and detection results: it reads
// and writes them without loss, whole or one record at a time.
//
// [Decode] reads a dataset, [Dataset.Encode] writes one. [NewReader] and
// [NewWriter] do the same in a stream. [DecodeResults] and [ReadResults] read what
// models found. [Merge] unites datasets, [Dataset.Filter] takes a part of one.
//
// [Dataset.Index] finds records by id. A [Finding] is something that is wrong with a
// file, and its [Place]; package coco/check finds and repairs what is wrong with a
// dataset.
//
// # Coordinates
//
// All of hubdata uses these terms:
//
//   - Tile pixels: column x and row y of an image, counted from its top left
//     pixel, from 0.
//   - A COCO box is x, y, width, height in tile pixels, where x and y are the
//     left and top edges. A box taken from a mask is first column, first row,
//     last - first + 1 columns and rows.
//   - A polygon is a list of rings, each a flat list x1, y1, x2, y2, ...
//   - Runs go down the columns (column-major), background first; see package rle.
//   - Slide pixels: tile pixels plus the tile's place in its whole-slide image;
//     see package wsi.
//
// # What survives
//
// Reading and writing keeps every field that this package does not know, at
// every level, with its value's text and its place among the unknown fields.
// Ids stay integers or strings. A segmentation keeps its form and its numbers.
// Known fields come first, in a fixed order. The same data gives the same bytes.
package coco

// Package jsonscan walks JSON text held in memory, without building a tree:
// the shared ground of the COCO and polygons.jsonl readers.
package jsonscan

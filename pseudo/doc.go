// Package pseudo turns the detections of several models into pseudo-labels: it
// fuses their boxes and their masks, and records where each fused instance
// comes from.
//
// A [Fuser] works on one tile at a time, in steps that [Options] describe:
//
//  1. within a model, NMS or soft-NMS joins the detections of its test-time
//     augmentations or folds ([Suppression]);
//  2. across models, detections are clustered and each cluster becomes one
//     instance ([Fusion]): Weighted Boxes Fusion, non-maximum weighted, NMS or
//     soft-NMS, by the IoU of boxes or of masks;
//  3. the members' masks vote on the instance's pixels ([Vote]);
//  4. the mask is cleaned up ([rle.Step]), and overlaps between instances may
//     be removed.
//
// [Default] returns the options that performed best, and [Preset] returns
// options by name.
//
// [Gather] collects the detections of many files tile by tile. It holds only
// the tiles in memory for which a file may still have detections.
//
// An [Admission] decides which records of a source are fused, [Labels] turns the instances into
// annotations, and a [Tally] sums what became of every prediction into an [Account].
//
// A [BoxFuser] does step 2 alone, for callers that have boxes and no masks. Its
// arithmetic is that of ensemble-boxes 1.0.9
// (github.com/ZFTurbo/Weighted-Boxes-Fusion), including rounding. It differs
// only where that package gives no sensible result; see [Fusion].
//
// # Coordinates
//
// Boxes and masks are in tile pixels; see package coco. A fused box may have
// fractional coordinates. Masks are clipped at the border of the tile.
package pseudo

// Package pseudo turns the detections of several models into pseudo-labels: it
// fuses their boxes and their masks, and says where each fused instance comes
// from.
//
// A [Fuser] works on one tile at a time, in steps that [Options] describe:
//
//  1. inside a model, NMS or soft-NMS joins what its test-time augmentations or
//     folds found ([Suppression]);
//  2. across models, detections are clustered and each cluster becomes one
//     instance ([Fusion]): Weighted Boxes Fusion, non-maximum weighted, NMS or
//     soft-NMS, by the IoU of boxes or of masks;
//  3. the members' masks vote on the instance's pixels ([Vote]);
//  4. the mask is tidied ([rle.Step]), and instances may be made not to overlap.
//
// [Default] gives the options that did best, [Preset] those that go by a name.
//
// [Gather] brings the detections of many files together tile by tile, with no
// more in memory than the tiles that some file still has to tell of.
//
// Around Gather and Fuser, an [Admission] decides which records of a source are fused, [Labels] makes
// annotations of the instances, and a [Tally] adds up what became of every prediction to
// an [Account].
//
// A [BoxFuser] is step 2 alone, for those who have boxes and no masks. Its
// arithmetic is that of ensemble-boxes 1.0.9
// (github.com/ZFTurbo/Weighted-Boxes-Fusion), rounding included, and differs
// only where that package gives no sensible answer; see [Fusion].
//
// # Coordinates
//
// Boxes and masks are in tile pixels; see package coco. A fused box may have
// any fraction of a pixel; masks are cut at the tile's border.
package pseudo

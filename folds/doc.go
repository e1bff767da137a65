// Package folds divides images into folds for cross-validation, and tells what
// a division leaks.
//
// [Divide] divides images by the name of a [Method], the labels that it looks at and its
// options, into a [Plan].
//
// # Strategies
//
// Each returns the fold of every sample, counted from 0, and is a pure function
// of its arguments: the same seed gives the same folds everywhere.
//
//   - [KFold], [StratifiedKFold], [GroupKFold], [StratifiedGroupKFold],
//     [LeaveOneGroupOut], [ShuffleSplit] and [TrainTestSplit] equal
//     scikit-learn's, index for index, for the same input and seed.
//     StratifiedGroupKFold is that of the versions since its shuffle was mended
//     (1.8). docs/exactness.md names the versions compared.
//   - [IterativeKFold] keeps the shares of several labels at once, and groups
//     whole. Without groups it equals iterative-stratification's
//     MultilabelStratifiedKFold.
//   - [Spatial] cuts every slide into compact blocks of tiles, balanced in tiles and
//     in what is on them; [SpatialQuantile] cuts it by quantiles of the tile column.
//
// # Plans
//
// A [Plan] names the fold of each image, and those that are always in
// training or left out. Its folds are numbered from 1; [NewPlan] is the one place where
// the strategies' folds become such numbers, and a plan that another program numbered from
// 0 keeps its numbers ([Plan.First]). It is read from and written to CSV (id,fold) and JSON,
// and is applied to any COCO dataset by the images' names. [Plan.KeepApart]
// leaves images near the validation images out of training. A [File] is divided without
// being held: it is read in a stream, once for a plan and once for its sets.
//
// [NewAudit] finds what a plan, also one made elsewhere, leaks: one slide on
// both sides, tiles that touch or overlap, the same image twice, outlines that
// go on across the border of two tiles, folds out of balance.
package folds

// Package folds divides images into folds for cross-validation, and reports data
// leakage between folds.
//
// [Divide] divides images into a [Plan], given a [Method], the labels to balance or
// keep together, and options.
//
// # Strategies
//
// A strategy returns the fold of every sample, counted from 0. It is a pure function of
// its arguments: the same seed gives the same folds on every machine.
//
//   - [KFold], [StratifiedKFold], [GroupKFold], [StratifiedGroupKFold],
//     [LeaveOneGroupOut], [ShuffleSplit] and [TrainTestSplit] equal scikit-learn's,
//     index for index, for the same input and seed. StratifiedGroupKFold equals the
//     versions since 1.8, which fixed its shuffle. docs/exactness.md lists the versions
//     compared.
//   - [IterativeKFold] balances several labels at the same time, and can keep groups
//     together. Without groups it equals MultilabelStratifiedKFold of
//     iterative-stratification.
//   - [Spatial] cuts every slide into compact blocks of tiles, balanced in their tiles
//     and instances. [SpatialQuantile] cuts it by quantiles of the tile column.
//
// # Plans
//
// A [Plan] holds the fold of each image, the images that are always in training, and
// those that are left out. Its folds are numbered from 1; [NewPlan] is the only
// function that converts a strategy's folds to such numbers. A plan that another
// program numbered from 0 keeps its numbers ([Plan.First]). Plans are read from and
// written to CSV (id,fold) and JSON, and can be applied to any COCO dataset by the
// names of the images. [Plan.KeepApart] leaves images near the validation images out of
// training. A [File] is divided without holding it in memory: it is read as a stream,
// once for a plan and once for its sets.
//
// [NewAudit] finds data leakage in any plan, including one made by another program:
// slides in both training and validation, tiles that touch or overlap, duplicate
// images, outlines that continue across the border of two tiles. It also reports folds
// that are out of balance.
package folds

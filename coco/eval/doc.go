// Package eval scores detections against a ground truth as pycocotools' COCOeval does:
// average precision and recall by the IoU of masks, of boxes, or of masks and their
// boundaries. Every number equals that of pycocotools bit for bit.
//
// [Evaluate] runs the whole evaluation. [Result] holds the complete arrays of
// precision, recall and scores, the twelve numbers of the summary and its text, and the
// contribution of every image and category: see [Result.Cells]. Methods such as
// [Result.APAt], or [Result.AP] with a [Select], return single numbers.
//
// A result answers more questions without a second evaluation:
//
//   - [Result.Score], [Result.Parts] and [Result.Subset] score parts of the data.
//   - [Result.Curve] returns precision-recall curves.
//   - [Result.Matches] returns the state of each detection and true instance of an
//     image.
//   - [Result.Sweep] reports the outcome at each threshold of the score.
//   - [Result.Mistakes] classifies errors as tidecv does.
//   - [Result.Confusion] counts which category is found as which, as hotcoco does.
//   - [Compare] estimates how certain it is that one model is better than another.
//
// [HuBMAP] computes the metric of the HuBMAP competition.
//
// Results that are too many for one machine are evaluated in parts, each with some of the
// images: [Result.WritePartial] writes what a part adds, and [MergePartials] makes of all parts
// what one evaluation gives, bit for bit.
//
// # Differences from pycocotools
//
// pycocotools treats a match with the annotation of id 0 as no match, so that a perfect
// detection counts as false. Package eval counts it as correct, unless
// [Params.StrictPycocotools] is set.
//
// pycocotools silently skips some faulty records, or fails on them without a reason.
// Package eval returns an [*Error] that names the record: a category that the ground
// truth does not list, a result's image id that is a string while those of the ground
// truth are integers, a duplicate id.
package eval

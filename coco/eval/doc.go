// Package eval scores detections against a truth as pycocotools' COCOeval does:
// average precision and recall by IoU of masks, of boxes, or of masks and their
// boundaries. Every number is bit for bit that of pycocotools.
//
// [Evaluate] does all of it. [Result] holds the whole arrays of precision,
// recall and scores, the twelve numbers of the summary and its text, and what
// every image and category contributed: see [Result.Cells]. Single numbers are asked for
// by values: [Result.APAt], or [Result.AP] and others with a [Select].
//
// From one evaluation come the scores of its parts ([Result.Score], [Result.Parts],
// [Result.Subset]), curves ([Result.Curve]), what each detection and true instance of an
// image is ([Result.Matches]), what each threshold of the score would keep
// ([Result.Sweep]), what went wrong, as tidecv tells it ([Result.Mistakes]), and how sure
// it is that one model is better than another ([Compare]). [HuBMAP] is the competition's
// metric.
//
// # Where pycocotools goes wrong
//
// pycocotools takes a match with the annotation of id 0 for none, so that a
// perfect detection counts as false. Here it counts as right, unless
// [Params.StrictPycocotools] asks for the same numbers.
//
// What pycocotools passes over or fails on without saying why is an [*Error] that
// names the record: a category that the truth does not list, a result's image id
// that is a string where the truth has integers, an id that stands twice.
package eval

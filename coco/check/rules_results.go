package check

import "github.com/hubdata/hubdata/coco"

// The codes of findings in lists of detections. Masks and boxes have the codes of those
// of datasets.
const (
	NoResults             coco.Code = "no-results"              // an empty list
	ResultsMixed          coco.Code = "results-mixed"           // only some have a bbox
	ResultUnreadable      coco.Code = "result-unreadable"       // an element that is not a detection
	ResultImageUnknown    coco.Code = "result-image-unknown"    // no image has the image_id
	ResultCategoryMissing coco.Code = "result-category-missing" // no category_id
	ResultCategoryUnknown coco.Code = "result-category-unknown" // no category has the category_id
	ResultCategoryName    coco.Code = "result-category-name"    // category_id is a name
	ScoreMissing          coco.Code = "score-missing"           // absent
	ScoreInvalid          coco.Code = "score-invalid"           // null, NaN, infinite, or not a number
	ScoreString           coco.Code = "score-string"            // a string of a number
	ScoreRange            coco.Code = "score-range"             // below 0 or above 1
	ResultShapeMissing    coco.Code = "result-shape-missing"    // neither bbox nor segmentation
	ResultEmpty           coco.Code = "result-empty"            // a mask without pixels
	ResultDuplicate       coco.Code = "result-duplicate"        // same image, category and shape
	ResultsMany           coco.Code = "results-many"            // more than are scored
)

// resultRules has one rule for each code, in the order of the codes.
var resultRules = []Rule{
	{Code: NoResults, Severity: coco.SeverityError, About: "a results file has no detections",
		Effects: on(Fails, "reads the first one", Pycocotools)},
	{Code: ResultsMixed, Severity: coco.SeverityError, About: "some detections have a bbox, others only a segmentation",
		Effects: on(Fails, "treats all like the first one", Pycocotools)},
	{Code: ResultUnreadable, Severity: coco.SeverityError, About: "an element of a results file is not a detection",
		Effects: on(Fails, "stops, or continues with a value of another type", Pycocotools, Kaggle)},
	{Code: ResultImageUnknown, Severity: coco.SeverityError, About: "a detection is on an image that does not exist",
		Effects: on(Fails, "rejects results whose images are not all in the ground truth", Pycocotools),
		Fix:     "takes the image whose id differs only in its type"},
	{Code: ResultCategoryMissing, Severity: coco.SeverityError, About: "a detection has no category_id",
		Effects: on(Fails, "reads it for every detection", Pycocotools),
		Fix:     "takes the category if the ground truth has only one"},
	{Code: ResultCategoryUnknown, Severity: coco.SeverityError, About: "a detection has a category that does not exist",
		Effects: on(Drops, "leaves it out of every score", Pycocotools)},
	{Code: ResultCategoryName, Severity: coco.SeverityError, About: "the category_id of a detection is a name",
		Effects: on(Drops, "leaves it out of every score", Pycocotools),
		Fix:     "takes the id of the category, if the ground truth has one of this name"},
	{Code: ScoreMissing, Severity: coco.SeverityError, About: "a detection has no score",
		Effects: on(Fails, "reads it for every detection", Pycocotools)},
	{Code: ScoreInvalid, Severity: coco.SeverityError, About: "a score is not a finite number",
		Effects: on(Misreads, "fails on null and strings, and ranks NaN anywhere", Pycocotools)},
	{Code: ScoreString, Severity: coco.SeverityError, About: "a score is a string of a number",
		Effects: on(Fails, "computes with it", Pycocotools),
		Fix:     "writes the number"},
	{Code: ScoreRange, Severity: coco.SeverityWarning, About: "a score is below 0 or above 1",
		Why: "it may be a logit or a percentage: COCO's scores only rank, but thresholds and fusion of models misread it"},
	{Code: ResultShapeMissing, Severity: coco.SeverityError, About: "a detection has neither a bbox nor a segmentation",
		Effects: on(Fails, "reads one of them for every detection", Pycocotools)},
	{Code: ResultEmpty, Severity: coco.SeverityWarning, About: "the mask of a detection has no pixels",
		Effects: on(Misreads, "counts it as a false detection", Pycocotools)},
	{Code: ResultDuplicate, Severity: coco.SeverityWarning, About: "a detection has the image, category and shape of another one",
		Effects: on(Misreads, "counts one of them as a false detection", Pycocotools, Kaggle),
		Fix:     "removes the later one if the scores are equal too"},
	{Code: ResultsMany, Severity: coco.SeverityWarning, About: "an image has more detections of a category than are scored",
		Effects: on(Drops, "counts only the 100 of highest score", Pycocotools)},
}

package check

import (
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// The codes of findings, in the order in which a file is checked. Codes that
// [coco.Merge] reports too are those of package coco.
const (
	FileUnreadable        coco.Code = "file-unreadable"          // not a COCO file; reported by the caller
	ByteOrderMark         coco.Code = "byte-order-mark"          // the file begins with one; reported by the caller
	NoCategories          coco.Code = "no-categories"            // the dataset has none
	CategoryIDDuplicate   coco.Code = coco.CategoryIDDuplicate   // two categories with one id
	CategoryIDLow         coco.Code = "category-id-low"          // below 1
	CategoryIDGap         coco.Code = "category-id-gap"          // ids are not first, first + 1, ...
	CategoryOrder         coco.Code = "category-order"           // ids are not ascending
	CategoryNameMissing   coco.Code = coco.CategoryNameMissing   // absent or empty
	CategoryNameDuplicate coco.Code = coco.CategoryNameDuplicate // two categories with one name
	CategoryNameSimilar   coco.Code = "category-name-similar"    // names that differ by case, space or plural
	CategoryGroup         coco.Code = "category-group"           // without annotations, the supercategory of others
	CategoryEmpty         coco.Code = "category-empty"           // without annotations
	NoImages              coco.Code = "no-images"                // the dataset has none
	ImageIDDuplicate      coco.Code = coco.ImageIDDuplicate      // two images with one id
	ImageIDMixed          coco.Code = coco.ImageIDMixed          // some ids are integers, some strings
	ImageIDString         coco.Code = "image-id-string"          // all ids are strings
	ImageIDNegative       coco.Code = "image-id-negative"        // below 0
	ImageIDLarge          coco.Code = "image-id-large"           // beyond 2^53
	FileNameMissing       coco.Code = "file-name-missing"        // absent or empty
	FileNameDuplicate     coco.Code = "file-name-duplicate"      // two images with one file name
	ImageNameDuplicate    coco.Code = coco.ImageNameDuplicate    // two images with one tile or path
	FileNameCollides      coco.Code = "file-name-collides"       // names that differ by case or suffix alone
	FileNameAbsolute      coco.Code = "file-name-absolute"       // begins at a root
	FileNameParent        coco.Code = "file-name-parent"         // leads out of the folder
	FileNameBackslash     coco.Code = "file-name-backslash"      // a \ between folders
	FileNameControl       coco.Code = "file-name-control"        // a control character
	ImageSizeMissing      coco.Code = "image-size-missing"       // no height or no width
	ImageSizeInvalid      coco.Code = "image-size-invalid"       // height or width below 1
	ImageSizeLarge        coco.Code = "image-size-large"         // more pixels than a mask can have
	ImageSmall            coco.Code = "image-small"              // a side below 32 pixels
	ImageFileMissing      coco.Code = "image-file-missing"       // no such file in the folder of images
	ImageFileUnreadable   coco.Code = "image-file-unreadable"    // a file that is not an image
	ImageFileUnread       coco.Code = "image-file-unread"        // a file of a kind that is not decoded
	ImageFileDepth        coco.Code = "image-file-depth"         // 16 bits per channel
	ImageFileAlpha        coco.Code = "image-file-alpha"         // pixels that are not opaque
	ImageFileTurned       coco.Code = "image-file-turned"        // an orientation turns the picture
	ImageFileSize         coco.Code = "image-file-size"          // the file has another size
	ImageContentDuplicate coco.Code = "image-content-duplicate"  // two files with the same bytes
	ImageContentNear      coco.Code = "image-content-near"       // two files that show nearly the same
	TileUnknown           coco.Code = "tile-unknown"             // not in the tiles' table
	TileDiffers           coco.Code = "tile-differs"             // the table places it elsewhere
	TileTier              coco.Code = "tile-tier"                // another tier than most of the file
	ImageEmpty            coco.Code = "image-empty"              // without annotations
	AnnotationIDDuplicate coco.Code = coco.AnnotationIDDuplicate // two annotations with one id
	AnnotationIDZero      coco.Code = "annotation-id-zero"       // the integer 0
	AnnotationIDNegative  coco.Code = "annotation-id-negative"   // below 0
	AnnotationIDLarge     coco.Code = "annotation-id-large"      // beyond 2^53
	AnnotationIDMixed     coco.Code = "annotation-id-mixed"      // some ids are integers, some strings
	AnnotationIDString    coco.Code = "annotation-id-string"     // a string
	ImageUnknown          coco.Code = coco.ImageUnknown          // no image has the image_id
	CategoryMissing       coco.Code = "category-missing"         // no category_id
	CategoryUnknown       coco.Code = coco.CategoryUnknown       // no category has the category_id
	SegmentationNone      coco.Code = "segmentation-none"        // no annotation has one: boxes alone
	SegmentationMissing   coco.Code = "segmentation-missing"     // absent
	SegmentationEmpty     coco.Code = "segmentation-empty"       // null or an empty list
	SegmentationRuns      coco.Code = "segmentation-runs"        // runs, which not all tools can read
	RingOdd               coco.Code = "ring-odd"                 // an odd number of coordinates
	RingBox               coco.Code = "ring-box"                 // a ring of 4 numbers
	RingShort             coco.Code = "ring-short"               // fewer than 3 points
	RingRepeat            coco.Code = "ring-repeat"              // a point that repeats the one before
	RingOpen              coco.Code = "ring-open"                // ends far from where it began
	RingCrossing          coco.Code = "ring-crossing"            // crosses itself
	RingOutside           coco.Code = "ring-outside"             // reaches beyond the image
	CoordinateInvalid     coco.Code = "coordinate-invalid"       // not finite, or too large to fill
	RLESize               coco.Code = "rle-size"                 // runs of another size than the image
	RLECorrupt            coco.Code = "rle-corrupt"              // runs that are not a valid mask
	RLEZero               coco.Code = "rle-zero"                 // a run of length 0 after the first
	MaskRuns              coco.Code = "mask-runs"                // polygons with more runs than are filled
	MaskEmpty             coco.Code = "mask-empty"               // the segmentation covers no pixel
	MaskTiny              coco.Code = "mask-tiny"                // very few pixels
	MaskParts             coco.Code = "mask-parts"               // several parts that do not touch
	MaskBorder            coco.Code = "mask-border"              // cut by the border of the image
	MaskEqual             coco.Code = "mask-equal"               // equal to another one of the image
	MaskNear              coco.Code = "mask-near"                // nearly equal to another one of the image
	AreaMissing           coco.Code = "area-missing"             // absent
	AreaNotFinite         coco.Code = "area-not-finite"          // NaN or infinite
	AreaNotPositive       coco.Code = "area-not-positive"        // zero or negative
	AreaDiffers           coco.Code = "area-differs"             // unlike the mask; see [Validate]
	BoxMissing            coco.Code = "bbox-missing"             // absent
	BoxNotFinite          coco.Code = "bbox-not-finite"          // a number is NaN or infinite
	BoxNegative           coco.Code = "bbox-negative"            // negative width or height
	BoxZero               coco.Code = "bbox-zero"                // width or height zero
	BoxSmall              coco.Code = "bbox-small"               // width or height below 1 pixel
	BoxOutside            coco.Code = "bbox-outside"             // reaches beyond the image
	BoxDiffers            coco.Code = "bbox-differs"             // unlike the mask
	BoxExtreme            coco.Code = "bbox-extreme"             // much longer than wide; of boxes alone
	BoxEqual              coco.Code = "bbox-equal"               // equal to another one of the image; of boxes alone
	BoxNear               coco.Code = "bbox-near"                // nearly equal to another one of the image; of boxes alone
	CrowdMissing          coco.Code = "iscrowd-missing"          // absent
	Crowd                 coco.Code = "iscrowd-set"              // a crowd, which models do not train on
	CrowdAll              coco.Code = "iscrowd-all"              // all annotations, or all of a category or of most images
	IgnoreSet             coco.Code = "ignore-set"               // a member ignore that is not 0
)

// rules has one rule for each code, in the order in which a file is checked.
var rules = withMeasured(slices.Concat(fileRules, typeRules, datasetRules, resultRules, reportRules))

// fileRules are the rules of the text.
var fileRules = []Rule{
	{Code: FileUnreadable, Severity: coco.SeverityError, About: "the file cannot be read as COCO",
		Why:     "broken or truncated JSON, a duplicate member, or records that are not in a list: nothing after it is checked",
		Effects: on(Fails, "stops, or continues with whatever it could read", Consumers()...)},
	{Code: ByteOrderMark, Severity: coco.SeverityError, About: "the file begins with a byte order mark",
		Why:     "PowerShell and some editors on Windows write it; JSON does not allow it",
		Effects: on(Fails, "cannot parse the file: unexpected UTF-8 BOM", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "writes the file without it"},
}

// datasetRules are the rules of the records.
var datasetRules = []Rule{
	{Code: NoCategories, Severity: coco.SeverityError, About: "the file has no categories",
		Effects: effects(on(Fails, "finds no class: the set is empty", MMDet2, MMDet3),
			on(Fails, "takes the minimum of an empty list of ids", Detectron2),
			on(Misreads, "evaluates nothing: every score is -1", Pycocotools))},
	{Code: CategoryIDDuplicate, Severity: coco.SeverityError, About: "two categories have the same id",
		Effects: on(Misreads, "finds only one of them by the id", MMDet2, MMDet3, Pycocotools, Detectron2),
		Fix:     "removes the later one if the names are equal too"},
	{Code: CategoryIDLow, Severity: coco.SeverityWarning, About: "a category's id is below 1",
		Effects: on(Drops, "uses id - 1 as the class: the class is negative, and the image's labels are rejected", YOLO)},
	{Code: CategoryIDGap, Severity: coco.SeverityNote, About: "the categories' ids have gaps",
		Effects: on(Drops, "uses id - 1 as the class: labels beyond the number of names are rejected, with their image",
			YOLO)},
	{Code: CategoryOrder, Severity: coco.SeverityWarning, About: "the categories are not in the order of their ids",
		Why: "tools then number the classes differently, so models and results of different tools do not match",
		Effects: effects(on(Misreads, "numbers classes by their order in the file", MMDet2, MMDet3),
			on(Misreads, "numbers classes by their ids", Detectron2, YOLO)),
		Fix: "sorts them by id"},
	{Code: CategoryNameMissing, Severity: coco.SeverityError, About: "a category has no name",
		Effects: effects(on(Fails, "reads the name of every category", MMDet2, MMDet3, Detectron2),
			on(Drops, "does not find its annotations by any class", Pycocotools))},
	{Code: CategoryNameDuplicate, Severity: coco.SeverityError, About: "two categories have the same name",
		Effects: effects(on(Misreads, "gives one class two labels", MMDet2, MMDet3, Detectron2, YOLO),
			on(Misreads, "averages over them as two classes", Pycocotools)),
		Fix: "merges them under the earlier id"},
	{Code: CategoryNameSimilar, Severity: coco.SeverityWarning,
		About:   "the names of two categories differ only in case, spacing or plural",
		Effects: on(Drops, "takes only names that exactly equal those of the config", MMDet2, MMDet3)},
	{Code: CategoryGroup, Severity: coco.SeverityWarning, About: "a category has no annotations, and only groups others",
		Why:     "Roboflow writes such a category: a class that is never learned",
		Effects: on(Misreads, "makes a class of it, and numbers those after it one higher", Detectron2, YOLO)},
	{Code: CategoryEmpty, Severity: coco.SeverityNote, About: "a category has no annotations",
		Why: "it is a class that is never learned, and is left out of the scores"},
	{Code: NoImages, Severity: coco.SeverityError, About: "the file has no images",
		Effects: effects(on(Fails, "has nothing to load", MMDet2, MMDet3, Detectron2),
			on(Misreads, "evaluates nothing: every score is -1", Pycocotools))},
	{Code: ImageIDDuplicate, Severity: coco.SeverityError, About: "two images have the same id",
		Effects: on(Misreads, "finds the later one, with the annotations of both", MMDet2, MMDet3, Pycocotools, Detectron2,
			YOLO),
		Fix: "removes the later one if file and size are equal too"},
	{Code: ImageIDMixed, Severity: coco.SeverityError, About: "some image ids are integers, others strings",
		Effects: effects(on(Fails, "sorts the ids, which cannot be compared", Pycocotools, Detectron2),
			on(Fails, "writes ids as integers", YOLO)),
		Fix: "turns strings into integers: the number they spell if it is free, otherwise the lowest free id"},
	{Code: ImageIDString, Severity: coco.SeverityNote, About: "image ids are strings",
		Effects: effects(on(Fails, "writes ids as integers", YOLO),
			on(Fails, "treats a single id in loadImgs as a list of characters", Pycocotools))},
	{Code: ImageIDNegative, Severity: coco.SeverityWarning, About: "an image's id is negative",
		Why: "programs that index arrays by it get a different image; COCO's own tools are not affected",
		Fix: "gives it the lowest free id"},
	{Code: ImageIDLarge, Severity: coco.SeverityWarning, About: "an image's id is above 2^53",
		Why: "programs that store numbers as 64-bit floats, such as JavaScript, jq and often pandas, get a different id",
		Fix: "gives it the lowest free id"},
	{Code: FileNameMissing, Severity: coco.SeverityError, About: "an image has no file name",
		Effects: on(Fails, "cannot load the image", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: FileNameDuplicate, Severity: coco.SeverityError, About: "two images have the same file name",
		Why: "the image is used twice in training, each time with some of its objects as background, and may be in two folds",
		Effects: effects(on(Misreads, "learns the objects of the other as background", MMDet2, MMDet3, Detectron2),
			on(Misreads, "writes the labels of both into one file", YOLO), on(Misreads, "has two rows for one tile", Kaggle)),
		Fix: "if the sizes are equal, moves all annotations to the earlier one and removes the later one"},
	{Code: ImageNameDuplicate, Severity: coco.SeverityWarning,
		About:   "two images have the same tile, or paths that mean the same file",
		Why:     "\"hubdata merge\" refuses the file, and no tile of a table or submission is found by that name",
		Effects: on(Misreads, "has two rows for one tile", Kaggle)},
	{Code: FileNameCollides, Severity: coco.SeverityWarning,
		About: "two file names differ only in case, Unicode form or suffix",
		Why:   "they are the same file where case does not matter, as on macOS and Windows; on macOS the Unicode form does not matter either",
		Effects: effects(on(Misreads, "names labels without the suffix: one file for both", YOLO),
			on(Misreads, "names tiles without the suffix: one row for both", Kaggle))},
	{Code: FileNameAbsolute, Severity: coco.SeverityWarning, About: "a file name is an absolute path",
		Effects: on(Misreads, "ignores the folder of images", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: FileNameParent, Severity: coco.SeverityWarning, About: "a file name leaves its folder by ..",
		Effects: on(Misreads, "reads, and writes labels, outside the folder", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: FileNameBackslash, Severity: coco.SeverityWarning, About: "a file name has a backslash",
		Why:     "it separates folders only on Windows",
		Effects: on(Fails, "does not find the file", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "replaces it with a slash"},
	{Code: FileNameControl, Severity: coco.SeverityError, About: "a file name has a control character",
		Why:     "it breaks lists of files, and terminals interpret it",
		Effects: on(Fails, "does not find the file", MMDet2, MMDet3, Detectron2, YOLO)},
	fileNameEncoding,
	{Code: ImageSizeMissing, Severity: coco.SeverityError, About: "an image has no height or no width",
		Effects: on(Fails, "reads them for every image", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "takes the size of the file or, if they all agree, of the image's runs"},
	{Code: ImageSizeInvalid, Severity: coco.SeverityError, About: "an image's height or width is below 1",
		Effects: effects(on(Drops, "leaves out images below 32 pixels", MMDet2, MMDet3),
			on(Fails, "cannot make a mask", Pycocotools, Detectron2), on(Fails, "divides by it", YOLO)),
		Fix: "takes the size of the file or, if they all agree, of the image's runs"},
	{Code: ImageSizeLarge, Severity: coco.SeverityError, About: "an image is larger than a mask can be",
		Why:     "a mask has at most 2^30 pixels and, with 64 rows or fewer, 2^25 columns",
		Effects: on(Fails, "runs out of memory", MMDet2, MMDet3, Detectron2)},
	{Code: ImageSmall, Severity: coco.SeverityWarning, About: "an image's height or width is below 32 pixels",
		Effects: effects(on(Drops, "leaves it out of training: min_size=32", MMDet2, MMDet3),
			on(Drops, "leaves it out if below 10", YOLO))},
	{Code: ImageFileMissing, Severity: coco.SeverityError, About: "an image's file does not exist",
		Effects: effects(on(Fails, "cannot load it", MMDet2, MMDet3, Detectron2),
			on(Drops, "uses only the files that exist", YOLO))},
	{Code: ImageFileUnreadable, Severity: coco.SeverityError, About: "an image's file cannot be read as an image",
		Effects: effects(on(Fails, "cannot load it", MMDet2, MMDet3, Detectron2),
			on(Drops, "leaves it out as corrupt", YOLO))},
	{Code: ImageFileUnread, Severity: coco.SeverityNote,
		About: "an image's file is of a kind that hubdata does not decode",
		Why:   "OpenCV and Pillow read many kinds that hubdata does not, but not all of them; its picture is not compared with others"},
	{Code: ImageFileDepth, Severity: coco.SeverityWarning, About: "an image's file has 16 bits per channel",
		Effects: effects(on(Misreads, "keeps the upper 8 bits", MMDet2, MMDet3, YOLO),
			on(Misreads, "turns all grey values above 255 white", Detectron2))},
	{Code: ImageFileAlpha, Severity: coco.SeverityWarning, About: "an image's file has pixels that are not opaque",
		Why:     "tools decode it to different pictures",
		Effects: on(Misreads, "multiplies colours by alpha in a TIFF, but not in a PNG", MMDet2, MMDet3, YOLO)},
	{Code: ImageFileTurned, Severity: coco.SeverityNote,
		About: "an image's file has an orientation (EXIF, or a TIFF's own) that turns its picture",
		Why:   "MMDetection, detectron2 and ultralytics turn it, so its size is checked as they see it; Pillow's Image.open turns a TIFF only, OpenCV 4.10 no WebP, and cv2.imread of OpenCV 5.0 fails on a TIFF turned by a quarter"},
	{Code: ImageFileSize, Severity: coco.SeverityError, About: "an image's file has a different size",
		Effects: effects(on(Misreads, "makes masks of the size in the COCO file, for other pixels", MMDet2),
			on(Fails, "makes masks of the size of the loaded image", MMDet3),
			on(Fails, "compares the sizes", Detectron2), on(Misreads, "divides coordinates by the size in the COCO file", YOLO)),
		Fix: "takes the size of the image file, unless masks or boxes of the image do not fit it, or the size is that before the file's orientation turns it"},
	{Code: ImageContentDuplicate, Severity: coco.SeverityWarning, About: "the files of two images have the same bytes",
		Why:     "the picture counts twice, and leaks if the two are in different folds",
		Effects: on(Misreads, "learns the objects of one as background of the other", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: ImageContentNear, Severity: coco.SeverityNote, About: "the files of two images show nearly the same picture",
		Why: "it leaks if the two are in different folds"},
	{Code: TileUnknown, Severity: coco.SeverityWarning, About: "a tile is not in the table of tiles",
		Why: "its slide is unknown, so folds by slide leave it out"},
	{Code: TileDiffers, Severity: coco.SeverityError,
		About: "the table of tiles has a different tier, slide or position for a tile",
		Why:   "folds by slide and position leak"},
	{Code: TileTier, Severity: coco.SeverityNote, About: "a tile belongs to another tier than most tiles of the file",
		Why: "its outlines have another quality: dataset 1 was reviewed by experts, dataset 2 was not, dataset 3 has no outlines"},
	{Code: ImageEmpty, Severity: coco.SeverityNote, About: "an image has no annotations",
		Effects: on(Drops, "leaves it out of training: filter_empty_gt, or the like", MMDet2, MMDet3, Detectron2)},
	{Code: AnnotationIDDuplicate, Severity: coco.SeverityError, About: "two annotations have the same id",
		Effects: effects(on(Fails, "rejects the file", MMDet2, MMDet3, Detectron2),
			on(Drops, "knows only the later one, and counts it for both", Pycocotools)),
		Fix: "gives the later one the lowest free id"},
	{Code: AnnotationIDZero, Severity: coco.SeverityError, About: "an annotation's id is 0",
		Effects: on(Misreads, "treats 0 as no match: a correct detection of it counts as false", Pycocotools, MMDet2, MMDet3,
			Detectron2),
		Fix: "gives it the lowest free id"},
	{Code: AnnotationIDNegative, Severity: coco.SeverityWarning, About: "an annotation's id is negative",
		Why: "programs that index arrays by it get a different annotation; COCO's own tools are not affected",
		Fix: "gives it the lowest free id"},
	{Code: AnnotationIDLarge, Severity: coco.SeverityWarning, About: "an annotation's id is above 2^53",
		Effects: on(Misreads, "stores matches as 64-bit floats: the id changes", Pycocotools),
		Fix:     "gives it the lowest free id"},
	{Code: AnnotationIDMixed, Severity: coco.SeverityError, About: "some annotation ids are integers, others strings",
		Effects: on(Misreads, "may or may not treat 12 and \"12\" as the same id", MMDet2, MMDet3, Pycocotools, Detectron2),
		Fix:     "gives the strings the lowest free ids"},
	{Code: AnnotationIDString, Severity: coco.SeverityError, About: "an annotation's id is a string",
		Effects: on(Fails, "stores matches as numbers", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "gives it the lowest free id"},
	{Code: ImageUnknown, Severity: coco.SeverityError, About: "an annotation belongs to an image that does not exist",
		Effects: effects(on(Drops, "never reads it", MMDet2, MMDet3, Pycocotools, Detectron2),
			on(Fails, "does not find the image", YOLO)),
		Fix: "takes the image whose id differs only in type, or removes the annotation"},
	{Code: CategoryMissing, Severity: coco.SeverityError, About: "an annotation has no category_id",
		Effects: on(Fails, "reads it for every annotation", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "takes the category if there is only one, or removes the annotation"},
	{Code: CategoryUnknown, Severity: coco.SeverityError, About: "an annotation belongs to a category that does not exist",
		Effects: effects(on(Drops, "leaves it out", MMDet2, MMDet3, Pycocotools),
			on(Fails, "does not find the category", Detectron2),
			on(Drops, "writes a class without a name, and rejects the image's labels", YOLO)),
		Fix: "removes the annotation"},
	{Code: SegmentationNone, Severity: coco.SeverityNote,
		About: "no annotation has a segmentation: the file has boxes alone",
		Why:   "that is a sound file for tools that detect boxes",
		Effects: effects(on(Fails, "needs masks", MMDet2, MMDet3),
			on(Fails, "fails when it scores masks; boxes are not affected", Pycocotools),
			on(Fails, "trains no mask head", Detectron2), on(Fails, "has nothing to encode", Kaggle))},
	{Code: SegmentationMissing, Severity: coco.SeverityError, About: "an annotation has no segmentation",
		Effects: effects(on(Fails, "reads it when masks are loaded", MMDet2, MMDet3, Pycocotools, Detectron2),
			on(Misreads, "writes the box as its outline", YOLO)),
		Fix: "removes the annotation if others have one"},
	{Code: SegmentationEmpty, Severity: coco.SeverityError, About: "an annotation's segmentation is empty",
		Effects: effects(on(Fails, "reads its first ring", MMDet2, Pycocotools),
			on(Fails, "finds no mask where it needs one", MMDet3, Detectron2),
			on(Misreads, "writes the box as its outline", YOLO)),
		Fix: "removes the annotation if others have one"},
	{Code: SegmentationRuns, Severity: coco.SeverityNote, About: "segmentations are runs, not polygons",
		Effects: on(Fails, "requires polygons unless INPUT.MASK_FORMAT is bitmask", Detectron2)},
	{Code: RingOdd, Severity: coco.SeverityError, About: "a ring has an odd number of coordinates",
		Effects: effects(on(Misreads, "ignores the last one", Pycocotools, MMDet2),
			on(Drops, "drops the ring, and the mask if it has no other", MMDet3, Detectron2),
			on(Misreads, "drops the ring, and writes the box as the outline", YOLO)),
		Fix: "removes the last number"},
	{Code: RingBox, Severity: coco.SeverityError, About: "a ring has 4 numbers",
		Effects: effects(on(Fails, "treats a first ring of 4 as a box", Pycocotools, MMDet2),
			on(Drops, "drops the ring, and the mask if it has no other", MMDet3, Detectron2),
			on(Misreads, "drops the ring, and writes the box as the outline if it has no other", YOLO)),
		Fix: "removes the ring, and the annotation if it has no other"},
	{Code: RingShort, Severity: coco.SeverityError, About: "a ring has fewer than 3 points",
		Effects: effects(on(Fails, "fails if it is the first ring", Pycocotools, MMDet2),
			on(Drops, "drops the ring, and the mask if it has no other", MMDet3, Detectron2),
			on(Misreads, "drops the ring, and writes the box as the outline if it has no other", YOLO)),
		Fix: "removes the ring, and the annotation if it has no other"},
	{Code: RingRepeat, Severity: coco.SeverityNote, About: "a point of a ring repeats the previous one",
		Why: "geometry libraries consider the ring invalid, or divide by the length of the edge",
		Fix: "removes the point if that does not change the mask"},
	{Code: RingOpen, Severity: coco.SeverityNote, About: "a ring ends far from where it starts",
		Why: "every tool closes it by a straight line longer than any drawn edge: the outline may be incomplete"},
	{Code: RingCrossing, Severity: coco.SeverityWarning, About: "a ring crosses itself",
		Why:     "libraries disagree about what is inside, and some reject it or take its convex hull",
		Effects: on(Misreads, "fills the loops like its drawing library", YOLO),
		Fix:     "traces it again from the mask that pycocotools makes of it"},
	{Code: RingOutside, Severity: coco.SeverityWarning, About: "a ring reaches beyond the image",
		Effects: effects(on(Drops, "considers the label corrupt, and leaves the whole image out", YOLO),
			on(Misreads, "clips the mask, but not the box", MMDet2, MMDet3, Pycocotools)),
		Fix: "traces it again from the mask that pycocotools makes of it"},
	{Code: CoordinateInvalid, Severity: coco.SeverityError, About: "a coordinate is not finite, or too large to fill",
		Effects: on(Misreads, "overflows its integers", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "removes the ring, and the annotation if it has no other"},
	{Code: RLESize, Severity: coco.SeverityError, About: "runs have a different size than the image",
		Effects: effects(on(Fails, "compares the mask's size with the image's", MMDet2, MMDet3, Detectron2),
			on(Misreads, "computes an overlap of -1 with masks of another size", Pycocotools),
			on(Fails, "rejects masks of another size", Kaggle))},
	{Code: RLECorrupt, Severity: coco.SeverityError, About: "runs do not form a mask of their stated size",
		Effects: on(Fails, "raises an error; older versions read and write out of bounds", MMDet2, MMDet3, Pycocotools,
			Detectron2, Kaggle),
		Fix: "removes Python's b'...' around them, adds missing background at the end, or removes the annotation"},
	{Code: RLEZero, Severity: coco.SeverityWarning, About: "runs after the first include one of length 0",
		Effects: on(Misreads, "computes wrong overlaps", Pycocotools, MMDet2, MMDet3, Detectron2, Kaggle),
		Fix:     "writes the runs without it"},
	{Code: MaskRuns, Severity: coco.SeverityWarning, About: "polygons cross the image too often to be filled",
		Why: "hubdata fills at most two million runs beyond 64 per point: what depends on the mask is not checked, and other commands refuse it"},
	{Code: MaskEmpty, Severity: coco.SeverityError, About: "a mask has no pixels",
		Effects: effects(on(Misreads, "counts an object that nothing can find", Pycocotools),
			on(Misreads, "learns an object without pixels", MMDet2, MMDet3, Detectron2),
			on(Fails, "has nothing to encode", Kaggle)),
		Fix: "removes the annotation"},
	{Code: MaskTiny, Severity: coco.SeverityNote, About: "a mask has very few pixels",
		Why: "it is more often a slip of the pen than an object, and a single pixel decides its IoU"},
	{Code: MaskParts, Severity: coco.SeverityNote, About: "a mask has several parts that do not touch",
		Effects: on(Misreads, "joins the parts by a line", YOLO)},
	{Code: MaskBorder, Severity: coco.SeverityNote, About: "a mask is cut by the border of its image",
		Why: "on the slide it continues into the next tile: keep neighbours in one fold"},
	{Code: MaskEqual, Severity: coco.SeverityWarning, About: "a mask equals another one of its image",
		Effects: effects(on(Misreads, "counts one of them as missed unless it is detected twice", Pycocotools, Kaggle),
			on(Drops, "drops one of two equal boxes of a class", YOLO)),
		Fix: "removes the later one if both have the same category"},
	{Code: MaskNear, Severity: coco.SeverityWarning, About: "a mask nearly equals another one of its image",
		Effects: on(Misreads, "counts one of them as missed unless it is detected twice", Pycocotools, Kaggle)},
	{Code: AreaMissing, Severity: coco.SeverityError, About: "an annotation has no area",
		Effects: on(Fails, "reads it for every annotation", MMDet2, MMDet3, Pycocotools, Detectron2),
		Fix:     "counts the mask's pixels"},
	{Code: AreaNotFinite, Severity: coco.SeverityError, About: "an area is not finite",
		Effects: on(Misreads, "puts it into no area range", Pycocotools),
		Fix:     "counts the mask's pixels"},
	{Code: AreaNotPositive, Severity: coco.SeverityWarning, About: "an area is zero or negative",
		Effects: on(Drops, "leaves the annotation out", MMDet2, MMDet3),
		Fix:     "counts the mask's pixels"},
	{Code: AreaDiffers, Severity: coco.SeverityWarning, About: "an area differs from that of the mask",
		Effects: on(Misreads, "puts it into the wrong area range", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "counts the mask's pixels"},
	{Code: BoxMissing, Severity: coco.SeverityError, About: "an annotation has no bbox",
		Effects: on(Fails, "reads it for every annotation", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: BoxNotFinite, Severity: coco.SeverityError, About: "a box has a number that is not finite",
		Effects: on(Misreads, "learns NaN", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: BoxNegative, Severity: coco.SeverityError, About: "a box has a negative width or height",
		Why:     "often the box holds two corners instead of x, y, width and height",
		Effects: on(Drops, "leaves the annotation out", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: BoxZero, Severity: coco.SeverityWarning, About: "a box has no width or no height",
		Effects: on(Drops, "leaves the annotation out", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: BoxSmall, Severity: coco.SeverityWarning, About: "a box is less than one pixel wide or high",
		Effects: on(Drops, "leaves the annotation out", MMDet2, MMDet3),
		Fix:     "takes the mask's box"},
	{Code: BoxOutside, Severity: coco.SeverityWarning, About: "a box reaches beyond its image",
		Effects: effects(on(Misreads, "learns it without clipping, or drops it if it is fully outside", MMDet2, MMDet3),
			on(Misreads, "clips it, and loses it if nothing remains", Detectron2),
			on(Drops, "considers the label corrupt, and leaves the whole image out", YOLO)),
		Fix: "takes the mask's box or, without a mask, clips it"},
	{Code: BoxDiffers, Severity: coco.SeverityWarning, About: "a box differs from that of the mask",
		Effects: on(Misreads, "learns a box that does not fit the mask", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: BoxExtreme, Severity: coco.SeverityNote, About: "a box is more than 20 times as long as wide",
		Why: "the anchors of common detectors cover 1:2 to 2:1; it may hold two corners instead of a width and a height"},
	{Code: BoxEqual, Severity: coco.SeverityWarning, About: "a box equals another one of its image",
		Effects: effects(on(Misreads, "counts one of them as missed unless it is detected twice", Pycocotools),
			on(Drops, "drops one of two equal boxes of a class", YOLO)),
		Fix: "removes the later one if both have the same category"},
	{Code: BoxNear, Severity: coco.SeverityWarning, About: "a box nearly equals another one of its image",
		Effects: on(Misreads, "counts one of them as missed unless it is detected twice", Pycocotools)},
	{Code: CrowdMissing, Severity: coco.SeverityError, About: "an annotation has no iscrowd",
		Effects: on(Fails, "reads it for every annotation when it evaluates", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "writes 0"},
	{Code: Crowd, Severity: coco.SeverityNote, About: "an annotation is a crowd",
		Effects: effects(on(Drops, "learns nothing from it", MMDet2, MMDet3, Detectron2), on(Drops, "leaves it out", YOLO),
			on(Misreads, "counts neither it nor detections inside it", Pycocotools))},
	{Code: CrowdAll, Severity: coco.SeverityWarning,
		About: "all annotations, or all of a category or of most images, are crowds",
		Why:   "CVAT marks every mask as a crowd; write iscrowd 0 for single objects",
		Effects: effects(on(Drops, "learns nothing from them", MMDet2, MMDet3, Detectron2),
			on(Drops, "leaves them out", YOLO), on(Misreads, "has nothing to score: -1", Pycocotools))},
	{Code: IgnoreSet, Severity: coco.SeverityWarning, About: "an annotation's member ignore is not 0",
		Effects: effects(on(Drops, "leaves the annotation out", MMDet2, MMDet3), on(Fails, "rejects the file", Detectron2),
			on(Misreads, "uses iscrowd instead", Pycocotools))},
}

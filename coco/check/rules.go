package check

import "github.com/hubdata/hubdata/coco"

// The codes of findings, in the order in which a file is checked. Codes that
// [coco.Merge] reports too are those of package coco.
const (
	FileUnreadable        coco.Code = "file-unreadable"          // not a COCO file; reported by the caller
	NoCategories          coco.Code = "no-categories"            // the dataset has none
	CategoryIDDuplicate   coco.Code = coco.CategoryIDDuplicate   // two categories with one id
	CategoryIDLow         coco.Code = "category-id-low"          // below 1
	CategoryIDGap         coco.Code = "category-id-gap"          // ids are not first, first + 1, ...
	CategoryOrder         coco.Code = "category-order"           // ids are not ascending
	CategoryNameMissing   coco.Code = coco.CategoryNameMissing   // absent or empty
	CategoryNameDuplicate coco.Code = coco.CategoryNameDuplicate // two categories with one name
	CategoryNameSimilar   coco.Code = "category-name-similar"    // names that differ by case, space or plural
	NoImages              coco.Code = "no-images"                // the dataset has none
	ImageIDDuplicate      coco.Code = coco.ImageIDDuplicate      // two images with one id
	ImageIDMixed          coco.Code = coco.ImageIDMixed          // some ids are integers, some strings
	ImageIDString         coco.Code = "image-id-string"          // all ids are strings
	ImageIDNegative       coco.Code = "image-id-negative"        // below 0
	ImageIDLarge          coco.Code = "image-id-large"           // beyond 2^53
	FileNameMissing       coco.Code = "file-name-missing"        // absent or empty
	FileNameDuplicate     coco.Code = "file-name-duplicate"      // two images with one file name
	FileNameCollides      coco.Code = "file-name-collides"       // names that differ by case or suffix alone
	FileNameAbsolute      coco.Code = "file-name-absolute"       // begins at a root
	FileNameParent        coco.Code = "file-name-parent"         // leads out of the folder
	FileNameBackslash     coco.Code = "file-name-backslash"      // a \ between folders
	FileNameControl       coco.Code = "file-name-control"        // a control character, or invalid UTF-8
	ImageSizeMissing      coco.Code = "image-size-missing"       // no height or no width
	ImageSizeInvalid      coco.Code = "image-size-invalid"       // height or width below 1
	ImageSizeLarge        coco.Code = "image-size-large"         // more pixels than a mask can have
	ImageSmall            coco.Code = "image-small"              // a side below 32 pixels
	ImageFileMissing      coco.Code = "image-file-missing"       // no such file in the folder of images
	ImageFileUnreadable   coco.Code = "image-file-unreadable"    // a file that is not an image
	ImageFileUnread       coco.Code = "image-file-unread"        // a file of a kind that is not decoded
	ImageFileDepth        coco.Code = "image-file-depth"         // 16 bits per channel
	ImageFileAlpha        coco.Code = "image-file-alpha"         // pixels that are not opaque
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
	CrowdMissing          coco.Code = "iscrowd-missing"          // absent
	Crowd                 coco.Code = "iscrowd-set"              // a crowd, which models do not train on
	IgnoreSet             coco.Code = "ignore-set"               // a member ignore that is not 0
)

// rules has one rule for each code, in the order of the codes.
var rules = []Rule{
	{Code: FileUnreadable, Severity: coco.SeverityError, About: "the file cannot be read as COCO",
		Why:     "JSON that is broken or cut off, NaN, a member twice, an id that is neither integer nor string, a ring that is no list: nothing behind it is looked at",
		Effects: on(Fails, "stops, or takes what it makes of it", Consumers()...)},
	{Code: NoCategories, Severity: coco.SeverityError, About: "the file has no categories",
		Effects: effects(on(Fails, "finds no class: the set is empty", MMDet2, MMDet3), on(Fails, "takes the least of no ids", Detectron2),
			on(Misreads, "evaluates nothing: every score is -1", Pycocotools))},
	{Code: CategoryIDDuplicate, Severity: coco.SeverityError, About: "two categories have one id",
		Effects: on(Misreads, "finds one of them by the id", MMDet2, MMDet3, Pycocotools, Detectron2),
		Fix:     "if the names are equal too, removes the later one"},
	{Code: CategoryIDLow, Severity: coco.SeverityWarning, About: "a category's id is below 1",
		Effects: on(Misreads, "takes id - 1 for the class: -1 or less, and the labels are refused", YOLO)},
	{Code: CategoryIDGap, Severity: coco.SeverityNote, About: "the categories' ids have gaps",
		Effects: on(Misreads, "takes id - 1 for the class, so that classes without a name are there", YOLO)},
	{Code: CategoryOrder, Severity: coco.SeverityWarning, About: "the categories do not stand in the order of their ids",
		Why:     "tools then number the classes differently, so that models and results of two tools do not fit",
		Effects: effects(on(Misreads, "numbers classes as they stand in the file", MMDet2, MMDet3), on(Misreads, "numbers classes by their ids", Detectron2, YOLO)),
		Fix:     "sorts them by id"},
	{Code: CategoryNameMissing, Severity: coco.SeverityError, About: "a category has no name",
		Effects: effects(on(Fails, "reads the name of each", MMDet2, MMDet3, Detectron2), on(Drops, "finds its annotations by no class", Pycocotools))},
	{Code: CategoryNameDuplicate, Severity: coco.SeverityError, About: "two categories have one name",
		Effects: effects(on(Misreads, "gives one class two labels", MMDet2, MMDet3, Detectron2, YOLO), on(Misreads, "averages it as two classes", Pycocotools)),
		Fix:     "makes them one: the earlier id"},
	{Code: CategoryNameSimilar, Severity: coco.SeverityWarning, About: "two categories' names differ by case, space or plural alone",
		Effects: on(Drops, "takes names that equal the config's to the letter", MMDet2, MMDet3)},
	{Code: NoImages, Severity: coco.SeverityError, About: "the file has no images",
		Effects: effects(on(Fails, "has nothing to load", MMDet2, MMDet3, Detectron2), on(Misreads, "evaluates nothing: every score is -1", Pycocotools))},
	{Code: ImageIDDuplicate, Severity: coco.SeverityError, About: "two images have one id",
		Effects: on(Misreads, "finds the later one, with the annotations of both", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "if file and size are equal too, removes the later one"},
	{Code: ImageIDMixed, Severity: coco.SeverityError, About: "some image ids are integers, some strings",
		Effects: effects(on(Fails, "sorts ids, which cannot be compared", Pycocotools, Detectron2), on(Fails, "writes ids as integers", YOLO)),
		Fix:     "makes the strings integers: what they spell if it is free, else the least free one"},
	{Code: ImageIDString, Severity: coco.SeverityNote, About: "image ids are strings",
		Effects: effects(on(Fails, "writes ids as integers", YOLO), on(Fails, "takes a single id in loadImgs for a list of characters", Pycocotools))},
	{Code: ImageIDNegative, Severity: coco.SeverityWarning, About: "an image's id is negative",
		Why: "programs that number arrays by it take another image; COCO's own tools do not mind",
		Fix: "gives it the least free id"},
	{Code: ImageIDLarge, Severity: coco.SeverityWarning, About: "an image's id is beyond 2^53",
		Why: "programs that hold numbers as 64-bit floats, as all in JavaScript and many of pandas and jq do, take another id",
		Fix: "gives it the least free id"},
	{Code: FileNameMissing, Severity: coco.SeverityError, About: "an image has no file name",
		Effects: on(Fails, "cannot load the image", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: FileNameDuplicate, Severity: coco.SeverityError, About: "two images have one file name",
		Why:     "the image is learned twice, each time with a part of what is on it as background, and may be in two folds",
		Effects: effects(on(Misreads, "learns the other's objects as background", MMDet2, MMDet3, Detectron2), on(Misreads, "writes the labels of both into one file", YOLO), on(Misreads, "has two rows for one tile", Kaggle)),
		Fix:     "if the sizes are equal, gives all annotations to the earlier one and removes the later"},
	{Code: FileNameCollides, Severity: coco.SeverityWarning, About: "two file names differ by case or suffix alone",
		Why:     "they are one file where case does not matter, as on macOS and Windows",
		Effects: effects(on(Misreads, "names labels without the suffix: one file for both", YOLO), on(Misreads, "names tiles without the suffix: one row for both", Kaggle))},
	{Code: FileNameAbsolute, Severity: coco.SeverityWarning, About: "a file name begins at a root",
		Effects: on(Misreads, "leaves the folder of images out of account", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: FileNameParent, Severity: coco.SeverityWarning, About: "a file name leads out of its folder by ..",
		Effects: on(Misreads, "reads, and writes labels, outside the folder", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: FileNameBackslash, Severity: coco.SeverityWarning, About: "a file name has a backslash",
		Why:     "it parts folders on Windows alone",
		Effects: on(Fails, "finds no such file", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "makes it a slash"},
	{Code: FileNameControl, Severity: coco.SeverityError, About: "a file name has a control character",
		Why:     "lists of files are cut there, and terminals obey it",
		Effects: on(Fails, "finds no such file", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: ImageSizeMissing, Severity: coco.SeverityError, About: "an image has no height or no width",
		Effects: on(Fails, "reads them of each image", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "takes the size of the file or, if all agree, of the image's runs"},
	{Code: ImageSizeInvalid, Severity: coco.SeverityError, About: "an image's height or width is below 1",
		Effects: effects(on(Drops, "leaves out images below 32 pixels", MMDet2, MMDet3), on(Fails, "makes no mask", Pycocotools, Detectron2), on(Fails, "divides by it", YOLO)),
		Fix:     "takes the size of the file or, if all agree, of the image's runs"},
	{Code: ImageSizeLarge, Severity: coco.SeverityError, About: "an image has more pixels than a mask can have: 2^30",
		Effects: on(Fails, "runs out of memory", MMDet2, MMDet3, Detectron2)},
	{Code: ImageSmall, Severity: coco.SeverityWarning, About: "an image's height or width is below 32 pixels",
		Effects: effects(on(Drops, "leaves it out of training: min_size=32", MMDet2, MMDet3), on(Drops, "leaves it out if below 10", YOLO))},
	{Code: ImageFileMissing, Severity: coco.SeverityError, About: "an image's file is not there",
		Effects: effects(on(Fails, "cannot load it", MMDet2, MMDet3, Detectron2), on(Drops, "lists the files that are there", YOLO))},
	{Code: ImageFileUnreadable, Severity: coco.SeverityError, About: "an image's file cannot be read as TIFF, PNG or JPEG",
		Effects: effects(on(Fails, "cannot load it", MMDet2, MMDet3, Detectron2), on(Drops, "leaves it out as corrupt", YOLO))},
	{Code: ImageFileUnread, Severity: coco.SeverityNote, About: "an image's file is of a kind that hubdata does not look into",
		Why: "OpenCV and Pillow read many kinds more than TIFF, PNG and JPEG, but not all of them; what it shows is not compared"},
	{Code: ImageFileDepth, Severity: coco.SeverityWarning, About: "an image's file has 16 bits a channel",
		Effects: effects(on(Misreads, "keeps the upper 8 bits", MMDet2, MMDet3, YOLO), on(Misreads, "makes all grey values above 255 white", Detectron2))},
	{Code: ImageFileAlpha, Severity: coco.SeverityWarning, About: "an image's file has pixels that are not opaque",
		Why:     "tools make different pictures of it",
		Effects: on(Misreads, "multiplies the colours of a TIFF by alpha, and not those of a PNG", MMDet2, MMDet3, YOLO)},
	{Code: ImageFileSize, Severity: coco.SeverityError, About: "an image's file has another size",
		Effects: effects(on(Misreads, "makes masks of the size in the file, for other pixels", MMDet2), on(Fails, "makes masks of the size that was loaded", MMDet3),
			on(Fails, "compares the sizes", Detectron2), on(Misreads, "divides coordinates by the size in the file", YOLO)),
		Fix: "takes the size of the file, unless runs of another size are on the image"},
	{Code: ImageContentDuplicate, Severity: coco.SeverityWarning, About: "two images' files have the same bytes",
		Why:     "the picture weighs twice, and leaks if the two come into different folds",
		Effects: on(Misreads, "learns the objects of one as background of the other", MMDet2, MMDet3, Detectron2, YOLO)},
	{Code: ImageContentNear, Severity: coco.SeverityNote, About: "two images' files show nearly the same picture",
		Why: "it leaks if the two come into different folds"},
	{Code: TileUnknown, Severity: coco.SeverityWarning, About: "a tile is not in the tiles' table",
		Why: "nothing tells its slide, so folds by slide leave it out"},
	{Code: TileDiffers, Severity: coco.SeverityError, About: "the tiles' table has a tile in another tier, slide or place",
		Why: "folds by slide and place leak"},
	{Code: TileTier, Severity: coco.SeverityNote, About: "a tile is of another tier than most of the file's",
		Why: "its outlines are of another kind: dataset 1 was reviewed by experts, dataset 2 was not, dataset 3 has none of its own"},
	{Code: ImageEmpty, Severity: coco.SeverityNote, About: "an image has no annotations",
		Effects: on(Drops, "leaves it out of training: filter_empty_gt, or the like", MMDet2, MMDet3, Detectron2)},
	{Code: AnnotationIDDuplicate, Severity: coco.SeverityError, About: "two annotations have one id",
		Effects: effects(on(Fails, "refuses the file", MMDet2, MMDet3, Detectron2), on(Drops, "knows the later one alone, and counts it for both", Pycocotools)),
		Fix:     "gives the later one the least free id"},
	{Code: AnnotationIDZero, Severity: coco.SeverityError, About: "an annotation's id is 0",
		Effects: on(Misreads, "takes 0 for no match: a right detection of it counts as false", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "gives it the least free id"},
	{Code: AnnotationIDNegative, Severity: coco.SeverityWarning, About: "an annotation's id is negative",
		Why: "programs that number arrays by it take another annotation; COCO's own tools do not mind",
		Fix: "gives it the least free id"},
	{Code: AnnotationIDLarge, Severity: coco.SeverityWarning, About: "an annotation's id is beyond 2^53",
		Effects: on(Misreads, "notes matches as 64-bit floats: another id", Pycocotools),
		Fix:     "gives it the least free id"},
	{Code: AnnotationIDMixed, Severity: coco.SeverityError, About: "some annotation ids are integers, some strings",
		Effects: on(Misreads, "tells 12 from \"12\", or does not", MMDet2, MMDet3, Pycocotools, Detectron2),
		Fix:     "gives the strings the least free ids"},
	{Code: AnnotationIDString, Severity: coco.SeverityError, About: "an annotation's id is a string",
		Effects: on(Fails, "notes matches as numbers", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "gives it the least free id"},
	{Code: ImageUnknown, Severity: coco.SeverityError, About: "an annotation is of an image that is not there",
		Effects: effects(on(Drops, "never looks at it", MMDet2, MMDet3, Pycocotools, Detectron2), on(Fails, "looks the image up", YOLO)),
		Fix:     "takes the image whose id differs by its type alone, or removes the annotation"},
	{Code: CategoryMissing, Severity: coco.SeverityError, About: "an annotation has no category_id",
		Effects: on(Fails, "reads it of each annotation", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "takes the category if there is only one, or removes the annotation"},
	{Code: CategoryUnknown, Severity: coco.SeverityError, About: "an annotation is of a category that is not there",
		Effects: effects(on(Drops, "leaves it out", MMDet2, MMDet3, Pycocotools), on(Fails, "looks the category up", Detectron2), on(Misreads, "writes a class that has no name", YOLO)),
		Fix:     "removes the annotation"},
	{Code: SegmentationMissing, Severity: coco.SeverityError, About: "an annotation has no segmentation",
		Effects: effects(on(Fails, "reads it when masks are loaded", MMDet2, MMDet3, Pycocotools), on(Drops, "learns no mask of it", Detectron2), on(Fails, "writes its box among outlines, or loses count", YOLO)),
		Fix:     "if others have one, removes the annotation"},
	{Code: SegmentationEmpty, Severity: coco.SeverityError, About: "an annotation's segmentation is empty",
		Effects: effects(on(Fails, "looks at its first ring", MMDet2, Pycocotools), on(Fails, "finds no mask where it wants one", MMDet3), on(Drops, "learns no mask of it", Detectron2), on(Misreads, "writes its box among outlines", YOLO)),
		Fix:     "if others have one, removes the annotation"},
	{Code: SegmentationRuns, Severity: coco.SeverityNote, About: "segmentations are runs, not polygons",
		Effects: effects(on(Fails, "wants polygons unless INPUT.MASK_FORMAT is bitmask", Detectron2), on(Fails, "takes them for a list of rings", YOLO))},
	{Code: RingOdd, Severity: coco.SeverityError, About: "a ring has an odd number of coordinates",
		Effects: effects(on(Misreads, "leaves the last one out of account", Pycocotools, MMDet2), on(Drops, "leaves out the ring, and the mask if no other is there", MMDet3, Detectron2), on(Fails, "cannot pair them", YOLO)),
		Fix:     "removes the last number"},
	{Code: RingBox, Severity: coco.SeverityError, About: "a ring has 4 numbers",
		Effects: effects(on(Fails, "takes a first ring of 4 for a box", Pycocotools, MMDet2), on(Drops, "leaves out the ring, and the mask if no other is there", MMDet3, Detectron2)),
		Fix:     "removes the ring, and the annotation if it has no other"},
	{Code: RingShort, Severity: coco.SeverityError, About: "a ring has fewer than 3 points",
		Effects: effects(on(Fails, "fails if it is the first ring", Pycocotools, MMDet2), on(Drops, "leaves out the ring, and the mask if no other is there", MMDet3, Detectron2)),
		Fix:     "removes the ring, and the annotation if it has no other"},
	{Code: RingRepeat, Severity: coco.SeverityNote, About: "a point of a ring repeats the one before",
		Why: "geometry libraries call the ring invalid, or divide by the length of the edge",
		Fix: "removes the point, if the mask stays as it is"},
	{Code: RingOpen, Severity: coco.SeverityNote, About: "a ring ends far from where it began",
		Why: "every tool closes it by a straight line, longer than any that was drawn: the outline may not be complete"},
	{Code: RingCrossing, Severity: coco.SeverityWarning, About: "a ring crosses itself",
		Why:     "libraries disagree about what is inside, and some refuse it or take its convex hull",
		Effects: on(Misreads, "fills the loops as its drawing library does", YOLO),
		Fix:     "traces the mask that pycocotools makes of it anew"},
	{Code: RingOutside, Severity: coco.SeverityWarning, About: "a ring reaches beyond the image",
		Effects: effects(on(Drops, "takes the label for corrupt, and leaves the whole image out", YOLO), on(Misreads, "cuts the mask, but not the box", MMDet2, MMDet3, Pycocotools)),
		Fix:     "traces the mask that pycocotools makes of it anew"},
	{Code: CoordinateInvalid, Severity: coco.SeverityError, About: "a coordinate is not finite, or too large to fill",
		Effects: on(Misreads, "computes beyond the range of its integers", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "removes the ring, and the annotation if it has no other"},
	{Code: RLESize, Severity: coco.SeverityError, About: "runs have another size than the image",
		Effects: effects(on(Fails, "compares the mask's size with the image's", MMDet2, MMDet3, Detectron2), on(Misreads, "finds an overlap of -1 with masks of another size", Pycocotools), on(Fails, "refuses masks of another size", Kaggle))},
	{Code: RLECorrupt, Severity: coco.SeverityError, About: "runs are no mask of the size that they state",
		Effects: on(Fails, "raises an error or, if older, reads and writes beyond its memory", MMDet2, MMDet3, Pycocotools, Detectron2, Kaggle),
		Fix:     "adds background that is left out at the end, or removes the annotation"},
	{Code: RLEZero, Severity: coco.SeverityWarning, About: "runs have one of length 0 behind the first",
		Effects: on(Misreads, "computes wrong overlaps", Pycocotools, MMDet2, MMDet3, Detectron2, Kaggle),
		Fix:     "writes the runs without it"},
	{Code: MaskEmpty, Severity: coco.SeverityError, About: "a mask has no pixel",
		Effects: effects(on(Misreads, "counts an object that nothing can find", Pycocotools), on(Misreads, "learns an object without pixels", MMDet2, MMDet3, Detectron2), on(Fails, "has nothing to encode", Kaggle)),
		Fix:     "removes the annotation"},
	{Code: MaskTiny, Severity: coco.SeverityNote, About: "a mask has very few pixels",
		Why: "it is more often a slip of the pen than an object, and a pixel more or less decides its IoU"},
	{Code: MaskParts, Severity: coco.SeverityNote, About: "a mask has several parts that do not touch",
		Effects: on(Misreads, "joins the parts by a line", YOLO)},
	{Code: MaskBorder, Severity: coco.SeverityNote, About: "a mask is cut by the border of its image",
		Why: "on a slide it goes on in the next tile: keep neighbours in one fold"},
	{Code: MaskEqual, Severity: coco.SeverityWarning, About: "a mask equals another of its image",
		Effects: effects(on(Misreads, "counts one of them as missed unless it is found twice", Pycocotools, Kaggle), on(Drops, "leaves out one of two equal boxes of a class", YOLO)),
		Fix:     "removes the later one, if both are of one category"},
	{Code: MaskNear, Severity: coco.SeverityWarning, About: "a mask nearly equals another of its image",
		Effects: on(Misreads, "counts one of them as missed unless it is found twice", Pycocotools, Kaggle)},
	{Code: AreaMissing, Severity: coco.SeverityError, About: "an annotation has no area",
		Effects: on(Fails, "reads it of each annotation", MMDet2, MMDet3, Pycocotools, Detectron2),
		Fix:     "counts the mask's pixels"},
	{Code: AreaNotFinite, Severity: coco.SeverityError, About: "an area is not finite",
		Effects: on(Misreads, "puts it into no class of area", Pycocotools),
		Fix:     "counts the mask's pixels"},
	{Code: AreaNotPositive, Severity: coco.SeverityWarning, About: "an area is zero or negative",
		Effects: on(Drops, "leaves the annotation out", MMDet2, MMDet3),
		Fix:     "counts the mask's pixels"},
	{Code: AreaDiffers, Severity: coco.SeverityWarning, About: "an area is not that of the mask",
		Effects: on(Misreads, "puts it into the wrong class of area", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "counts the mask's pixels"},
	{Code: BoxMissing, Severity: coco.SeverityError, About: "an annotation has no bbox",
		Effects: on(Fails, "reads it of each annotation", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: BoxNotFinite, Severity: coco.SeverityError, About: "a number of a box is not finite",
		Effects: on(Misreads, "learns NaN", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: BoxNegative, Severity: coco.SeverityError, About: "a box has a negative width or height",
		Why:     "often two corners stand where x, y, width and height should",
		Effects: effects(on(Drops, "leaves the annotation out", MMDet2, MMDet3, YOLO), on(Misreads, "learns it as it is, or drops it", Detectron2)),
		Fix:     "takes the mask's box"},
	{Code: BoxZero, Severity: coco.SeverityWarning, About: "a box has no width or no height",
		Effects: on(Drops, "leaves the annotation out", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: BoxSmall, Severity: coco.SeverityWarning, About: "a box is below one pixel wide or high",
		Effects: on(Drops, "leaves the annotation out", MMDet2, MMDet3),
		Fix:     "takes the mask's box"},
	{Code: BoxOutside, Severity: coco.SeverityWarning, About: "a box reaches beyond its image",
		Effects: effects(on(Misreads, "learns it uncut, or drops it if nothing is inside", MMDet2, MMDet3), on(Misreads, "cuts it, and loses it if nothing is left", Detectron2),
			on(Drops, "takes the label for corrupt, and leaves the whole image out", YOLO)),
		Fix: "takes the mask's box or, without one, cuts it"},
	{Code: BoxDiffers, Severity: coco.SeverityWarning, About: "a box is not that of the mask",
		Effects: on(Misreads, "learns a box that does not hold the mask", MMDet2, MMDet3, Detectron2, YOLO),
		Fix:     "takes the mask's box"},
	{Code: CrowdMissing, Severity: coco.SeverityError, About: "an annotation has no iscrowd",
		Effects: on(Fails, "reads it of each annotation when it evaluates", Pycocotools, MMDet2, MMDet3, Detectron2),
		Fix:     "writes 0"},
	{Code: Crowd, Severity: coco.SeverityNote, About: "an annotation is a crowd",
		Effects: effects(on(Drops, "learns nothing there", MMDet2, MMDet3, Detectron2), on(Drops, "leaves it out", YOLO), on(Misreads, "neither counts it nor what is found in it", Pycocotools))},
	{Code: IgnoreSet, Severity: coco.SeverityWarning, About: "an annotation's member ignore is not 0",
		Effects: effects(on(Drops, "leaves the annotation out", MMDet2, MMDet3), on(Fails, "refuses the file", Detectron2), on(Misreads, "takes iscrowd in its place", Pycocotools))},
}

package check

import (
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Consumers that load COCO files of any tool. What each does with a fault was measured
// with the real package, see docs/consumers.md.
const (
	Torchvision  Consumer = "torchvision"  // CocoDetection, wrapped for its transforms, with boxes and masks
	Transformers Consumer = "transformers" // the image processor of DETR, with masks
	RTDETR       Consumer = "rtdetr"       // transformers' image processor of RT-DETR, which reads boxes
	RFDETR       Consumer = "rfdetr"       // RF-DETR's dataset, with masks
	SAHI         Consumer = "sahi"         // Coco.from_coco_dict_or_path
	Supervision  Consumer = "supervision"  // DetectionDataset.from_coco
	Datumaro     Consumer = "datumaro"     // the format coco_instances
	LabelStudio  Consumer = "label-studio" // label-studio-converter, import coco
	CVAT         Consumer = "cvat"         // import of COCO 1.0, by CVAT's fork of datumaro
)

// measured is what these consumers do if a rule is broken. A test compares it with the
// measurements in reference/consumers.json.
var measured = map[coco.Code][]Effect{
	ByteOrderMark: on(Fails, "cannot parse the file: unexpected UTF-8 BOM", Torchvision, Transformers, RTDETR, RFDETR,
		SAHI, Supervision, Datumaro, LabelStudio, CVAT),
	CategoryIDLow:    on(Fails, "loses the label of id 0, and fails where it is used", Datumaro, CVAT),
	ImageIDString:    on(Fails, "requires integers", Torchvision, Transformers, RTDETR, RFDETR, SAHI, Datumaro, CVAT),
	ImageSizeMissing: on(Fails, "reads them for every image", SAHI, Supervision, LabelStudio),
	ImageEmpty:       on(Fails, "has no masks to stack when masks are requested", Transformers),
	ImageUnknown: effects(on(Drops, "never reads it", Torchvision, Transformers, RTDETR, RFDETR, SAHI, Supervision,
		Datumaro), on(Fails, "does not find the image", LabelStudio, CVAT)),
	CategoryUnknown: effects(on(Misreads, "keeps a class that has no name", Torchvision, Transformers, RTDETR),
		on(Fails, "does not find the category", RFDETR, SAHI, Supervision, Datumaro, LabelStudio, CVAT)),
	SegmentationNone: effects(on(Fails, "fails when masks are requested", Torchvision, Transformers),
		on(Fails, "reads it for every annotation", CVAT)),
	SegmentationMissing: effects(on(Drops, "leaves the annotation out", Torchvision),
		on(Fails, "reads it for every annotation when masks are requested", Transformers),
		on(Fails, "reads it for every annotation", CVAT),
		on(Misreads, "makes an empty mask", RFDETR, Supervision),
		on(Misreads, "keeps the box alone", SAHI, Datumaro, LabelStudio)),
	SegmentationEmpty: effects(on(Fails, "reads its first ring", Torchvision, Transformers),
		on(Misreads, "makes an empty mask", RFDETR, Supervision),
		on(Misreads, "keeps the box alone", SAHI, Datumaro, LabelStudio, CVAT)),
	SegmentationRuns: effects(on(Fails, "reads compressed runs as rings; uncompressed ones are read", Transformers),
		on(Misreads, "ignores the mask, and keeps the box", SAHI),
		on(Fails, "reads them as rings", LabelStudio)),
	RingOdd: on(Fails, "cannot pair its numbers", Supervision, Datumaro, CVAT),
	RingBox: effects(on(Fails, "takes it for a box, or rejects it", Torchvision, Transformers, RFDETR, SAHI, Datumaro,
		CVAT), on(Misreads, "makes an empty mask", Supervision),
		on(Misreads, "makes a line of it", LabelStudio)),
	AreaMissing: on(Fails, "reads it for every annotation", Transformers, RTDETR, RFDETR),
	BoxMissing: effects(on(Drops, "leaves the annotation out", Torchvision),
		on(Fails, "reads it for every annotation", Transformers, RTDETR, RFDETR, Supervision, Datumaro),
		on(Misreads, "has no box of it", LabelStudio)),
	BoxNegative: effects(on(Misreads, "keeps it unchanged", Torchvision, Datumaro, LabelStudio),
		on(Drops, "leaves the annotation out", Transformers, RTDETR, RFDETR),
		on(Fails, "rejects the file", Supervision)),
	BoxZero: effects(on(Misreads, "keeps it unchanged", Torchvision, Supervision, Datumaro, LabelStudio),
		on(Drops, "leaves the annotation out", Transformers, RTDETR, RFDETR),
		on(Fails, "fails unless there is a mask to take the box from", SAHI)),
	BoxOutside: effects(on(Misreads, "keeps it unclipped", Torchvision, SAHI, Supervision, Datumaro, LabelStudio),
		on(Misreads, "clips it", Transformers, RTDETR, RFDETR)),
	CrowdMissing: on(Fails, "reads it for every annotation", Datumaro, CVAT),
	Crowd: effects(on(Drops, "leaves it out", RTDETR, RFDETR),
		on(Fails, "keeps its mask without its box, and fails when masks are requested", Transformers)),
	CrowdAll: effects(on(Drops, "leaves them out", RTDETR, RFDETR),
		on(Fails, "keeps their masks without their boxes, and fails when masks are requested", Transformers)),
}

// withMeasured adds the measured effects to rules.
func withMeasured(rules []Rule) []Rule {
	for i := range rules {
		rules[i].Effects = slices.Concat(rules[i].Effects, measured[rules[i].Code])
	}
	return rules
}

package check

// Consumers that do the same in several rules.
var (
	readers        = []Consumer{MMDet2, MMDet3, Pycocotools, Detectron2, YOLO} // parse the file as JSON
	classNumberers = []Consumer{Detectron2, YOLO}                              // number classes by the categories
)

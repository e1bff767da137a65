// Package check finds faults in COCO datasets: whatever makes pycocotools, MMDetection,
// detectron2, ultralytics or a competition's scorer fail, misread a file or lose data
// silently.
//
// [Dataset] checks a whole dataset and returns [coco.Finding]s. [Validate] checks
// single records only, for what pycocotools and MMDetection need. [ReadImages] reads
// image files, so that sizes and pictures can be checked too. [Rules] lists every code
// with its severity, its effect on each [Consumer], and its fix.
//
// [ReadResults] and [Results] read and check a list of detections, next to the ground
// truth if there is one, and [FixResults] fixes them. [OtherFormat] names a file that is
// not COCO.
//
// [Fix] fixes what can be fixed without guessing, and lists every [Change]. [LossesOf]
// counts what a consumer leaves out. [CountCodes] counts findings, and [SARIF] writes
// them for code hosts.
package check

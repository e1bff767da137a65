// Package check finds what is wrong with COCO datasets: what makes pycocotools,
// MMDetection, detectron2, ultralytics or a competition's scorer fail, misread a
// file or silently lose data.
//
// [Dataset] looks at a whole dataset and returns [coco.Finding]s; [Validate] looks at
// single records alone, and at what pycocotools and MMDetection need. [ReadImages]
// reads the files of images, so that sizes and pictures are compared too. [Rules] has
// every code with its severity, what it does to each [Consumer], and its repair.
//
// [Fix] repairs what can be repaired without guessing, and lists every [Change].
// [LossesOf] counts what a consumer leaves out. [CountCodes] sums findings up, and
// [SARIF] writes them for code hosts.
package check

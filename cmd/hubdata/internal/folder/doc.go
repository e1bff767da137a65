// Package folder reads a HuBMAP dataset folder: its table of tiles, its outlines and the images of its tiles.
//
// [SetOptions] and [Location] are flags that several commands share: which outlines to take, and where they are. [Open]
// opens a folder, [OpenConversion] one of whose outlines COCO sets are made.
package folder

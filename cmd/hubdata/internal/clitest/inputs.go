package clitest

import (
	"encoding/json"
	"fmt"
)

// GoodTiles is a table of two tiles of dataset 1.
const GoodTiles = "id,source_wsi,dataset,i,j\naaaaaaaaaaa1,1,1,0,512\naaaaaaaaaaa2,2,1,512,512\n"

// Square is a ring.
const Square = "[[10, 10], [14, 10], [14, 14], [10, 14]]"

// OutlineLine is a line of outlines: one outline of a ring.
func OutlineLine(id, class, ring string) string {
	return fmt.Sprintf(`{"id": %q, "annotations": [{"type": %q, "coordinates": [%s]}]}`+"\n", id, class, ring)
}

// GoodLine is an outline of the first of GoodTiles.
var GoodLine = OutlineLine("aaaaaaaaaaa1", "blood_vessel", Square)

// TinyCOCO is a dataset of one image with one instance.
const TinyCOCO = `{"images": [{"id": 1, "file_name": "a.png", "height": 64, "width": 64}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 8, 8], "area": 64, "iscrowd": 0, "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]]}], "categories": [{"id": 1, "name": "blood_vessel"}], "info": {}, "licenses": []}`

// PseudoTiles is a table of two tiles of dataset 3 and a labelled one; GoodMask is of
// four pixels.
const (
	PseudoTiles = "id,source_wsi,dataset,i,j\nt1,6,3,0,0\nt2,9,3,512,0\nt3,1,1,0,512\n"
	GoodMask    = `{"size":[512,512],"counts":[1026,4,261114]}`
)

// Prediction is a record of a results file; more replaces or adds members.
func Prediction(more string) string {
	record := map[string]json.RawMessage{
		"image_id": json.RawMessage("1"), "category_id": json.RawMessage("1"), "bbox": json.RawMessage("[2,2,1,4]"),
		"score": json.RawMessage("0.9"), "segmentation": json.RawMessage(GoodMask),
	}
	var change map[string]json.RawMessage
	if err := json.Unmarshal([]byte("{"+more+"}"), &change); err != nil {
		panic(err)
	}
	for k, v := range change {
		if string(v) == `"-"` {
			delete(record, k)
		} else {
			record[k] = v
		}
	}
	text, _ := json.Marshal(record)
	return string(text)
}

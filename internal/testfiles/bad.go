package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/hubdata/hubdata/internal/demo"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// bad returns files with one fault each. The part before the fault belongs to
// the tiles of hubmap, so each file can replace a file of that folder. A name
// consists of the kind of file and the fault.
func bad(set *demo.Set) (map[string][]byte, error) {
	var ids []string // ids of labelled tiles
	for _, t := range set.Tiles() {
		if t.Dataset == 1 {
			ids = append(ids, t.ID)
		}
	}
	out := map[string][]byte{}
	for _, group := range []map[string]string{badOutlines(ids), badTables(ids), badDatasets(), badResults(),
		badSubmissions(ids), badPlans(ids)} {
		for name, text := range group {
			out[name] = []byte(text)
		}
	}
	out["recipe-key.yaml"] = []byte(
		"version: 1\nname: bad\ndialect: mmdet3\nclasses: [blood_vessel]\nlearning_rate: 0.1\n")
	if err := addPacked(out, ids[0]); err != nil {
		return nil, err
	}
	return out, addImages(out, set)
}

const ring = "[[10, 10], [14, 10], [14, 14], [10, 14]]"

func outlines(id, class, ring string) string {
	return fmt.Sprintf(`{"id": %q, "annotations": [{"type": %q, "coordinates": [%s]}]}`+"\n", id, class, ring)
}

// badOutlines returns files of outlines with a good first line.
func badOutlines(ids []string) map[string]string {
	good := outlines(ids[0], "blood_vessel", ring)
	second := func(ring string) string { return good + outlines(ids[1], "blood_vessel", ring) }
	return map[string]string{
		"outlines-json.jsonl": good + `{"id": "` + ids[1] + `", "annotations": [}` + "\n",
		"outlines-cut.jsonl":  good + `{"id": "` + ids[1] + `", "annotations": [{"type": "blood_ve`,
		"outlines-utf8.jsonl": good + strings.Replace(outlines(ids[1], "blood_vessel", ring), `"annotations"`,
			"\"\xff\": 1, \"annotations\"", 1),
		"outlines-class.jsonl":   good + outlines(ids[1], "vessel", ring),
		"outlines-tile.jsonl":    good + outlines("ffffffffffff", "blood_vessel", ring),
		"outlines-twice.jsonl":   good + good,
		"outlines-points.jsonl":  second("[[1, 2], [3, 4]]"),
		"outlines-text.jsonl":    second(`[["1", 2], [3, 4], [5, 6]]`),
		"outlines-nan.jsonl":     second("[[NaN, 2], [3, 4], [5, 6]]"),
		"outlines-huge.jsonl":    second("[[1e308, 2], [3, 4], [5, 6]]"),
		"outlines-list.jsonl":    good + "[1, 2]\n",
		"outlines-nesting.jsonl": good + `{"id": "` + ids[1] + `", "x": ` + strings.Repeat("[", 20000) + "\n",
	}
}

func badTables(ids []string) map[string]string {
	const head = "id,source_wsi,dataset,i,j\n"
	good := head + ids[0] + ",1,1,0,0\n"
	return map[string]string{
		"tiles-empty.csv":   "",
		"tiles-column.csv":  "id,source_wsi,i,j\n" + ids[0] + ",1,0,0\n",
		"tiles-number.csv":  good + ids[1] + ",one,1,512,0\n",
		"tiles-short.csv":   good + ids[1] + ",1,1\n",
		"tiles-twice.csv":   good + ids[0] + ",1,1,512,0\n",
		"tiles-quote.csv":   good + `"` + ids[1] + ",1,1,512,0\n",
		"slides-number.csv": "source_wsi,age,sex,race,height,weight,bmi\n1,old,F,W,160.0,59.0,23.0\n",
	}
}

func badDatasets() map[string]string {
	const image = `{"id":1,"file_name":"a.png","height":64,"width":64}`
	annotation := func(id, segmentation, more string) string {
		return `{"id":` + id + `,"image_id":1,"category_id":1,"segmentation":` + segmentation +
			`,"area":64,"bbox":[4,4,8,8],"iscrowd":0` + more + `}`
	}
	dataset := func(image, annotation string) string {
		return "{\"images\":[" + image + "],\n\"annotations\":[" + annotation +
			"],\n\"categories\":[{\"id\":1,\"name\":\"blood_vessel\"}]}\n"
	}
	const polygon = "[[4,4,12,4,12,12,4,12]]"
	good := annotation("1", polygon, "")
	return map[string]string{
		"coco-cut.json":       dataset(image, good)[:120],
		"coco-list.json":      "[" + good + "]\n",
		"coco-nan.json":       dataset(image, strings.Replace(good, `"area":64`, `"area":NaN`, 1)),
		"coco-types.json":     dataset(strings.Replace(image, `"height":64`, `"height":"64"`, 1), good),
		"coco-runs.json":      dataset(image, annotation("1", `{"size":[64,64],"counts":[260,8,12,8]}`, "")),
		"coco-letters.json":   dataset(image, annotation("1", `{"size":[64,64],"counts":"d2~"}`, "")),
		"coco-size.json":      dataset(image, annotation("1", `{"size":[2000000000,2000000000],"counts":[260,8]}`, "")),
		"coco-ids.json":       dataset(image, good+",\n"+annotation("1", polygon, "")),
		"coco-images.json":    dataset(image+","+image, good),
		"coco-image.json":     dataset(image, strings.Replace(good, `"image_id":1`, `"image_id":2`, 1)),
		"coco-category.json":  dataset(image, strings.Replace(good, `"category_id":1`, `"category_id":9`, 1)),
		"coco-ring.json":      dataset(image, annotation("1", "[[4,4,12,4]]", "")),
		"coco-iscrowd.json":   dataset(image, strings.Replace(good, `,"iscrowd":0`, "", 1)),
		"coco-members.json":   dataset(image, annotation("1", polygon, `,"area":64`)),
		"coco-duplicate.json": dataset(image, good+",\n"+annotation("2", polygon, "")),
	}
}

// badResults returns detections on the only image of the datasets above.
func badResults() map[string]string {
	good := `{"image_id":1,"category_id":1,"bbox":[4,4,8,8],"score":0.9,"segmentation":{"size":[64,64],"counts":[260,8,3828]}}`
	second := func(old, new string) string { return "[" + good + ",\n" + strings.Replace(good, old, new, 1) + "]\n" }
	return map[string]string{
		"results-cut.json":    second("", "")[:150],
		"results-score.json":  second(`"score":0.9,`, ""),
		"results-number.json": second(`"score":0.9`, `"score":"high"`),
		"results-box.json":    second("[4,4,8,8]", "[4,4,8]"),
		"results-runs.json":   second("[260,8,3828]", "[260,8]"),
		"results-image.json":  second(`"image_id":1`, `"image_id":7`),
	}
}

func badSubmissions(ids []string) map[string]string {
	const head = "id,height,width,prediction_string\n"
	const mask = "eNoLTDAwyrM3yI/PMwcAE94DZA=="
	row := func(size, prediction string) string { return head + ids[0] + "," + size + "," + prediction + "\n" }
	return map[string]string{
		"submission-column.csv": "id,height,width\n" + ids[0] + ",512,512\n",
		"submission-size.csv":   row("512,many", "0 0.9 "+mask),
		"submission-tokens.csv": row("512,512", "0 0.9"),
		"submission-class.csv":  row("512,512", "1 0.9 "+mask),
		"submission-score.csv":  row("512,512", "0 1.5 "+mask),
		"submission-bytes.csv":  row("512,512", "0 0.9 b'"+mask+"'"),
		"submission-mask.csv":   row("512,512", "0 0.9 eNoL"),
		"submission-twice.csv":  row("512,512", "") + ids[0] + ",512,512,\n",
	}
}

func badPlans(ids []string) map[string]string {
	return map[string]string{
		"plan-fold.csv":   "id,fold\n" + ids[0] + ",0\n" + ids[1] + ",half\n",
		"plan-twice.csv":  "id,fold\n" + ids[0] + ",0\n" + ids[0] + ",1\n",
		"plan-column.csv": "id,part\n" + ids[0] + ",0\n",
		"plan-cut.json":   `{"version":1,"folds":[{"valid":["` + ids[0],
	}
}

// addPacked adds outlines, compressed.
func addPacked(out map[string][]byte, id string) error {
	text := []byte(strings.Repeat("\n", 50) + outlines(id, "blood_vessel", ring))
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	zw, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return err
	}
	gz, zst := b.Bytes(), zw.EncodeAll(text, nil)
	wrong := bytes.Clone(gz)
	wrong[len(wrong)-8] ^= 1 // a bit of the checksum
	out["packed-cut.jsonl.gz"], out["packed-plain.jsonl.gz"], out["packed-checksum.jsonl.gz"] = gz[:len(gz)/2], text, wrong
	out["packed-cut.jsonl.zst"], out["packed-plain.jsonl.zst"] = zst[:len(zst)/2], text
	return nil
}

func addImages(out map[string][]byte, set *demo.Set) error {
	var tiff, png bytes.Buffer
	tile := set.Tiles()[0]
	corner := set.Image(tile)
	corner.Rect.Max.X, corner.Rect.Max.Y = 64, 64
	if err := demo.EncodeTIFF(&tiff, corner); err != nil {
		return err
	}
	if err := encodePNG(&png, corner); err != nil {
		return err
	}
	out["image-cut.tif"], out["image-cut.png"] = tiff.Bytes()[:tiff.Len()/2], png.Bytes()[:png.Len()/2]
	out["image-text.tif"] = []byte("no image\n")
	huge := bytes.Clone(png.Bytes())
	binary.BigEndian.PutUint32(huge[16:], 1<<31-1) // columns
	binary.BigEndian.PutUint32(huge[20:], 1<<31-1) // rows
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	out["image-huge.png"] = huge
	return nil
}

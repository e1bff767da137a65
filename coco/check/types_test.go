package check

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/longtest"
)

// loosely reads a dataset of one image of 4 x 5 pixels, one category 1 and the given
// annotations, and returns it with its faults.
func loosely(t *testing.T, annotations string) (*coco.Dataset, []coco.TypeFault) {
	t.Helper()
	d, faults, err := coco.DecodeLoose(strings.NewReader(`{"images":[{"id":1,"file_name":"a.png","height":4,"width":5}],` +
		`"annotations":[` + annotations + `],"categories":[{"id":1,"name":"vessel"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return d, faults
}

// findings are the codes of a check, with their places and reasons, except for those that
// a small mask has.
func typeFindings(d *coco.Dataset, faults []coco.TypeFault) []string {
	var out []string
	for _, f := range Dataset(d, &Options{Faults: faults}) {
		if f.Code != ImageSmall && f.Code != MaskTiny && f.Code != MaskBorder && f.Code != SegmentationRuns &&
			f.Code != ImageEmpty {
			out = append(out, f.String())
		}
	}
	return out
}

func TestTypes(t *testing.T) {
	const mask = `"segmentation":{"size":[4,5],"counts":[5,2,2,2,9]}`
	const rest = `"category_id":1,` + mask + `,"area":4,"bbox":[1,1,2,2],"iscrowd":0`
	tests := []struct {
		name, annotations string
		found             []string
		changes           []string
		written           string // members of the fixed annotation after its id
		left              []string
	}{
		{"nothing", `{"id":1,"image_id":1,` + rest + `}`, nil, nil, `"image_id":1,` + rest, nil},
		{"points", `{"id":1.0,"image_id":1.0,"category_id":1e0,"segmentation":{"size":[4.0,5],"counts":[5.0,2.0,2,2,9.0]},"area":4.0,"bbox":[1.0,1,2,2],"iscrowd":0.0}`,
			[]string{"annotations[0].id: id, image_id, category_id, segmentation and iscrowd are written with a point or an exponent, expected integers (number-point)"},
			[]string{`number-point annotations[0].id set >1 -`, `number-point annotations[0].image_id set >1 -`,
				`number-point annotations[0].category_id set >1 -`,
				`number-point annotations[0].segmentation set > 1`, `number-point annotations[0].iscrowd set >0 -`},
			`"image_id":1,` + rest, nil},
		{"quotes", `{"id":1,"image_id":1,"category_id":"1",` + mask + `,"area":"4","bbox":["1",1,2,2],"iscrowd":"false"}`,
			[]string{`annotations[0].category_id: found "1", expected 1 (value-quoted)`,
				`annotations[0].area: found "4", expected 4 (value-quoted)`,
				`annotations[0].bbox: found ["1",1,2,2], expected [1,1,2,2] (value-quoted)`,
				`annotations[0].iscrowd: found "false", expected false (value-quoted)`},
			[]string{`value-quoted annotations[0].category_id set "1">1 -`, `value-quoted annotations[0].area set "4">4 -`,
				`value-quoted annotations[0].bbox set ["1",1,2,2]>[1,1,2,2] -`,
				`value-quoted annotations[0].iscrowd set "false">0 -`}, `"image_id":1,` + rest, nil},
		{"null", `{"id":1,"image_id":1,"category_id":null,` + mask + `,"area":null,"bbox":[],"iscrowd":null}`,
			[]string{`categories[0]: category 1, "vessel", has no annotations (category-empty)`,
				`annotations[0].category_id: found none (category-missing)`,
				`annotations[0].area: found none, null or NaN: pycocotools and MMDetection need it (area-missing)`,
				`annotations[0].bbox: found none, null or NaN: MMDetection needs it (bbox-missing)`,
				`annotations[0].iscrowd: found none, expected 0: COCOeval fails without it (iscrowd-missing)`},
			[]string{`category-missing annotations[0].category_id set >1 -`, `bbox-missing annotations[0].bbox set >[1,1,2,2] -`,
				`area-missing annotations[0].area set >4 -`, `iscrowd-missing annotations[0].iscrowd set >0 -`}, `"image_id":1,` +
				rest, nil},
		{"box and area of another type", `{"id":1,"image_id":1,"category_id":1,` + mask +
			`,"area":{},"bbox":[NaN,1,2,2],"iscrowd":0}`,
			[]string{`annotations[0].area: found {}, expected a number (type-wrong)`,
				`annotations[0].bbox: found [NaN,1,2,2], expected four numbers: x, y, width, height (type-wrong)`,
				`annotations[0].area: found {}: pycocotools and MMDetection need it (area-missing)`,
				`annotations[0].bbox: found [NaN,1,2,2]: MMDetection needs it (bbox-missing)`},
			[]string{`bbox-missing annotations[0].bbox set >[1,1,2,2] -`, `area-missing annotations[0].area set >4 -`},
			`"image_id":1,` + rest, nil},
		{"no meaning", `{"id":1,"image_id":1,"category_id":"cell",` + mask + `,"area":4,"bbox":[1,1,2,2],"iscrowd":2}`,
			[]string{`categories[0]: category 1, "vessel", has no annotations (category-empty)`,
				`annotations[0].category_id: found "cell", expected an integer (type-wrong)`,
				`annotations[0].iscrowd: found 2, expected 0 or 1 (type-wrong)`}, nil,
			`"image_id":1,` + mask + `,"area":4,"bbox":[1,1,2,2],"category_id":"cell","iscrowd":2`,
			[]string{`categories[0]: category 1, "vessel", has no annotations (category-empty)`,
				`annotations[0].category_id: found "cell", expected an integer (type-wrong)`,
				`annotations[0].iscrowd: found 2, expected 0 or 1 (type-wrong)`}},
		{"no id", `{"image_id":1,` + rest + `}`,
			[]string{`annotations[0].id: found none: 1 is the lowest one that is free (id-missing)`},
			[]string{`id-missing annotations[0].id set >1 -`}, `"image_id":1,` + rest, nil},
		{"no record", `{"id":1,"image_id":1,` + rest + `},3`,
			[]string{`annotations[1]: found the number 3, expected an object (type-wrong)`},
			[]string{`type-wrong annotations[1] removed 3> -`}, `"image_id":1,` + rest, nil},
		{"bytes of Python", `{"id":1,"image_id":1,"category_id":1,"segmentation":{"size":[4,5],"counts":"b'52207'"},"area":4,"bbox":[1,1,2,2],"iscrowd":0}`,
			[]string{`annotations[0].segmentation: the counts are in Python's notation of bytes, b'...' (rle-corrupt)`},
			[]string{`rle-corrupt annotations[0].segmentation set > -`},
			`"image_id":1,"category_id":1,"segmentation":{"size":[4,5],"counts":"52207"},"area":4,"bbox":[1,1,2,2],"iscrowd":0`,
			nil},
		{"NaN elsewhere", `{"id":1,"image_id":1,` + rest + `,"note":[NaN,"NaN"]}`,
			[]string{`annotations[0].note: found [NaN,"NaN"], which is not JSON (number-not-finite)`},
			[]string{`number-not-finite annotations[0].note set "[NaN,\"NaN\"]">[null,"NaN"] -`}, `"image_id":1,` + rest +
				`,"note":[null,"NaN"]`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, faults := loosely(t, tt.annotations)
			found := typeFindings(d, faults)
			if tt.name == "no record" {
				found = slices.DeleteFunc(found, func(s string) bool { return strings.HasPrefix(s, "annotations[1].") })
			}
			if !slices.Equal(found, tt.found) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(tt.found, "\n"))
			}
			fixed, changes := checkFix(t, d, &FixOptions{Faults: faults})
			var did []string
			for _, c := range changes {
				iou := "-"
				if c.IoU != nil {
					iou = fmt.Sprint(*c.IoU)
				}
				did = append(did, fmt.Sprintf("%s %s %s %s>%s %s", c.Code, c.Place, c.Action, c.Before, c.After, iou))
			}
			if !slices.Equal(did, tt.changes) {
				t.Errorf("changes\n%s\nwant\n%s", strings.Join(did, "\n"), strings.Join(tt.changes, "\n"))
			}
			text, err := coco.AppendAnnotation(nil, &fixed.Annotations[0])
			if err != nil || len(fixed.Annotations) != 1 || string(text) != `{"id":1,`+tt.written+`}` {
				t.Errorf("wrote %s, %v\nwant {\"id\":1,%s}", text, err, tt.written)
			}
			if left := typeFindings(fixed, nil); !slices.Equal(left, tt.left) {
				t.Errorf("left %q, want %q", left, tt.left)
			}
		})
	}
}

// typed are values by which a member of a sound dataset is replaced.
var typed = []string{`1.0`, `64.00`, `"1"`, `"x"`, `null`, `NaN`, `[]`, `{}`, `true`, `"false"`, `3`, `"b'5220'"`,
	`"caf\udce9"`, `[1,2,3,4]`, `["1",2,3,4]`, `123456789012345678901`}

// TestTypesRandom replaces members of a sound dataset by values of all types. The repair
// of the file can be read, is sound for a second repair, and keeps what has no meaning.
func TestTypesRandom(t *testing.T) {
	var b bytes.Buffer
	if err := soundTiles().Encode(&b); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(longtest.Share(600, 200)) {
		rng := rand.New(rand.NewPCG(seed, 7))
		lines := strings.Split(b.String(), "\n")
		for range 1 + rng.IntN(4) {
			i := rng.IntN(len(lines))
			name := []string{"id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd", "file_name", "height",
				"width", "name"}[rng.IntN(11)]
			at := strings.Index(lines[i], `"`+name+`":`)
			if at < 0 {
				continue
			}
			at += len(name) + 3
			end := at
			for depth := 0; end < len(lines[i]); end++ {
				switch lines[i][end] {
				case '[', '{':
					depth++
				case ']', '}':
					depth--
				}
				if depth < 0 || depth == 0 && lines[i][end] == ',' {
					break
				}
			}
			lines[i] = lines[i][:at] + typed[rng.IntN(len(typed))] + lines[i][end:]
		}
		text := strings.Join(lines, "\n")
		d, faults, err := coco.DecodeLoose(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		one := Dataset(d, &Options{Faults: faults, Workers: 1})
		if strict, err := coco.Decode(strings.NewReader(text)); err != nil &&
			!slices.ContainsFunc(one, func(f coco.Finding) bool { return f.Severity == coco.SeverityError }) {
			t.Fatalf("seed %d: no error, but %v", seed, err)
		} else if err == nil && len(strict.Images) != len(d.Images) {
			t.Fatalf("seed %d: other images", seed)
		}
		fixed, _ := checkFixTypes(t, d, faults)
		var out bytes.Buffer
		if err := fixed.Encode(&out); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		again, left, err := coco.DecodeLoose(&out)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		wrong := 0
		for _, f := range Dataset(fixed, nil) {
			if f.Code == TypeWrong {
				wrong++
			}
		}
		if len(left) != wrong || len(again.Annotations) != len(fixed.Annotations) {
			t.Fatalf("seed %d: the repair has the faults %v, but %d findings", seed, left, wrong)
		}
	}
}

// checkFixTypes fixes a dataset that was read loosely, twice.
func checkFixTypes(t *testing.T, d *coco.Dataset, faults []coco.TypeFault) (*coco.Dataset, []Change) {
	t.Helper()
	fixed, changes := Fix(d, &FixOptions{Faults: faults})
	if again, more := Fix(fixed, nil); len(more) > 0 || dump(again) != dump(fixed) {
		t.Fatalf("fixed again: %+v", more)
	}
	return fixed, changes
}

package slide

import (
	"errors"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

func TestFields(t *testing.T) {
	fields := DefaultFields()
	for _, tt := range []struct {
		values map[string]string
		want   Place
		err    string
	}{
		{map[string]string{"source_wsi": "7", "i": "512", "j": "-1024"},
			Place{Slide: "7", X: 512, Y: -1024, Width: 20, Height: 10}, ""},
		{map[string]string{"slide": "TCGA-A1", "x": "512.0", "y": "1e3", "downsample": "4"},
			Place{Slide: "TCGA-A1", X: 512, Y: 1000, Width: 20, Height: 10, Scale: 4}, ""},
		{map[string]string{"source_wsi": "7", "i": "512"}, Place{}, "j: found none"},
		{map[string]string{"i": "512", "j": "0"}, Place{}, "source_wsi: found none"},
		{map[string]string{"source_wsi": "7", "i": "left", "j": "0"}, Place{},
			`i: found "left", expected a whole number of slide pixels`},
		{map[string]string{"source_wsi": "7", "i": "0.5", "j": "0"}, Place{},
			`i: found "0.5", expected a whole number of slide pixels`},
		{map[string]string{"source_wsi": "7", "i": "NaN", "j": "0"}, Place{},
			`i: found "NaN", expected a whole number of slide pixels`},
		{map[string]string{"source_wsi": "7", "i": "1e12", "j": "0"}, Place{},
			`i: found "1e12", expected at most 2^30 slide pixels`},
		{map[string]string{"source_wsi": "7", "i": "0", "j": "0", "scale": "0"}, Place{},
			`scale: found "0", expected how many slide pixels a pixel of the image has, a number above 0`},
	} {
		got, err := fields.Place(10, 20, func(k coco.Key) (string, bool, error) {
			for _, m := range k.Members {
				if v, ok := tt.values[m]; ok {
					return v, true, nil
				}
			}
			return "", false, nil
		})
		if text := ""; err != nil {
			var field *FieldError
			if text = err.Error(); text != tt.err || !errors.As(err, &field) {
				t.Errorf("%v: error %q, expected %q", tt.values, text, tt.err)
			}
		} else if tt.err != "" || got != tt.want {
			t.Errorf("%v: %+v, expected %+v, %s", tt.values, got, tt.want, tt.err)
		}
	}
	failed := errors.New("failed")
	if _, err := fields.Place(10, 20, func(coco.Key) (string, bool, error) { return "", false, failed }); !errors.Is(err,
		failed) {
		t.Errorf("%v", err)
	}
}

func TestPattern(t *testing.T) {
	at := func(slide string, x, y int, scale float64) Place {
		return Place{Slide: slide, X: x, Y: y, Width: 512, Height: 256, Scale: scale}
	}
	for _, tt := range []struct {
		pattern, name string
		want          Place
	}{
		{knownNames[0], "dir/TCGA-1 [x=1024,y=512,w=512,h=512].tif", at("TCGA-1", 1024, 512, 0)},
		{knownNames[1], `dir\A [d=2,x=1024,y=512,w=1024,h=512].png`, at("A", 1024, 512, 2)},
		{knownNames[1], "A [d=4.5,x=9,y=0,w=2304,h=1152].jpg", at("A", 9, 0, 4.5)},
		{knownNames[2], "A_x1_x1024_y512.png", at("A_x1", 1024, 512, 0)},
		{knownNames[2], "A_x1024_y512", at("A", 1024, 512, 0)},
		{knownNames[3], "1.2.3-x0-y7.jp2", at("1.2.3", 0, 7, 0)},
		{"{slide}_{x}_{y}", "S1_2_3.png", at("S1", 2, 3, 0)},
		{"{slide}_{x}_{y}", "S_-2_3.png", at("S", -2, 3, 0)},
		{"{slide}_r{row}c{col}", "S_r2c3.png", at("S", 3*512, 2*256, 0)},
		{"{slide}@{scale}_r{row}c{col}", "S@4_r2c3.png", at("S", 4*3*512, 4*2*256, 4)},
		{"tile-{*}-{slide}-{x}.{y}", "tile-17-S-4.5.png", at("S", 4, 5, 0)},
	} {
		p, err := ParsePattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Place(tt.name, 256, 512); !ok || got != tt.want {
			t.Errorf("%s of %s: %+v, %v, expected %+v", p, tt.name, got, ok, tt.want)
		}
	}
	for _, name := range []string{"", "S.png", "S_x1.png", "S_x1_y2_z.png", "_x1_y2.png", "S_xa_y2.png",
		"S_x99999999999_y2.png"} {
		p, err := ParsePattern(knownNames[2])
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Place(name, 256, 512); ok {
			t.Errorf("%q is at %+v", name, got)
		}
	}
	for text, want := range map[string]string{
		"":                         "expected {slide}, and {x} and {y} or {col} and {row}",
		"{slide}_{x}":              "expected {slide}, and {x} and {y} or {col} and {row}",
		"{slide}_{x}_{row}":        "expected {slide}, and {x} and {y} or {col} and {row}",
		"{slide}_{x}_{y}_{row}":    "expected {slide}, and {x} and {y} or {col} and {row}",
		"{x}_{y}":                  "expected {slide}, and {x} and {y} or {col} and {row}",
		"{slide}_{x}_{x}":          "found {x} twice",
		"{slide}_{x}_{y":           "found { without }",
		"{slide}_{left}_{y}":       "found {left}, expected {slide}, {x}, {y}, {col}, {row}, {scale} or {*}",
		"{slide}{x}{y}{scale}{*}{": "found { without }",
	} {
		if _, err := ParsePattern(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, expected %s", text, err, want)
		}
	}
}

func TestMembers(t *testing.T) {
	part := func(name string, id int64, area int, members string) Part {
		var a coco.Annotation
		d, err := decodeMembers(members)
		if err != nil {
			t.Fatal(err)
		}
		a.Extra = d
		return Part{name, coco.IntID(id), area, a.Extra}
	}
	for _, tt := range []struct {
		rule   ScoreRule
		a, b   string
		want   string
		differ string
		err    string
	}{
		{ScoreArea, `"score":0.5`, `"score":0.9`, `score=0.8`, "", ""},
		{ScoreMean, `"score":0.5`, `"score":0.75`, `score=0.625`, "", ""},
		{ScoreMax, `"score":0.5`, `"score":0.9`, `score=0.9`, "", ""},
		{ScoreMin, `"score":0.5`, `"score":0.9`, `score=0.5`, "", ""},
		{ScoreArea, `"score":0.70`, `"score":0.70`, `score=0.70`, "", ""},
		{ScoreArea, `"score":0.5`, `"x":1`, "", "",
			`score: part 1: found none, expected a number, which other parts of the instance have`},
		{ScoreArea, `"x":1`, `"score":0.5`, "", "",
			`score: part 0: found none, expected a number, which other parts of the instance have`},
		{ScoreArea, `"score":NaN`, `"score":0.5`, "", "",
			`score: part 0: found none, expected a number, which other parts of the instance have`},
		{ScoreArea, `"tag":1`, `"tag":1,"note":"y"`, `tag=1`, "note", ""},
		{ScoreArea, ``, `"votes":2`, ``, "votes", ""},
		{ScoreArea, `"votes":2,"models":["u","v"],"source":"m"`, `"votes":3,"models":["v","w"],"source":"m"`,
			`votes=3 models=["u","v","w"] source="m"`, "", ""},
		{ScoreArea, `"note":"x","tag":1`, `"note":"y","tag":1`, `tag=1`, "note", ""},
		{ScoreArea, `"whole":3,"parts":[1]`, `"whole":3`, ``, "", ""},
		{ScoreArea, `"votes":"many"`, `"votes":2`, ``, "votes", ""},
	} {
		got, differ, err := Members([]Part{part("a", 1, 10, tt.a), part("b", 2, 30, tt.b)}, tt.rule)
		if err != nil {
			if err.Error() != tt.err {
				t.Errorf("%s and %s: %v, expected %s", tt.a, tt.b, err, tt.err)
			}
			continue
		}
		text, parts := "", ""
		for _, f := range got {
			if f.Key == "parts" {
				parts = string(f.Value)
				continue
			}
			if text != "" {
				text += " "
			}
			text += f.Key + "=" + string(f.Value)
		}
		left := ""
		if len(differ) > 0 {
			left = differ[0]
		}
		if text != tt.want || left != tt.differ || tt.err != "" || parts != `[{"image":"a","id":1},{"image":"b","id":2}]` {
			t.Errorf("%s and %s: %s, left out %q, parts %s; expected %s, %q", tt.a, tt.b, text, left, parts, tt.want, tt.differ)
		}
	}
}

// decodeMembers reads the members of an annotation.
func decodeMembers(members string) (coco.Fields, error) {
	d, err := coco.Decode(strings.NewReader(
		`{"images":[],"categories":[],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,1,1],"area":1,"iscrowd":0,"segmentation":[]` + strings.TrimSuffix(","+members, ",") + `}]}`))
	if err != nil {
		return nil, err
	}
	return d.Annotations[0].Extra, nil
}

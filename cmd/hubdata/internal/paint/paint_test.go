package paint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
)

// dataset has two images of 32 x 32 pixels and, on the first, an annotation of each of
// two classes; the second one has a score.
const dataset = `{"images":[{"id":1,"file_name":"a.png","height":32,"width":32,"dataset":1,"source_wsi":7},{"id":2,"file_name":"b.png","height":32,"width":32}],
"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":[[4,4,14,4,14,14,4,14]],"bbox":[4,4,10,10],"area":100,"iscrowd":0,"source":"one","models":["x","y"]},
{"id":2,"image_id":1,"category_id":2,"segmentation":[[20,20,30,20,30,30,20,30]],"bbox":[20,20,10,10],"area":100,"iscrowd":0,"score":0.4,"votes":3}],
"categories":[{"id":1,"name":"vessel"},{"id":2,"name":"cell"}]}`

// predictions find the first annotation, and nothing at another place.
const predictions = `[{"image_id":1,"category_id":1,"segmentation":[[4,4,14,4,14,14,4,14]],"score":0.9},
{"image_id":1,"category_id":1,"segmentation":[[18,4,28,4,28,14,18,14]],"score":0.7},
{"image_id":1,"category_id":1,"segmentation":[[18,18,28,18,28,28,18,28]],"score":0.1}]`

func labels(t *testing.T, text string) Labels {
	t.Helper()
	d, err := coco.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return Labels{Dataset: d, File: "d.json", Names: imagenames.Of(d.Images)}
}

// predicted is a scene of the dataset with the predictions from minScore on.
func predicted(t *testing.T, minScore float64) *Scene {
	t.Helper()
	s := NewScene(labels(t, dataset), Filter{MinScore: minScore})
	list, err := coco.DecodeResults(strings.NewReader(predictions))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Predict(t.Context(), &preds.Detections{Name: "p.json", List: *list}, 0.5, 1); err != nil {
		t.Fatal(err)
	}
	return s
}

func noImages(s *Scene) *ImageFolder { return NewImageFolder("", s.Images) }

func TestSceneDraws(t *testing.T) {
	for _, tt := range []struct {
		name   string
		filter Filter
		want   []bool
	}{
		{"all", Filter{}, []bool{true, true}},
		{"a class", Filter{Classes: map[int64]bool{2: true}}, []bool{false, true}},
		{"a score", Filter{MinScore: 0.5}, []bool{true, false}}, // a label without a score stays
	} {
		s := NewScene(labels(t, dataset), tt.filter)
		var got []bool
		for i := range s.Annotations {
			got = append(got, s.Draws(int32(i)))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, expected %v", tt.name, got, tt.want)
		}
	}
	s := NewScene(labels(t, strings.Replace(dataset, `"id":2,"image_id":1`, `"id":2,"image_id":9`, 1)), Filter{})
	if n := s.Orphans(); n != 1 {
		t.Errorf("%d annotations of no image", n)
	}
	if i, ok := s.ImageOf(0); i != 0 || !ok {
		t.Error(i, ok)
	}
	if _, ok := s.ImageOf(1); ok {
		t.Error("an image of id 9")
	}
}

func TestSceneScore(t *testing.T) {
	s := predicted(t, 0.5)
	got, err := s.Score(t.Context(), 0)
	// At 0.5 the cell is missed, and one of two predictions is right: F1 = 2/(2+1+1).
	if err != nil || got.Found != 1 || got.Missed != 1 || got.False != 1 || got.F1 != 0.5 || math.Abs(got.AP-0.5) > 1e-9 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := predicted(t, 0).Score(t.Context(), 0); err != nil || got.False != 2 {
		t.Errorf("from 0: %+v, %v", got, err)
	}
	s.Unlabelled = map[coco.ID]bool{s.Images[1].ID: true}
	if got, err := s.Score(t.Context(), 1); got != nil || err != nil {
		t.Errorf("without labels: %+v, %v", got, err)
	}
	if got, err := NewScene(labels(t, dataset), Filter{}).Score(t.Context(), 0); got != nil || err != nil {
		t.Errorf("without predictions: %+v, %v", got, err)
	}
	bad := NewScene(labels(t, dataset), Filter{})
	err = bad.Predict(t.Context(),
		&preds.Detections{Name: "p.json", List: *coco.NewResults(coco.Result{ImageID: coco.IntID(5), CategoryID: 1})}, 0.5, 1)
	if err == nil || !strings.Contains(err.Error(), "p.json: [0].image_id") {
		t.Errorf("an unknown image: %v", err)
	}
}

// TestSample: images with a file and with instances come first.
func TestSample(t *testing.T) {
	var text strings.Builder
	dir := t.TempDir()
	text.WriteString(`{"images":[`)
	for i := range 20 {
		fmt.Fprintf(&text, `%s{"id":%d,"file_name":"%d.png","height":8,"width":8}`, map[bool]string{true: ","}[i > 0], i+1, i)
		if i%2 == 0 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.png", i)), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	text.WriteString(`],"categories":[{"id":1,"name":"v"}],"annotations":[`)
	for k, i := range []int{4, 7, 16} {
		fmt.Fprintf(&text, `%s{"id":%d,"image_id":%d,"category_id":1,"segmentation":[[1,1,4,1,4,4]],"bbox":[1,1,3,3],"area":4,"iscrowd":0}`, map[bool]string{true: ","}[k > 0], k+1, i+1)
	}
	text.WriteString(`]}`)
	s := NewScene(labels(t, text.String()), Filter{})
	folder := NewImageFolder(dir, s.Images)
	all := make([]int, 20)
	for i := range all {
		all[i] = i
	}
	if got := s.Sample(all, folder, 2, 1); !slices.Equal(got, []int{4, 16}) {
		t.Errorf("2 of 20: %v", got)
	}
	one, two := s.Sample(all, folder, 6, 1), s.Sample(all, folder, 6, 2)
	if !slices.IsSorted(one) || slices.Equal(one, two) || !slices.Equal(one, s.Sample(all, folder, 6, 1)) {
		t.Errorf("seeds: %v, %v", one, two)
	}
	for _, i := range one {
		if i%2 == 1 {
			t.Errorf("image %d without a file before those with one", i)
		}
	}
	if got := s.Sample(all, folder, 11, 1); !slices.Contains(got, 7) {
		t.Errorf("11 of 20 without the outlined one: %v", got)
	}
	if got := s.Sample(all, folder, 50, 1); !slices.Equal(got, all) {
		t.Errorf("50 of 20: %v", got)
	}
}

func TestImageFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"sub/a.png", "b.tif", "c.png"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	images := []coco.Image{{FileName: "sub/a.png"}, {FileName: "b.png"}, {FileName: "one/c.jpg"}, {FileName: "two/c.jpg"},
		{FileName: "../secret.png"}, {FileName: "none.png"}}
	f := NewImageFolder(dir, images)
	for i, want := range []string{"sub/a.png", "b.tif", "", "", "", ""} {
		if want != "" {
			want = filepath.Join(dir, filepath.FromSlash(want))
		}
		if got, byBase := f.Path(&images[i]); got != want || f.Has(&images[i]) != (want != "") || byBase != (i == 1) {
			t.Errorf("%s: %q (by base name: %v), expected %q", images[i].FileName, got, byBase, want)
		}
	}
	if img, err := f.Read(&images[5]); img != nil || err != nil {
		t.Errorf("no file: %v, %v", img, err)
	}
	if _, err := f.Read(&images[1]); err == nil {
		t.Error("a file that is not an image, and no error")
	}
	if NewImageFolder("", images).Has(&images[0]) {
		t.Error("no folder has an image")
	}
}

// TestImageOfAnother: no image gets the file that is another's.
func TestImageOfAnother(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"12.png", "b.png", "only.png", "sub/win.png"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	tile := func(id int64, file, tile string) string {
		return fmt.Sprintf(`{"id":%d,"file_name":%q,"tile":%q,"height":9,"width":9}`, id, file, tile)
	}
	for _, test := range []struct {
		name   string
		images []string
		want   []string // with a ~: by base name
	}{
		{"a tile that is another's file", []string{tile(1, "missing.png", "b"), tile(2, "b.png", "z")},
			[]string{"", "b.png"}},
		{"a tile with a folder", []string{tile(1, "missing.png", "sub/win"), tile(2, "sub/win.png", "z")},
			[]string{"", "sub/win.png"}},
		{"a tile that is another's base name", []string{tile(1, "missing.png", "b"), tile(2, "far/b.png", "z")},
			[]string{"", ""}},
		{"an id", []string{`{"id":12,"file_name":"","height":9,"width":9}`}, []string{""}},
		{"an id and a file", []string{`{"id":12,"height":9,"width":9}`, tile(3, "12.png", "q")}, []string{"", "12.png"}},
		{"a tile alone", []string{tile(1, "", "b")}, []string{"b.png"}},
		{"another folder", []string{tile(1, "p9/only.jpg", "")}, []string{"~only.png"}},
		{"backslashes", []string{tile(1, `sub\win.png`, "")}, []string{"sub/win.png"}},
		{"a dot", []string{tile(1, "./b.png", "")}, []string{"b.png"}},
		{"dots", []string{tile(1, "x/../sub//win.png", "")}, []string{"sub/win.png"}},
	} {
		d := labels(t, `{"images":[`+strings.Join(test.images, ",")+`],"annotations":[],"categories":[]}`)
		f := NewImageFolder(dir, d.Images)
		for i, want := range test.want {
			name, byBase := strings.CutPrefix(want, "~")
			if name != "" {
				name = filepath.Join(dir, filepath.FromSlash(name))
			}
			if got, by := f.Path(&d.Images[i]); got != name || by != byBase || f.ByBaseName(&d.Images[i]) != byBase {
				t.Errorf("%s: image %d: found %q (by base name: %v), expected %q", test.name, i, got, by, want)
			}
		}
	}
}

func TestPaint(t *testing.T) {
	s := predicted(t, 0.5)
	p := NewPainter(s, noImages(s), []int{0}, Options{Side: 64})
	got, err := p.Paint(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "a" || got.Labels != 2 || got.Predictions != 2 || !got.Faults.Absent ||
		got.Picture.Rect != image.Rect(0, 0, 64, 64) {
		t.Errorf("%+v", got)
	}
	if !slices.Equal(got.Caption, []string{"a", "AP50 0.50 · found 1 of 2, 1 false"}) {
		t.Errorf("caption %q", got.Caption)
	}
	if images, masks := got.Problems(); len(images)+len(masks) != 0 {
		t.Errorf("an absent image is a problem: %q %q", images, masks)
	}

	plain := NewScene(labels(t, dataset), Filter{})
	for _, tt := range []struct {
		name string
		opts Options
		size image.Rectangle
		text string
	}{
		{"side", Options{Side: 96}, image.Rect(0, 0, 96, 96), "2 instances · dataset 1 · WSI 7"},
		{"zoom", Options{Side: 96, Zoom: 3}, image.Rect(0, 0, 96, 96), "2 instances · dataset 1 · WSI 7"},
		{"crop", Options{Zoom: 2, Crop: true, Margin: 1}, image.Rect(0, 0, 56, 56), "2 instances · dataset 1 · WSI 7"},
		{"crop to marks", Options{Zoom: 2, Crop: true,
			Marks: &Marks{Places: map[int]map[int32]bool{0: {1: true}}, Codes: map[int][]string{0: {"x", "y"}}}},
			image.Rect(0, 0, 20, 20), "x, y"},
		{"beside", Options{Zoom: 1, Beside: true}, image.Rect(0, 0, 32+besideGap+32, 32), "2 instances · dataset 1 · WSI 7"},
		{"plain", Options{Zoom: 1, Plain: true}, image.Rect(0, 0, 32, 32), ""},
	} {
		got, err := NewPainter(plain, noImages(plain), []int{0}, tt.opts).Paint(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if got.Picture.Rect != tt.size || strings.Join(got.Caption[min(1, len(got.Caption)):], "|") != tt.text {
			t.Errorf("%s: %v, %q", tt.name, got.Picture.Rect, got.Caption)
		}
	}
	var size *draw.ErrSize
	if _, err := NewPainter(plain, noImages(plain), []int{0}, Options{Zoom: 1e4}).Paint(t.Context(), 0); !errors.As(err,
		&size) {
		t.Errorf("a huge picture: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Predict(ctx, &preds.Detections{}, 0.5, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestPaintFaults: what cannot be drawn is listed, and the rest drawn.
func TestPaintFaults(t *testing.T) {
	dir := t.TempDir()
	var square bytes.Buffer
	if err := png.Encode(&square, image.NewGray(image.Rect(0, 0, 16, 16))); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"square.png": square.Bytes(), "broken.png": []byte("x")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const size, one = `,"height":16,"width":16`, `{"id":1,"image_id":1,"category_id":1,"segmentation":[[4,4,12,4,12,12]],"bbox":[4,4,8,8],"area":32,"iscrowd":0}`
	for _, tt := range []struct {
		name, image, annotation string
		wantImage, wantMask     string
		noMask                  int
	}{
		{"good", `"file_name":"square.png"` + size, one, "", "", 0},
		{"no size says the dataset", `"file_name":"square.png"`, one, "", "", 0},
		{"broken", `"file_name":"broken.png"` + size, one, `image of tile "broken": `, "", 0},
		{"another size", `"file_name":"square.png","height":9,"width":16`, one,
			"the image has 16 x 16 pixels, d.json says 16 x 9", "", 0},
		{"no size, no image", `"file_name":"none.png"`, one, "d.json says 0 x 0 pixels", "", 0},
		{"a hostile size", `"file_name":"none.png","height":1000000000,"width":1000000000`, one,
			"says 1000000000 x 1000000000", "", 0},
		{"a corrupt mask", `"file_name":"square.png"` + size,
			strings.Replace(one, `[[4,4,12,4,12,12]]`, `{"size":[16,16],"counts":"Q"}`, 1), "",
			"d.json: annotations[0].segmentation: ", 0},
		{"no mask", `"file_name":"square.png"` + size, strings.Replace(one, `[[4,4,12,4,12,12]]`, `[]`, 1), "", "", 0},
		{"no mask, no box", `"file_name":"square.png"` + size,
			strings.NewReplacer(`[[4,4,12,4,12,12]]`, `[]`, `"bbox":[4,4,8,8],`, ``).Replace(one), "", "", 1},
		{"no mask, an endless box", `"file_name":"square.png"` + size,
			strings.NewReplacer(`[[4,4,12,4,12,12]]`, `[]`, `"bbox":[4,4,8,8],`, `"bbox":[1e300,4,8,8],`).Replace(one), "", "",
			1},
	} {
		s := NewScene(labels(t, `{"images":[{"id":1,`+tt.image+`}],"annotations":[`+tt.annotation+
			`],"categories":[{"id":1,"name":"v"}]}`), Filter{})
		got, err := NewPainter(s, NewImageFolder(dir, s.Images), []int{0}, Options{Side: 32}).Paint(t.Context(), 0)
		if err != nil || got.Picture == nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		images, masks := got.Problems()
		has := func(list []string, want string) bool {
			return want == "" && len(list) == 0 || want != "" && len(list) == 1 && strings.Contains(list[0], want)
		}
		if !has(images, tt.wantImage) || !has(masks, tt.wantMask) || got.Faults.NoMask != tt.noMask {
			t.Errorf("%s: %q, %q, %+v", tt.name, images, masks, got.Faults)
		}
	}
}

// TestColors: each way of colouring has its keys, and instances have their colours.
func TestColors(t *testing.T) {
	plain, with := NewScene(labels(t, dataset), Filter{}), predicted(t, 0.5)
	for _, tt := range []struct {
		scene *Scene
		style Style
		marks *Marks
		want  string
	}{
		{plain, Style{}, nil, "vessel, cell"},
		{plain, Style{Color: "source"}, nil, "no source, one"},
		{plain, Style{Color: "agreement"}, nil, "1 model, 2 models, 3 models"},
		{plain, Style{Color: "score"}, nil, "score 0 to 1"},
		{plain, Style{Color: "instance"}, &Marks{Text: "mask-near"}, "mask-near"},
		{with, Style{}, nil, "correct prediction, false prediction, outline found, outline missed"},
		{with, Style{Color: "score"}, nil, "outline, score 0.5 to 1"},
	} {
		p := NewPainter(tt.scene, noImages(tt.scene), []int{0, 1}, Options{Style: tt.style, Marks: tt.marks, Side: 300})
		var got []string
		l := p.Legend()
		for _, k := range l.Keys {
			got = append(got, k.Text)
		}
		for _, s := range l.Scales {
			got = append(got, fmt.Sprintf("%s %s to %s", s.Text, s.From, s.To))
		}
		if text := strings.Join(got, ", "); text != tt.want {
			t.Errorf("%+v: %q, expected %q", tt.style, text, tt.want)
		}
	}
	p := NewPainter(with, noImages(with), []int{0}, Options{Side: 300, Style: Style{Shape: "both", Alpha: 0.5}})
	truth, found := with.instances(0)
	colors := map[string]color.RGBA{"found": foundStyle.Color, "false": falseStyle.Color, "hit": hitStyle.Color,
		"missed": missedStyle.Color}
	for name, st := range map[string]draw.Style{"false": p.style(0, 0, &found[0]), "found": p.style(0, 1, &found[1]),
		"hit": p.style(0, 0, &truth[0]), "missed": p.style(0, 1, &truth[1])} {
		if st.Color != colors[name] || st.Width != lineWidth {
			t.Errorf("%s: %+v", name, st)
		}
		if filled := name == "found" || name == "false"; filled != (st.Fill == 0.5) {
			t.Errorf("%s is filled by %v", name, st.Fill)
		}
	}
}

func TestLabels(t *testing.T) {
	plain, with := NewScene(labels(t, dataset), Filter{}), predicted(t, 0.5)
	label := func(s *Scene, parts []string, of func(truth, found []instance) *instance) string {
		p := NewPainter(s, noImages(s), []int{0}, Options{Style: Style{Labels: parts}})
		in := of(s.instances(0))
		return p.label(in)
	}
	first := func(truth, _ []instance) *instance { return &truth[0] }
	second := func(truth, _ []instance) *instance { return &truth[1] }
	surest := func(_, found []instance) *instance { return &found[len(found)-1] }
	for _, tt := range []struct {
		scene *Scene
		parts []string
		of    func(truth, found []instance) *instance
		want  string
	}{
		{plain, nil, first, ""},
		{plain, nil, second, "0.40"},
		{plain, []string{}, second, ""},
		{plain, []string{"class", "id", "votes"}, second, "cell 2 3 votes"},
		{plain, []string{"source", "votes"}, first, "one"},
		{with, nil, second, ""}, // of the truth, under predictions
		{with, nil, surest, "0.90"},
		{with, []string{"score", "iou"}, surest, "0.90 IoU 1.00"},
	} {
		if got := label(tt.scene, tt.parts, tt.of); got != tt.want {
			t.Errorf("%q: %q, expected %q", tt.parts, got, tt.want)
		}
	}
}

// TestStylesDiffer: no two of the first 42 classes look the same.
func TestStylesDiffer(t *testing.T) {
	seen := map[draw.Style]int{}
	for i := range 42 {
		if other, ok := seen[nthStyle(i)]; ok {
			t.Errorf("class %d looks like class %d", i, other)
		}
		seen[nthStyle(i)] = i
	}
}

// TestClassName: a name that the font of pictures cannot write has the id next to it.
func TestClassName(t *testing.T) {
	for name, want := range map[string]string{"große Vene": "große Vene", "\u8840\u7ba1": "\u8840\u7ba1 (id 21)"} {
		if got := className(&coco.Category{ID: 21, Name: name}); got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}

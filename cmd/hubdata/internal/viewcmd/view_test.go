package viewcmd_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/review"
)

// viewer is a run of hubdata view, and what asks it.
type viewer struct {
	t      *testing.T
	url    string
	end    func() (code int, stderr string)
	client http.Client
}

// view starts hubdata view. It ends with the test.
func view(t *testing.T, args ...string) *viewer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stdout, write := io.Pipe()
	var stderr bytes.Buffer
	done := make(chan int, 1)
	go func() {
		code := app.Run(ctx, append([]string{"hubdata", "view", "--no-open"}, args...), strings.NewReader(""), write, &stderr)
		_ = write.Close()
		done <- code
	}()
	v := &viewer{t: t}
	v.client.Transport = &http.Transport{}
	v.end = sync.OnceValues(func() (int, string) {
		v.client.CloseIdleConnections()
		cancel()
		code := <-done
		return code, stderr.String()
	})
	var line strings.Builder
	for b := make([]byte, 1); !strings.HasSuffix(line.String(), "\n"); {
		n, err := stdout.Read(b)
		line.Write(b[:n])
		if err != nil {
			code, errs := v.end()
			t.Fatalf("exit code %d: %s", code, errs)
		}
	}
	v.url = strings.TrimSpace(line.String())
	t.Cleanup(func() { _, _ = v.end() })
	return v
}

// get asks for a part, which is there.
func (v *viewer) get(path string) []byte {
	v.t.Helper()
	code, text := v.try(path)
	if code != http.StatusOK {
		v.t.Fatalf("%s: %d %s", path, code, text)
	}
	return text
}

func (v *viewer) try(path string) (code int, text []byte) {
	v.t.Helper()
	answer, err := v.client.Get(v.url + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err = io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, text
}

// ask asks for JSON.
func (v *viewer) ask(into any, path string) {
	v.t.Helper()
	if err := json.Unmarshal(v.get(path), into); err != nil {
		v.t.Fatal(path, err)
	}
}

// decide posts a decision.
func (v *viewer) decide(index int, choice, by string) (code int, text string) {
	v.t.Helper()
	body := fmt.Sprintf(`{"index":%d,"decision":%q,"by":%q,"after":0}`, index, choice, by)
	answer, err := v.client.Post(v.url+"data/review", "application/json", strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, string(all)
}

// demo makes synthetic data, once.
var demo = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "view")
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	if app.Run(context.Background(), []string{"hubdata", "demo", "--quiet", filepath.Join(dir, "demo")}, strings.NewReader(""), &out, &out) != 0 {
		panic(out.String())
	}
	return filepath.Join(dir, "demo")
})

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(filepath.Dir(demo()))
	os.Exit(code)
}

type scores struct {
	Found, Missed, False  int
	AP                    *float64
	Precision, Recall, F1 float64
	OnImage               [3][]int `json:"on_image"`
}

// TestScoresAreThoseOfEval: at any position of the sliders, for any fields and classes.
func TestScoresAreThoseOfEval(t *testing.T) {
	dir := demo()
	vit, cascade := filepath.Join(dir, "predictions", "vit.segm.json"), filepath.Join(dir, "predictions", "cascade.segm.json")
	truth, table := filepath.Join(dir, "ds3_truth.json"), filepath.Join(dir, "tile_meta.csv")
	v := view(t, "--tile-meta", table, truth, vit, cascade)
	rnd := rand.New(rand.NewPCG(3, 4))
	for n := range 8 {
		iou, score := float64(5+rnd.IntN(96))/100, float64(rnd.IntN(101))/100
		model, file := n%2, []string{vit, cascade}[n%2]
		flags, query := []string{}, ""
		if n > 3 {
			flags, query = []string{"--where", "wsi=6,9", "--table", table}, "&where=wsi%3D6&where=wsi%3D9"
		}
		var got scores
		v.ask(&got, fmt.Sprintf("data/scores?model=%d&iou=%v&score=%v%s", model, iou, score, query))
		var want struct {
			At     []struct{ AP float64 }
			HuBMAP *float64
			Sweep  struct {
				Points []struct {
					Score, Precision, Recall, F1 float64
					Kept                         int
				}
			}
		}
		clitest.Ask(t, &want, append(append([]string{"eval", "--json", "--sweep", "--iou", fmt.Sprint(iou)}, flags...), truth, file)...)
		kept, precision, recall, f1 := 0, -1.0, 0.0, 0.0
		for _, p := range want.Sweep.Points {
			if p.Score >= score {
				kept, precision, recall, f1 = p.Kept, p.Precision, p.Recall, p.F1
			}
		}
		if got.AP == nil || *got.AP != want.At[0].AP || got.Found+got.False != kept || kept > 0 && (got.Precision != precision || got.Recall != recall || got.F1 != f1) {
			t.Errorf("IoU %v, score %v, %s: %+v with AP %v; eval: %d kept, %v %v %v, AP %v", iou, score, query, got, got.AP, kept, precision, recall, f1, want.At[0].AP)
		}
		var prize *float64
		v.ask(&prize, fmt.Sprintf("data/competition?model=%d&iou=%v%s", model, iou, query))
		if prize == nil || want.HuBMAP == nil || *prize != *want.HuBMAP {
			t.Errorf("IoU %v, %s: the competition's metric is %v, eval says %v", iou, query, prize, want.HuBMAP)
		}
		for k, list := range got.OnImage {
			sum := 0
			for _, n := range list {
				sum += n
			}
			if sum != []int{got.Found, got.Missed, got.False}[k] {
				t.Errorf("on images %d, expected %+v", sum, got)
			}
		}
	}
	if code, stderr := v.end(); code != ui.ExitOK || stderr != "" {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestParts: what the page asks for is there, and what it does not ask for is refused.
func TestParts(t *testing.T) {
	dir := demo()
	v := view(t, dir, filepath.Join(dir, "predictions", "vit.segm.json"))
	var o struct {
		Title  string
		Images struct {
			Name                    []string
			Height, Width, Slide, X []int
			Unlabelled              []int
		}
		Slides []string
		Fields []struct{ Name string }
		Models []struct {
			Detections int
			Notes      []string
		}
	}
	v.ask(&o, "data/overview")
	if o.Title != "demo" || len(o.Images.Name) != 84 || len(o.Images.Unlabelled) != 24 || len(o.Slides) != 13 || o.Images.Height[3] != 512 || len(o.Models) != 1 || len(o.Models[0].Notes) == 0 {
		t.Errorf("%+v", o)
	}
	for path, want := range map[string]int{
		"": 200, "index.html": 200, "main.js": 200, "style.css": 200, "icon.svg": 200,
		"page.go": 404, "../index.html": 404, "files/": 404, "%2e%2e/page.go": 404, "..%2f..%2fpage.go": 404, "data/": 404, "main.js/": 404, "data/review?after=0": 404,
		"data/picture/0/0/0/0": 200, "data/picture/0/3/0/0": 200, "data/picture/0/0/1/0": 400, "data/picture/84/0/0/0": 400, "data/picture/-1/0/0/0": 400, "data/picture/x/0/0/0": 400,
		"data/picture/0/99/0/0": 400, "data/picture/0/0/99999999999999999999/0": 400,
		"data/outlines/labels/0/0/0/0": 200, "data/outlines/0/0/2/0/0": 200, "data/outlines/1/0/0/0/0": 400, "data/outlines/labels/84/0/0/0": 400, "data/outlines/labels/0/13/0/0": 400, "data/outlines/labels/0/0/0/0?model=7": 400,
		"data/density/labels?images=0-83&pixels=64": 200, "data/density/0?images=0,5-7&pixels=8&model=0&iou=0.5&score=0.2": 200, "data/density/labels?images=0-84&pixels=64": 400, "data/density/labels?images=3-1&pixels=64": 400,
		"data/density/labels?images=0-83&pixels=0": 400, "data/density/labels?images=0-83&pixels=1": 400, "data/density/labels?images=&pixels=64": 400,
		"data/scores?model=0&iou=0.6": 200, "data/scores?model=0&iou=0.605": 400, "data/scores?iou=0.6": 400, "data/scores?model=0&iou=0.6&score=NaN": 400, "data/scores?model=0&where=no%3D1": 400, "data/scores?model=0&where=wsi%3D99": 400, "data/scores?model=0&class=9": 400,
		"data/instance?layer=labels&index=0&model=0&iou=0.6": 200, "data/instance?layer=0&index=0&model=0&iou=0.6": 400, "data/instance?layer=0&index=0&unscored=1": 200, "data/instance?layer=labels&index=999999": 400, "data/instance?layer=0&index=-1": 400,
		"data/outlines/labels?images=0-63&level=1": 200, "data/outlines/0?images=3,5&level=2": 200, "data/outlines/0?images=0-64&level=1": 400, "data/outlines/1?images=0&level=1": 400, "data/outlines/labels?images=84&level=1": 400,
		"data/outlines/labels?images=0&level=13": 400, "data/outlines/labels?images=0": 400, "data/outlines/labels?images=0&level=1&model=7": 400,
		"data/sheet?images=0-63&side=16": 200, "data/sheet?images=3,7-9&side=64": 200, "data/sheet?images=0-64&side=16": 400, "data/sheet?images=84&side=16": 400, "data/sheet?images=0&side=17": 400, "data/sheet?images=&side=16": 400, "data/sheet?images=0": 400,
		"data/competition?model=0&iou=0.6": 200, "data/competition?model=1&iou=0.6": 400, "data/competition?iou=0.6": 400,
		"data/aps?model=0&iou=0.6": 200, "data/keys?model=0": 200, "data/findings": 200,
	} {
		if code, text := v.try(path); code != want {
			t.Errorf("%q: %d, expected %d: %.100s", path, code, want, text)
		}
	}
	answer, err := v.client.Get(v.url)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	policy := answer.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("policy %s", policy)
	}
	if answer, err = v.client.Post(v.url+"data/overview", "application/json", strings.NewReader("{}")); err != nil || answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v, %v", answer, err)
	}
	_ = answer.Body.Close()
	if picture := v.get("data/picture/0/0/0/0"); !bytes.HasPrefix(picture, []byte("\xff\xd8\xff")) {
		t.Errorf("no JPEG: %q", picture[:10])
	}
	for _, of := range []string{"data/outlines/labels%s?model=0&", "data/outlines/0%s?"} {
		bundle := v.get(fmt.Sprintf(of, "") + "images=2-4,7&level=2")
		for _, i := range []int{2, 3, 4, 7} {
			alone := v.get(fmt.Sprintf(of, fmt.Sprintf("/%d/2/0/0", i)))
			n := int(binary.LittleEndian.Uint64(bundle))
			if n != len(alone) || !bytes.Equal(bundle[8:8+n], alone) {
				t.Fatalf("image %d: %d bytes, expected %d", i, n, len(alone))
			}
			bundle = bundle[8+(n+7)/8*8:]
		}
		if len(bundle) > 0 {
			t.Errorf("%d bytes too many", len(bundle))
		}
	}
	outlines := v.get("data/outlines/labels/0/0/0/0?model=0")
	if n := binary.LittleEndian.Uint32(outlines); n == 0 || len(outlines) < 24+int(n)*100 {
		t.Errorf("%d outlines in %d bytes", n, len(outlines))
	}
}

// TestNeighbours: neighbours are the nearest on the slide, also on other tiles, and none of another layer.
func TestNeighbours(t *testing.T) {
	t.Chdir(t.TempDir())
	box := func(id, image, x, y, w, h int) string {
		return fmt.Sprintf(`{"id":%d,"image_id":%d,"category_id":1,"bbox":[%d,%d,%d,%d],"area":9,"iscrowd":0,"segmentation":[[%[3]d,%[4]d,%[7]d,%[4]d,%[7]d,%[8]d,%[3]d,%[8]d]]}`, id, image, x, y, w, h, x+w, y+h)
	}
	var images []string
	for i, at := range []string{`"slide":"s","x":0,"y":0`, `"slide":"s","x":100,"y":0`, `"slide":"s","x":0,"y":100`, `"slide":"other","x":0,"y":0`, `"x":"?"`} {
		images = append(images, fmt.Sprintf(`{"id":%d,"file_name":"%d.png","height":100,"width":100,%s}`, i+1, i+1, at))
	}
	clitest.Write(t, "a.json", []byte(`{"images":[`+strings.Join(images, ",")+`],"categories":[{"id":1,"name":"vessel"}],"annotations":[`+strings.Join([]string{
		box(1, 1, 90, 10, 10, 10), box(2, 2, 0, 12, 9, 9), box(3, 1, 60, 10, 27, 10), box(4, 3, 90, 1, 5, 5), box(5, 4, 1, 1, 9, 9), box(6, 2, 80, 80, 9, 9), box(7, 5, 1, 1, 4, 4), box(8, 5, 9, 1, 4, 4),
	}, ",")+`]}`))
	clitest.Write(t, "r.json", []byte(`[{"image_id":1,"category_id":1,"score":0.9,"bbox":[90,10,9,9],"segmentation":[[90,10,99,10,99,19]]},`+
		`{"image_id":2,"category_id":1,"score":0.8,"bbox":[5,10,9,9],"segmentation":[[5,10,14,10,14,19]]},{"image_id":2,"category_id":1,"score":0.1,"bbox":[1,10,9,9],"segmentation":[[1,10,9,10,9,19]]}]`))
	v := view(t, "a.json", "r.json")
	for query, expected := range map[string]string{
		"layer=labels&index=0":         "[1:1:0:vessel 0:2:3:vessel]",
		"layer=labels&index=3":         "[]",
		"layer=labels&index=4":         "[]",
		"layer=labels&index=6":         "[4:7:4:vessel]",
		"layer=0&index=0&score=0.5":    "[1:1:6:vessel]",
		"layer=0&index=0&score=0.0001": "[1:2:2:vessel 1:1:6:vessel]",
	} {
		var got struct {
			Near []struct {
				Image, Index int
				Gap          float64
				Class        string
			}
		}
		v.ask(&got, "data/instance?model=0&iou=0.6&"+query)
		list := []string{}
		for _, n := range got.Near {
			list = append(list, fmt.Sprintf("%d:%d:%v:%s", n.Image, n.Index, n.Gap, n.Class))
		}
		if text := fmt.Sprint(list); text != expected {
			t.Errorf("%s: %s, expected %s", query, text, expected)
		}
	}
}

// TestReviewedIsTheFile: a log is about the annotations as the file has them, with outlines, not about what the page keeps
// of them.
func TestReviewedIsTheFile(t *testing.T) {
	t.Chdir(t.TempDir())
	clitest.Write(t, "a.json", []byte(labels(3)))
	v := view(t, "--decisions", "log.jsonl", "--reviewer", "anna", "a.json")
	if code, text := v.decide(1, "accept", "anna"); code != http.StatusOK {
		t.Fatal(text)
	}
	_, _ = v.end()
	d, err := coco.Decode(bytes.NewReader(read(t, "a.json")))
	if err != nil {
		t.Fatal(err)
	}
	of, err := review.DatasetOf(d)
	if err != nil {
		t.Fatal(err)
	}
	if log := string(read(t, "log.jsonl")); !strings.Contains(log, `"digest":"`+of.Digest+`"`) {
		t.Errorf("the log is not about %s: %s", of.Digest, log)
	}
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), "filter", "--decisions", "log.jsonl", "-o", "out.json", "a.json")
	if code != 0 || !strings.Contains(stdout, "annotations: kept 1 of 3") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

// TestApart: the tiles that a plan keeps apart from the training of a fold.
func TestApart(t *testing.T) {
	dir := demo()
	plan := filepath.Join(t.TempDir(), "plan.json")
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "folds", "-k", "2", "--method", "spatial", "--buffer", "300", "--quiet", "-o", plan, dir); code != 0 {
		t.Fatal(stderr)
	}
	var file struct {
		Apart [][]string `json:"kept_apart"`
	}
	if err := json.Unmarshal(read(t, plan), &file); err != nil || len(file.Apart) != 2 || len(file.Apart[0]) == 0 {
		t.Fatalf("%v: %v", err, file.Apart)
	}
	var o struct {
		Images struct{ Name []string }
		Plan   struct {
			Buffer int
			Apart  map[string][]int
		}
	}
	view(t, "--folds", plan, dir).ask(&o, "data/overview")
	for f, names := range file.Apart {
		var got []string
		for _, i := range o.Plan.Apart[fmt.Sprint(f+1)] {
			got = append(got, o.Images.Name[i])
		}
		slices.Sort(got)
		slices.Sort(names)
		if !slices.Equal(got, names) || o.Plan.Buffer != 300 {
			t.Errorf("fold %d: %v, expected %v", f+1, got, names)
		}
	}
}

// TestDensityCounts: the squares hold all instances, by outcome, as the scores say.
func TestDensityCounts(t *testing.T) {
	dir := demo()
	v := view(t, filepath.Join(dir, "ds3_truth.json"), filepath.Join(dir, "predictions", "vit.segm.json"))
	var want scores
	v.ask(&want, "data/scores?model=0&iou=0.5&score=0.3")
	for _, pixels := range []int{512, 64, 9} {
		for layer, kinds := range map[string][4]int{"labels": {want.Found, want.Missed, 0, 0}, "0": {want.Found, 0, want.False, 0}} {
			text := v.get(fmt.Sprintf("data/density/%s?images=0-23&pixels=%d&model=0&iou=0.5&score=0.3", layer, pixels))
			var sums [4]int
			for i := range len(text) / 2 {
				sums[i%4] += int(binary.LittleEndian.Uint16(text[2*i:]))
			}
			if side := (512 + pixels - 1) / pixels; len(text) != 24*side*side*8 || sums != kinds {
				t.Errorf("%s, %d pixels: %d bytes, %v, expected %v", layer, pixels, len(text), sums, kinds)
			}
		}
	}
}

// TestBadPictures: an image that is missing, broken or of another size has a reason.
func TestBadPictures(t *testing.T) {
	dir := t.TempDir()
	clitest.Write(t, filepath.Join(dir, "a.json"), []byte(`{"images":[{"id":1,"file_name":"none.png","height":9,"width":9},{"id":2,"file_name":"broken.png","height":9,"width":9},{"id":3,"file_name":"../a.json","height":9,"width":9},
		{"id":4,"file_name":"small.png","height":9,"width":9},{"id":5,"file_name":"unknown.png"}],"annotations":[{"id":1,"image_id":5,"category_id":1,"bbox":[1,1,4,4],"area":16,"iscrowd":0}],"categories":[{"id":1,"name":"<b>\u202e"}]}`))
	clitest.Write(t, filepath.Join(dir, "train", "broken.png"), []byte("\x89PNG\r\n\x1a\nno"))
	clitest.Write(t, filepath.Join(dir, "train", "small.png"), smallPNG(t))
	v := view(t, filepath.Join(dir, "a.json"))
	for i, want := range []string{"no image", "wsi: corrupt image", "no image", "the image has 8 x 9 pixels", "no image"} {
		var got struct{ Reason string }
		v.ask(&got, fmt.Sprintf("data/picture/%d/0/0/0", i))
		if !strings.HasPrefix(got.Reason, want) {
			t.Errorf("image %d: %q, expected %q", i, got.Reason, want)
		}
		_ = v.get(fmt.Sprintf("data/outlines/labels/%d/0/0/0", i))
	}
	if text := v.get("data/overview"); !bytes.Contains(text, []byte("\\u003cb\\u003e")) {
		t.Error("names are not as JSON escapes them")
	}
}

func smallPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 9))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestReview: decisions are on the disk, also of two browsers, and come back.
func TestReview(t *testing.T) {
	dir := t.TempDir()
	set, log := filepath.Join(dir, "set.json"), filepath.Join(dir, "log.jsonl")
	clitest.Write(t, set, []byte(labels(6)))
	v := view(t, "--decisions", log, "--reviewer", "Anna", set)
	var group sync.WaitGroup
	for _, by := range []string{"Anna", "Ben \"x\""} {
		group.Go(func() {
			for i := range 6 {
				if code, text := v.decide(i, []string{"accept", "reject", "uncertain"}[i%3], by); code != 200 {
					t.Errorf("%d %s", code, text)
				}
			}
		})
	}
	group.Wait()
	if code, text := v.decide(0, "undo", "Anna"); code != 200 || !strings.Contains(text, `"n":13`) {
		t.Errorf("%d %s", code, text)
	}
	for _, bad := range []struct {
		index      int
		choice, by string
	}{{6, "accept", ""}, {-1, "accept", ""}, {0, "maybe", ""}, {0, "accept", strings.Repeat("x", 300)}} {
		if code, text := v.decide(bad.index, bad.choice, bad.by); code != http.StatusBadRequest {
			t.Errorf("%+v: %d %s", bad, code, text)
		}
	}
	if answer, err := v.client.Post(v.url+"data/review", "text/plain", strings.NewReader(`{"index":0,"decision":"accept"}`)); err != nil || answer.StatusCode != 400 {
		t.Errorf("as another type: %v, %v", answer, err)
	}
	// A second program does not write to the same log.
	if runtime.GOOS == "linux" {
		code, _, stderr := clitest.Hubdata(t, t.Context(), "view", "--no-open", "--decisions", log, set)
		if code != ui.ExitFailure || !strings.Contains(stderr, "held by another process") || !strings.Contains(stderr, "--read-only") {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	}
	var news struct {
		N, Total int
		Verdicts map[string]int
		New      []struct {
			Index   int
			Verdict string
		}
		Reviewers  []struct{ Decided int }
		Agreements []struct{ Both, Same int }
	}
	v.ask(&news, "data/review?after=0")
	if news.N != 13 || news.Total != 6 || len(news.New) != 6 || news.Verdicts["accepted"] != 2 || news.Verdicts["rejected"] != 2 || news.Verdicts["uncertain"] != 2 || len(news.Reviewers) != 2 || news.Agreements[0].Both != 3 || news.Agreements[0].Same != 3 {
		t.Errorf("%+v", news)
	}
	var queue struct {
		Left  int
		Items []struct{ Index int }
	}
	v.ask(&queue, "data/queue?by=Anna&order=low")
	if queue.Left != 1 || len(queue.Items) != 1 || queue.Items[0].Index != 0 {
		t.Errorf("%+v", queue)
	}
	v.ask(&queue, "data/queue?by="+url.QueryEscape("nobody")+"&order=high")
	if queue.Left != 6 || queue.Items[0].Index != 5 {
		t.Errorf("%+v", queue)
	}
	if code, stderr := v.end(); code != 0 || stderr != "" {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	text := read(t, log)
	if n := bytes.Count(text, []byte("\n")); n != 14 {
		t.Errorf("%d lines: %s", n, text)
	}

	// Cut off in its last line, it is continued.
	clitest.Write(t, log, text[:len(text)-9])
	v = view(t, "--decisions", log, set)
	if code, _ := v.decide(3, "accept", "C"); code != 200 {
		t.Error(code)
	}
	_, stderr := v.end()
	if !strings.Contains(stderr, "its last line is cut off") || !strings.Contains(stderr, "12 decisions are kept") {
		t.Error(stderr)
	}
	if now := read(t, log); bytes.Count(now, []byte("\n")) != 14 || !bytes.HasPrefix(now, text[:bytes.LastIndexByte(text[:len(text)-1], '\n')+1]) {
		t.Errorf("%s", now)
	}
	before := read(t, log)
	v = view(t, "--decisions", log, "--read-only", set)
	if code, text := v.decide(0, "accept", "C"); code != http.StatusBadRequest {
		t.Errorf("read-only: %d %s", code, text)
	}
	_, _ = v.end()
	for _, tt := range []struct {
		name string
		args []string
		text string // of the log
		code int
		want string
	}{
		{"another dataset", []string{"--decisions", log, filepath.Join(dir, "other.json")}, string(before), ui.ExitBadData, "the decisions are about another dataset: of 6 annotations, not 5"},
		{"no log", []string{"--decisions", log, set}, "{}\n", ui.ExitBadData, "line 1: found no log of decisions"},
		{"damaged", []string{"--decisions", log, set}, strings.Replace(string(before), "{\"annotation\":2", "{\"annot\x00tion\":2", 1), ui.ExitBadData, "line "},
		{"the dataset itself", []string{"--decisions", set, set}, string(before), ui.ExitUsage, "is also an input"},
	} {
		clitest.Write(t, filepath.Join(dir, "other.json"), []byte(labels(5)))
		clitest.Write(t, log, []byte(tt.text))
		code, _, stderr := clitest.Hubdata(t, t.Context(), append([]string{"view", "--no-open"}, tt.args...)...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || string(read(t, log)) != tt.text || string(read(t, set)) != labels(6) {
			t.Errorf("%s: exit code %d: %s", tt.name, code, stderr)
		}
	}
}

// labels is a dataset of n annotations with scores.
func labels(n int) string {
	var b strings.Builder
	b.WriteString(`{"images":[{"id":1,"file_name":"a.png","height":64,"width":64}],"categories":[{"id":1,"name":"vessel"}],"annotations":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"image_id":1,"category_id":1,"bbox":[%d,1,4,4],"area":16,"iscrowd":0,"segmentation":[[%[2]d,1,%d,1,%[3]d,5,%[2]d,5]],"score":0.%[4]d}`, i+1, 5*i, 5*i+4, i+1)
	}
	return b.String() + "]}"
}

// TestLineage: the files on the page, what they were made from, and what became of it meanwhile.
func TestLineage(t *testing.T) {
	t.Chdir(t.TempDir())
	made := func(command, name, text string) string {
		return fmt.Sprintf(`{"info":{"description":"x","hubdata":{"version":"1","command":%q,"options":{"thr":0.5,"b":"<i>"},"inputs":[{"name":%q,"bytes":%d,"sha256":"%x"}]}},`, command, name, len(text), sha256.Sum256([]byte(text)))
	}
	const table = "id,<b>\n"
	first := made("convert", "<t>.csv", table) + labels(1)[1:]
	clitest.Write(t, "<t>.csv", []byte(table))
	clitest.Write(t, "first.json", []byte(first))
	clitest.Write(t, "set.json", []byte(made("filter", "first.json", first)+labels(2)[1:]))
	clitest.Write(t, "model.json", []byte(`[{"image_id":1,"category_id":1,"bbox":[1,1,4,4],"score":0.5}]`))
	v := view(t, "set.json", "model.json")
	chain := func(query string) string {
		t.Helper()
		var got struct {
			Shown []struct {
				Name, Shows, State string
				File               int
			}
			Files []struct {
				Name, Made, Options, Verdict string
				Inputs                       []struct {
					Name, State string
					File        int
				}
			}
			Below   []string
			Picture bool
		}
		v.ask(&got, "data/lineage"+query)
		var b strings.Builder
		for _, s := range got.Shown {
			fmt.Fprintf(&b, "%s (%s) %s %d; ", s.Name, s.Shows, s.State, s.File)
		}
		for i, f := range got.Files {
			fmt.Fprintf(&b, "%d %s: %s %s %s", i, f.Name, f.Made, f.Options, f.Verdict)
			for _, in := range f.Inputs {
				fmt.Fprintf(&b, " %s %s %d", in.Name, in.State, in.File)
			}
			b.WriteString("; ")
		}
		return b.String() + fmt.Sprint(got.Below, got.Picture)
	}
	const made1, made2 = `convert, hubdata 1 b=\u003ci\u003e thr=0.5`, `filter, hubdata 1 b=\u003ci\u003e thr=0.5`
	if code, _ := v.try("data/lineage.svg"); code != http.StatusBadRequest {
		t.Errorf("a picture before it is known: %d", code)
	}
	sound := "set.json (labels) unchanged 2; model.json (predictions: model) unchanged 3; 0 <t>.csv:   ; 1 first.json: " + made1 + " verified <t>.csv unchanged 0; 2 set.json: " + made2 + " verified first.json unchanged 1; 3 model.json:   ; [.] true"
	if got := chain(""); got != sound {
		t.Errorf("found    %s\nexpected %s", got, sound)
	}
	if svg := string(v.get("data/lineage.svg")); !strings.Contains(svg, "&lt;t&gt;.csv") || strings.Contains(svg, "<t>") {
		t.Errorf("a name became markup: %s", svg)
	}
	var of struct{ Made, Options, File string }
	if v.ask(&of, "data/instance?layer=labels&index=0"); of.Made+" "+of.Options != made2 || of.File != "set.json" {
		t.Errorf("a label was made by %+v", of)
	}
	if v.ask(&of, "data/instance?layer=0&index=0"); of.Made != "" || of.Options != "" || of.File != "model.json" {
		t.Errorf("a prediction was made by %+v", of)
	}
	clitest.Write(t, "<t>.csv", []byte("id,c\n"))
	clitest.Write(t, "model.json", []byte("[]"))
	if err := os.Remove("set.json"); err != nil {
		t.Fatal(err)
	}
	if got := chain(""); got != sound {
		t.Errorf("it was traced again: %s", got)
	}
	expected := "set.json (labels) gone -1; model.json (predictions: model) changed 0; 0 model.json:   ; [.] false"
	if got := chain("?again=1"); got != expected {
		t.Errorf("found    %s\nexpected %s", got, expected)
	}
	clitest.Write(t, "set.json", []byte(made("filter", "first.json", first)+labels(3)[1:]))
	expected = "set.json (labels) changed 2; model.json (predictions: model) changed 3; 0 <t>.csv (gone):   ; 1 first.json: " + made1 + " changed <t>.csv changed 0; 2 set.json: " + made2 + " verified first.json unchanged 1; 3 model.json:   ; [.] true"
	if got := chain("?again=1"); got != expected {
		t.Errorf("found    %s\nexpected %s", got, expected)
	}
}

// TestNothingStays: a run that ends leaves no goroutine.
func TestNothingStays(t *testing.T) {
	dir := demo()
	before := runtime.NumGoroutine()
	v := view(t, filepath.Join(dir, "ds3_truth.json"))
	_ = v.get("data/picture/0/0/0/0")
	_, _ = v.end()
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, before %d", runtime.NumGoroutine(), before)
}

// TestErrors: what cannot be shown is an error before a page is served.
func TestErrors(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	clitest.Write(t, "a.json", []byte(labels(2)))
	clitest.Write(t, "empty.json", []byte(`{"images":[],"annotations":[],"categories":[]}`))
	clitest.Write(t, "r.json", []byte(`[{"image_id":1,"category_id":1,"score":0.5,"bbox":[1,1,2,2]}]`))
	clitest.Write(t, "elsewhere.json", []byte(`[{"image_id":7,"category_id":1,"score":0.5,"bbox":[1,1,2,2]}]`))
	clitest.Write(t, "twice.json", []byte(strings.Replace(labels(2), `"id":2,"image_id"`, `"id":1,"image_id"`, 1)))
	taken := view(t, "a.json")
	port := taken.url[strings.LastIndex(taken.url[:len("http://127.0.0.1:65535")], ":")+1:]
	port = port[:strings.IndexByte(port, '/')]
	for _, tt := range []struct {
		line string
		code int
		want string
	}{
		{"--port " + port + " a.json", ui.ExitFailure, "--port: port " + port + ": another program listens on it"},
		{"--port 70000 a.json", ui.ExitUsage, "--port: 70000 is not from 0 to 65535"},
		{"--iou 0.605 a.json", ui.ExitUsage, "--iou: 0.605 is not from 0.05 to 1 in steps of 0.01"},
		{"--read-only a.json", ui.ExitUsage, "--read-only has no effect without --decisions"},
		{"--reviewer A a.json", ui.ExitUsage, "--reviewer has no effect"},
		{"--class nerve a.json", ui.ExitUsage, `--class: a.json has no class "nerve"`},
		{"empty.json", ui.ExitBadData, "empty.json has no images: there is nothing to show"},
		{"r.json", ui.ExitUsage, "r.json is a list of results, without images"},
		{"r.json a.json", ui.ExitUsage, "r.json is a list of results, without images"},
		{"a.json a.json", ui.ExitUsage, "a.json is both the dataset and the predictions"},
		{"a.json elsewhere.json", ui.ExitBadData, "elsewhere.json: [0].image_id"},
		{"none.json", ui.ExitFailure, "none.json"},
		{"--decisions log.jsonl twice.json", ui.ExitBadData, "annotations[1].id: found 1, but annotations[0] also has this id"},
		{"--decisions - a.json", ui.ExitUsage, "--decisions: a log is a file"},
		{"--decisions none.jsonl --read-only a.json", ui.ExitFailure, "none.jsonl"},
		{"--folds none.csv a.json", ui.ExitFailure, "none.csv"},
	} {
		code, stdout, stderr := clitest.Hubdata(t, t.Context(), append([]string{"view", "--no-open"}, strings.Fields(tt.line)...)...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || stdout != "" {
			t.Errorf("%s: exit code %d: %s", tt.line, code, stderr)
		}
	}
}

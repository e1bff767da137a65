package app_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/internal/longtest"
)

// combs are polygons of teeth points, each of which crosses an image of size x size
// pixels; the text of one is of some kilobytes, its mask of millions of runs.
func combs(n, teeth, size int) []string {
	texts := make([]string, n)
	for k := range texts {
		var b strings.Builder
		fmt.Fprintf(&b, "0,%d,", k)
		for i := range teeth {
			fmt.Fprintf(&b, "%d,%d,1,%d,", size-k, i*size/teeth, i*size/teeth+size/teeth/2)
		}
		fmt.Fprintf(&b, "0,%d", size)
		texts[k] = b.String()
	}
	return texts
}

// TestMaskBombs gives every command that fills masks polygons of few points and of
// many runs: one that is too much, many that are just small enough, and many rings.
func TestMaskBombs(t *testing.T) {
	longtest.Only(t)
	const size = 1 << 15
	sets := []struct {
		name  string
		rings []string // the rings of one polygon, or "" and one polygon each
		whole bool
	}{
		{"one polygon", combs(1, 4000, size), false},
		{"many polygons", combs(40, 15, size), false},
		{"many rings", combs(200, 15, size), true},
	}
	commands := [][]string{
		{"check", "--image-dir", ".", "truth.json"},
		{"check", "--fix", "-o", "out.json", "truth.json"},
		{"stats", "truth.json"},
		{"eval", "truth.json", "dt.json"},
		{"eval", "--type", "boundary", "truth.json", "dt.json"},
		{"show", "-o", "out.png", "truth.json"},
		{"show", "-o", "out.png", "truth.json", "dt.json"},
		{"report", "-o", "out.html", "--truth", "truth.json", "--predictions", "dt.json", "truth.json"},
		{"merge", "--drop-duplicates", "-o", "out.json", "truth.json"},
		{"folds", "--coco", "two.json", "-k", "2", "-o", "out.csv"},
		{"submission", "encode", "--images", "truth.json", "--tiles", "truth.json", "-o", "out.csv", "dt.json"},
		{"pseudo", "--images", "truth.json", "--model", "a=dt.json", "--thr", "0.1", "-o", "out.json", "empty"},
		{"convert", "-o", "out", "--tile-size", "32768"},
	}
	for _, set := range sets {
		list := make([]string, 0, len(set.rings))
		if set.whole {
			list = append(list, "[["+strings.Join(set.rings, "],[")+"]]")
		} else {
			for _, r := range set.rings {
				list = append(list, "[["+r+"]]")
			}
		}
		var truth, dt, lines strings.Builder
		head := fmt.Sprintf(`{"images":[{"id":1,"file_name":"a.png","height":%d,"width":%d}`, size, size)
		tail := `],"categories":[{"id":1,"name":"blood_vessel"}],"annotations":[`
		for i, s := range list {
			if i > 0 {
				truth.WriteByte(',')
				dt.WriteByte(',')
				lines.WriteByte(',')
			}
			fmt.Fprintf(&truth, `{"id":%d,"image_id":1,"category_id":1,"bbox":[1,1,9,9],"area":81,"iscrowd":0,"segmentation":%s}`, i+1, s)
			fmt.Fprintf(&dt, `{"image_id":1,"category_id":1,"score":0.5,"bbox":[1,1,9,9],"segmentation":%s}`, s)
			fmt.Fprintf(&lines, `{"type":"blood_vessel","coordinates":[%s]}`, pairs(s))
		}
		files := map[string]string{
			"truth.json":     head + tail + truth.String() + "]}",
			"two.json":       head + fmt.Sprintf(`,{"id":2,"file_name":"b.png","height":%d,"width":%d}`, size, size) + tail + truth.String() + "]}",
			"dt.json":        "[" + dt.String() + "]",
			"tile_meta.csv":  clitest.GoodTiles,
			"polygons.jsonl": `{"id":"aaaaaaaaaaa1","annotations":[` + lines.String() + "]}\n",
		}
		for _, args := range commands {
			t.Run(set.name+"/"+strings.Join(args, " "), func(t *testing.T) {
				t.Chdir(t.TempDir())
				if err := os.Mkdir("empty", 0o777); err != nil {
					t.Fatal(err)
				}
				for name, text := range files {
					raw([]byte(text))(t, name)
				}
				peak, code, output := runPeak(t, args...)
				t.Logf("%d MB, exit code %d; %.400s", peak>>20, code, output)
				if strings.Contains(output, "goroutine ") {
					t.Error("it crashed")
				}
				if peak > bombPeak {
					t.Errorf("%d MB of memory, expected at most %d", peak>>20, bombPeak>>20)
				}
				if !strings.Contains(output, "too many runs") && set.name == "one polygon" && args[0] != "folds" && args[0] != "merge" {
					t.Errorf("the output does not say why: %s", output)
				}
			})
		}
	}
}

// pairs writes a list of coordinates as polygons.jsonl has it.
func pairs(s string) string {
	numbers := strings.Split(strings.NewReplacer("[", "", "]", "").Replace(s), ",")
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i+1 < len(numbers); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("[" + numbers[i] + "," + numbers[i+1] + "]")
	}
	return b.String() + "]"
}

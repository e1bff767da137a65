package tunecmd_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, nil) }

// run runs a command line whose words are apart by blanks, and returns its standard output.
func run(t *testing.T, line string) string {
	t.Helper()
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), strings.Fields(line)...)
	if code != 0 {
		t.Fatalf("%s: exit code %d: %s", line, code, stderr)
	}
	return stdout
}

// TestPresetIsWhatWasScored: the ground truth is nearly what one setting makes, so that a search finds that. hubdata pseudo
// makes of the preset the bytes that it makes of the setting's flags, and hubdata eval the score that the search reports, to
// the last bit.
func TestPresetIsWhatWasScored(t *testing.T) {
	t.Chdir(t.TempDir())
	run(t, "demo --no-convert --quiet d")
	const models = "pseudo --quiet --images d/ds3_truth.json --model a=d/predictions/cascade.segm.json --model b=d/predictions/vit.segm.json "
	run(t, models+"--vote 0.25 --iou 0.5 --calibrate a=2 --weight b=3 --rescore agreement --post dilate:cross:3 --thr 0.02 -o truth.json")
	clitest.Write(t, "space.yaml", []byte("vote: [0.2, 0.5]\niou: [0.45, 0.6]\ncalibrate: {a: [1, 2]}\nweight: {b: [1, 3]}\nrescore: [none, agreement]\npost: [fill, \"dilate:cross:2\"]\n"))
	for goal, iou := range map[string]string{"hubmap": "0.6", "ap@0.75": "0.75"} {
		var sum struct {
			Together     struct{ Optimistic float64 }
			Best, Chosen []struct{ Name, Value string }
		}
		text := run(t, "tune --truth truth.json --model a=d/predictions/cascade.segm.json --model b=d/predictions/vit.segm.json --space space.yaml --samples 20 --goal "+goal+" -o preset.json --json")
		if err := json.Unmarshal([]byte(text), &sum); err != nil {
			t.Fatal(err)
		}
		flags := ""
		for _, k := range sum.Chosen {
			flag, model, of := strings.Cut(k.Name, ":")
			if flags += "--" + flag + " "; of {
				flags += model + "="
			}
			flags += k.Value + " "
		}
		if len(sum.Chosen) != 6 || !slices.Equal(sum.Best, sum.Chosen) || !strings.Contains(flags, "dilate:cross:2") {
			t.Fatalf("%s: chose %v, expected nearly the setting that made the ground truth", goal, sum.Chosen)
		}
		run(t, models+flags+"--thr 0.5 --results flags.segm.json -o x.json")
		run(t, models+"--preset preset.json --thr 0.5 --results preset.segm.json -o x.json")
		if list := clitest.Files(t, "."); list["flags.segm.json"] != list["preset.segm.json"] {
			t.Errorf("%s: the preset gives other results than %s", goal, flags)
		}
		var score struct {
			At     []struct{ AP float64 }
			HuBMAP float64
		}
		text = run(t, "eval --json --iou "+iou+" truth.json preset.segm.json")
		if err := json.Unmarshal([]byte(text), &score); err != nil {
			t.Fatal(err, text)
		}
		got := score.HuBMAP
		if goal != "hubmap" {
			got = score.At[0].AP
		}
		if got != sum.Together.Optimistic || got > 0.999 {
			t.Errorf("%s: hubdata eval scores %v, the search %v", goal, got, sum.Together.Optimistic)
		}
	}
}

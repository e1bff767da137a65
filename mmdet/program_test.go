package mmdet_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/mmdet"
)

// commands is a recipe without MMDetection.
const commands = `version: 1
name: commands
classes: [blood_vessel]
tool: {python: env/bin/python}
roots: {work: /work}
datasets:
  t: {coco: t.json}
  v: {coco: v.json, images: other}
  y: {folder: yolo/t, build: {command: [export, --to, yolo-seg, --image-dir, "{images}", -o, "{out}", "{id:t}"]}}
  ds3: {coco: ds3.json}
  p: {coco: p.json}
stages:
  - id: a
    kind: command
    train: y
    val: v
    epochs: 3
    batch_per_gpu: 4
    init: {file: w.pt}
    argv: &argv ["{python}", train.py, "--data={train}", {{"{val}"}}, --epochs, "{epochs}", "{gpus}", [--seed, "{seed}"], [--init, "{init}"], [--resume, "{resume}"], "{{}}"]
    env: {NAME: "{work}/x", N: 4, ABSENT: "{seed}"}
    files: [train.py]
    output: {checkpoints: "weights/e{epoch}.pt", scores: {file: scores.jsonl}}
  - {id: b, kind: command, train: t, argv: [bin/train, "{train}"], resume_argv: [bin/train, --again, "{resume}"], gpus: 0, output: {last: last.pt, best: "best_{epoch}.pt"}, init: {stage: a, pick: "epoch:2"}}
  - {id: i, kind: command, on: ds3, from: {stage: b, pick: best}, argv: [bin/predict, "{init}", "{on}", "{images}", "{results}", "{results2}", "{id:v}"], output: {results: [a.json, sub/b.json]}}
  - {id: f, kind: fuse, inputs: [i]}
  - {id: fp, kind: fuse, inputs: [i], weight: {i: 2}, preset: tuned.json}
  - {id: ps, kind: pseudo, inputs: [i], thr: 0.5, out: p}
`

func readCommands(t *testing.T, text string) *mmdet.Recipe {
	t.Helper()
	return read(t, strings.ReplaceAll(text, `{{"{val}"}}`, `"{val}"`))
}

func TestProgramCommand(t *testing.T) {
	r := readCommands(t, commands)
	if s := r.Stage("a"); s.Pick != "best" || s.Metric != "segm_mAP" || !s.Trains() || s.Predicts() ||
		r.Stage("b").Pick != "best" || !r.Stage("i").Predicts() {
		t.Errorf("got %+v", s)
	}
	for _, c := range []struct {
		id   string
		in   mmdet.Resolved
		want string
	}{
		{"a", mmdet.Resolved{}, "/recipes/env/bin/python train.py --data=/recipes/coco_data/yolo/t /recipes/coco_data/v.json --epochs 3 1 --init /recipes/w.pt {}" +
			" [N=4 NAME=/work/a/x] /recipes"},
		{"a", mmdet.Resolved{Resume: "/work/a/weights/e2.pt"}, "/recipes/env/bin/python train.py --data=/recipes/coco_data/yolo/t /recipes/coco_data/v.json --epochs 3 1 --init /recipes/w.pt" +
			" --resume /work/a/weights/e2.pt {} [N=4 NAME=/work/a/x] /recipes"},
		{"b", mmdet.Resolved{LoadFrom: "/work/a/weights/e2.pt"}, "/recipes/bin/train /recipes/coco_data/t.json [] /recipes"},
		{"b", mmdet.Resolved{LoadFrom: "x", Resume: "/work/b/last.pt"}, "/recipes/bin/train --again /work/b/last.pt [] /recipes"},
		{"i", mmdet.Resolved{LoadFrom: "/work/b/best_2.pt"}, "/recipes/bin/predict /work/b/best_2.pt /recipes/coco_data/ds3.json /recipes/train /work/i/a.json /work/i/sub/b.json /recipes/coco_data/v.json [] /recipes"},
		{"fp", mmdet.Resolved{}, "hubdata pseudo --model i=/work/i/a.json,/work/i/sub/b.json --weight i=2 --preset /recipes/tuned.json --images /recipes/coco_data/ds3.json --results /work/fp/fused.segm.json -o /work/fp/fused.json /recipes [] /work"},
		{"f", mmdet.Resolved{}, "hubdata pseudo --model i=/work/i/a.json,/work/i/sub/b.json --images /recipes/coco_data/ds3.json --results /work/f/fused.segm.json -o /work/f/fused.json /recipes [] /work"},
		{"build-y", mmdet.Resolved{}, "hubdata export --to yolo-seg --image-dir /recipes/train -o /recipes/coco_data/yolo/t /recipes/coco_data/t.json [] /recipes"},
	} {
		cmd, err := r.Command(r.Stage(c.id), &c.in, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(strings.Join(cmd.Argv, " "), " ", cmd.Env, " ", cmd.Dir); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.id, got, c.want)
		}
	}
	if _, err := r.Command(r.Stage("b"), &mmdet.Resolved{}, ""); err == nil ||
		!strings.Contains(err.Error(), "the checkpoint of stage a is not known yet") {
		t.Error(err)
	}
	if _, err := r.Overlay(r.Stage("a"), &mmdet.Resolved{}); err == nil {
		t.Error("a command has a config")
	}
	if got := strings.Join(r.Needs(r.Stage("i")), " "); got != "b" {
		t.Errorf("i needs %s", got)
	}
	if got := strings.Join(r.Needs(r.Stage("a")), " "); got != "build-y" {
		t.Errorf("a needs %s", got)
	}
	if n := r.TotalGPUs(r.Stage("b")); n != 0 {
		t.Errorf("b has %d GPUs", n)
	}
	if got := r.Inputs(r.Stage("a"), &mmdet.Resolved{}); strings.Join(got,
		" ") != "/recipes/w.pt /recipes/train.py /recipes/coco_data/yolo/t /recipes/coco_data/v.json" {
		t.Errorf("inputs of a: %v", got)
	}
}

func TestProgramUnderSlurm(t *testing.T) {
	r := readCommands(t, strings.Replace(commands, "tool:", "launch: {engine: slurm, gpus: 2, nodes: 2}\ntool:", 1))
	if got := strings.Join(r.Srun(r.Stage("a"), true),
		" "); got != "srun --nodes=2 --ntasks=2 --ntasks-per-node=1 --kill-on-bad-exit=1" {
		t.Error(got)
	}
	if got := r.Srun(r.Stage("b"), true); got != nil {
		t.Errorf("without a GPU: %v", got)
	}
	if got := strings.Join(r.Sbatch(r.Stage("b"), nil, "x", "y"), " "); strings.Contains(got, "gres") ||
		!strings.Contains(got, "--nodes=1") {
		t.Error(got)
	}
}

// TestBadCommands makes one change to the recipe of commands at a time.
func TestBadCommands(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown placeholder", `"{epochs}"`, `"{epoch}"`, `stages[0].argv[5]: found {epoch}, expected {python}, {train}`},
		{"no value", `[--seed, "{seed}"]`, `"{seed}"`,
			`stages[0].argv[7]: found {seed}, but the stage does not set it: set it, or write the words in an inner list`},
		{"resume at the first start", `[--resume, "{resume}"]`, `"{resume}"`,
			`stages[0].argv[9]: found {resume}, which has no value at the first start`},
		{"single brace", `"{{}}"`, `"{x"`,
			`"{x": found a single brace, expected a placeholder such as {train}, or {{ or }} for a brace`},
		{"unknown dataset", `"{id:v}"`, `"{id:w}"`, `found unknown dataset "w": did you mean t?`},
		{"no argv", `argv: [bin/train, "{train}"], `, ``, `stages[1].argv: found none, expected a program`},
		{"no program", `argv: [bin/train,`, `argv: [[bin/train],`, `stages[1].argv[0]: found no program`},
		{"resume_argv without a checkpoint", `--again, "{resume}"`, `--again`, `stages[1].resume_argv: found no {resume}`},
		{"train and on", `train: t, argv`, `train: t, on: ds3, argv`, `stages[1].on: found both train and on`},
		{"neither", `train: t, argv`, `argv`, `found neither train nor on`},
		{"on with pick", `on: ds3, from`, `on: ds3, pick: best, from`, `stages[2].pick: found pick in a stage that predicts`},
		{"a folder to predict", `on: ds3, from`, `on: y, from`,
			`stages[2].on: found y, which is a folder of another format, expected a COCO dataset`},
		{"no output", `, output: {results: [a.json, sub/b.json]}`, ``, `stages[2].output: found none`},
		{"no results", `results: [a.json, sub/b.json]`, `results: []`, `stages[2].output.results: found none`},
		{"results outside", `results: [a.json`, `results: [../a.json`,
			`output.results[0]: found "../a.json", expected a name in the stage's folder`},
		{"results with checkpoints", `results: [a.json, sub/b.json]`, `results: [a.json, sub/b.json], last: x`,
			`found last in a stage that predicts`},
		{"checkpoints without epoch", `e{epoch}.pt`, `e.pt`, `found "weights/e.pt", expected a name with one {epoch}`},
		{"epoch in a folder", `weights/e{epoch}.pt`, `w{epoch}/e.pt`, `which is not in the name of a folder`},
		{"absolute", `weights/e{epoch}.pt`, `/e{epoch}.pt`, `expected a name in the stage's folder`},
		{"hubdata's folder", `weights/e{epoch}.pt`, `hubdata/e{epoch}.pt`, `the folder hubdata is that of hubdata`},
		{"best of nothing", `scores: {file: scores.jsonl}`, `last: x.pt`,
			`stages[0].output: the best checkpoint is picked, but nothing says which it is`},
		{"epoch of nothing", `checkpoints: "weights/e{epoch}.pt", scores: {file: scores.jsonl}`, `best: x.pt`,
			`stages[0].output: the checkpoint of an epoch is picked, but nothing says which it is`},
		{"scores of no kind", `file: scores.jsonl`, `file: scores.txt`, `expected a name that ends in .csv, .json, .jsonl`},
		{"scores twice", `file: scores.jsonl`, `file: scores.jsonl, log: x`, `output.scores: found 2 of file and log`},
		{"pattern", `file: scores.jsonl`, `log: "("`, `found a pattern that is not valid`},
		{"pattern without groups", `file: scores.jsonl`, `log: "epoch (\\d+)"`,
			`expected a group named epoch and one named by a score`},
		{"first epoch", `checkpoints: "weights`, `first_epoch: 2, checkpoints: "weights`,
			`stages[0].output.first_epoch: found 2, expected 0 or 1`},
		{"coco and folder", `y: {folder`, `y: {coco: x.json, folder`,
			`datasets.y: found 2 of coco, plan and folder, expected only one`},
		{"config", `train: t, argv`, `train: t, config: x, argv`,
			`stages[1].config: unknown key for a stage of kind command`},
		{"MMDetection on a folder", `  - {id: f, kind: fuse, inputs: [i]}`,
			`  - {id: f, kind: train, config: x.py, train: y}`, `dialect: found none, expected mmdet2 or mmdet3`},
		{"a training as input", `fuse, inputs: [i]`, `fuse, inputs: [a]`,
			`found "a", which is not a stage of kind infer or command with on`},
		{"a prediction as weights", `init: {stage: a, pick: "epoch:2"}`, `init: {stage: i}`,
			`found "i", which is not a stage of kind train or command with train`},
		{"needs", `python: env/bin/python`, `needs: [{module: "a b", version: "1.2"}]`, `tool.needs[0].module: found "a b"`},
		{"version", `python: env/bin/python`, `needs: [{module: a, version: "1.2"}]`,
			`tool.needs[0].version: found "1.2", expected terms such as`},
		{"not a word", `bin/predict,`, `bin/predict, {a: b},`, `stages[2].argv[1]: found keys, expected text`},
		{"not a list", `argv: [bin/train, "{train}"]`, `argv: bin/train`,
			`stages[1].argv: found "bin/train", expected a list of words`},
		{"environment", `N: 4`, `"A=B": 4`, `found "A=B", expected the name of an environment variable`},
		{"negative GPUs", `gpus: 0`, `gpus: -1`, `stages[1].gpus: found -1, expected at least 0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(commands, c.old, c.new, 1)
			if text == commands {
				t.Fatalf("%q is not in the recipe", c.old)
			}
			_, err := mmdet.ReadRecipe(strings.NewReader(strings.ReplaceAll(text, `{{"{val}"}}`, `"{val}"`)),
				"/recipes/recipe.yaml")
			var bad *mmdet.RecipeError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

const wholeWeights = "PK\x03\x04 weights PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// TestProgramWorkDir: what programs leave, and what is picked and resumed from.
func TestProgramWorkDir(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o644} }
	w := file(wholeWeights)
	three := fstest.MapFS{"e1.pt": w, "e2.pt": w, "e3.pt": w, "e03x.pt": w, "x.pt": w}
	scores := func(lines ...string) fstest.MapFS {
		return fstest.MapFS{"s.jsonl": file(strings.Join(lines, "\n") + "\n")}
	}
	const numbered = `checkpoints: "e{epoch}.pt", `
	for _, c := range []struct {
		name, output, stage string
		files               []fstest.MapFS
		pick                string
		want                string // file, epoch and score, or a part of the error
		resume              string
	}{
		{"best", numbered + "scores: {file: s.jsonl}", "",
			[]fstest.MapFS{three, scores(`{"epoch": 1, "m": 0.1}`, `{"epoch": 2, "m": 0.3}`, `{"epoch": 3, "m": 0.3}`)}, "best",
			"e2.pt 2 0.3", "e3.pt"},
		{"best of zeros", numbered + "scores: {file: s.jsonl}", "",
			[]fstest.MapFS{three, scores(`{"epoch": 1, "m": 0}`, `{"epoch": 2, "m": 0.0}`)}, "best", "e1.pt 1 0", "e2.pt"},
		{"a later line counts", numbered + "scores: {file: s.jsonl}", "",
			[]fstest.MapFS{three, scores(`{"epoch": 1, "m": 0.9}`, `{"loss": 1}`, `{"epoch": 2, "m": 0.3}`,
				`{"epoch": 1, "m": 0.2}`)}, "best", "e2.pt 2 0.3", "e2.pt"},
		{"a cut line", numbered + "scores: {file: s.jsonl}", "",
			[]fstest.MapFS{three, {"s.jsonl": file("{\"epoch\": 1, \"m\": 0.1}\n{\"epoch\": 2, \"m\": 0.9")}}, "best",
			"e1.pt 1 0.1", "e1.pt"},
		{"nested names", numbered + "scores: {file: s.jsonl, epoch: e.0}", "m.1",
			[]fstest.MapFS{three, scores(`{"e": [1], "m": [3, 0.1]}`, `{"e": [2], "m": [2, 0.2]}`)}, "best", "e2.pt 2 0.2",
			"e2.pt"},
		{"NaN", numbered + "scores: {file: s.jsonl}", "",
			[]fstest.MapFS{three, scores(`{"epoch": 1, "m": NaN}`, `{"epoch": 2, "m": 0.1}`)}, "best", "e2.pt 2 0.1", "e2.pt"},
		{"not JSON", numbered + "scores: {file: s.jsonl}", "", []fstest.MapFS{three, scores(`{"epoch": 1}`, `oops`)}, "best",
			`s.jsonl:2: found "oops", expected a JSON object in each line`, ""},
		{"half an epoch", numbered + "scores: {file: s.jsonl}", "", []fstest.MapFS{three, scores(`{"epoch": 1.5, "m": 1}`)},
			"best", `s.jsonl:1: epoch is 1.5, expected a whole number from 1`, ""},
		{"epoch 0", numbered + "scores: {file: s.jsonl}", "", []fstest.MapFS{three, scores(`{"epoch": 0, "m": 1}`)}, "best",
			`epoch is 0, expected a whole number from 1: first_epoch in the recipe`, ""},
		{"counted from 0", `first_epoch: 0, ` + numbered + "scores: {file: s.jsonl, first_epoch: 0}", "",
			[]fstest.MapFS{three, scores(`{"epoch": 1, "m": 0.1}`, `{"epoch": 2, "m": 0.2}`)}, "best", "e2.pt 3 0.2", "e2.pt"},
		{"a table", numbered + "scores: {file: s.csv}", "metrics/mAP50-95(M)",
			[]fstest.MapFS{three, {"s.csv": file("epoch,  time, metrics/mAP50-95(M)\n1, 3.5, 0.25\n2, 4, 0.125\n\n3,,nope\n")}},
			"best", "e1.pt 1 0.25", "e2.pt"},
		{"several lines of an epoch", `first_epoch: 0, ` + numbered + "scores: {file: s.csv, first_epoch: 0}", "",
			[]fstest.MapFS{three, {"s.csv": file("epoch,loss,m\n1,2,\n1,,0.5\n2,1,\n2,,0.25\nepoch,loss,m\n2,,0.125\n")}},
			"best", "e1.pt 2 0.5", "e2.pt"},
		{"no column", numbered + "scores: {file: s.csv}", "", []fstest.MapFS{three, {"s.csv": file("step,m\n1,2\n")}}, "best",
			"s.csv:1: found the columns step, m, expected a column epoch", ""},
		{"no epoch", numbered + "scores: {file: s.csv}", "", []fstest.MapFS{three, {"s.csv": file("epoch,m\n1,2\n,3\n")}},
			"best", "s.csv:3: found no number in the column epoch", ""},
		{"quotes", numbered + "scores: {file: s.csv}", "", []fstest.MapFS{three, {"s.csv": file("epoch,m\n1,\"2\n3,4\n")}},
			"best", "expected a CSV table", ""},
		{"a pattern", numbered + `scores: {log: "Epoch (?P<epoch>\\d+).* mAP=(?P<m>[0-9.]+)"}`, "",
			[]fstest.MapFS{three, {"hubdata/console.log": file("start\nEpoch 1: loss 3 mAP=0.5\nEpoch 2: loss 2 mAP=0.4\n")}},
			"best", "e1.pt 1 0.5", "e2.pt"},
		{"a pattern of words", numbered + `scores: {log: "Epoch (?P<epoch>\\d+).* mAP=(?P<m>\\S+)"}`, "",
			[]fstest.MapFS{three, {"hubdata/console.log": file("Epoch 1: mAP=high\n")}}, "best",
			`console.log:1: found "high" for the group m, expected a number`, ""},
		{"best deleted", numbered + "scores: {file: s.jsonl}", "",
			[]fstest.MapFS{{"e3.pt": w}, scores(`{"epoch": 1, "m": 0.9}`, `{"epoch": 3, "m": 0.3}`)}, "best",
			"the best m is 0.9 in epoch 1 (s.jsonl:1), but there is no checkpoint of that epoch: found e3.pt", "e3.pt"},
		{"no score", numbered + "scores: {file: s.jsonl}", "", []fstest.MapFS{three}, "best", "the scores have no m",
			"e3.pt"},
		{"only nan", numbered + "scores: {file: s.jsonl}", "", []fstest.MapFS{three, scores(`{"epoch": 1, "m": NaN}`, `{"epoch": 2, "m": NaN}`)},
			"best", "the scores have no number for m, only nan", "e2.pt"},
		{"last", numbered, "", []fstest.MapFS{three}, "last", "e3.pt 3 -", "e3.pt"},
		{"last before the scores end", numbered + "scores: {file: s.jsonl}", "",
			[]fstest.MapFS{{"e1.pt": w}, scores(`{"epoch": 1, "m": 0.9}`, `{"epoch": 2, "m": 0.3}`)}, "last",
			"found e1.pt, but the scores continue to epoch 2 (s.jsonl:2)", "e1.pt"},
		{"checkpoint before its scores", numbered + "scores: {file: s.jsonl}", "",
			[]fstest.MapFS{three, scores(`{"epoch": 1, "m": 0.9}`, `{"epoch": 2, "m": 0.3}`)}, "epoch:3", "e3.pt 3 -", "e2.pt"},
		{"a named last", "last: w/last.pt", "", []fstest.MapFS{{"w/last.pt": w}}, "last", "w/last.pt 0 -", "w/last.pt"},
		{"no last", "last: w/last.pt", "", nil, "last", "found no w/last.pt: found nothing", ""},
		{"a named best", "best: best.pt, scores: {file: s.jsonl}", "",
			[]fstest.MapFS{{"best.pt": w}, scores(`{"epoch": 1, "m": 0.9}`)}, "best", "best.pt 0 -", ""},
		{"a numbered best", `best: "b{epoch}.pt", scores: {file: s.jsonl}`, "",
			[]fstest.MapFS{{"b2.pt": w}, scores(`{"epoch": 2, "m": 0.9}`)}, "best", "b2.pt 2 0.9", ""},
		{"another best", `best: "b{epoch}.pt", scores: {file: s.jsonl}`, "",
			[]fstest.MapFS{{"b1.pt": w}, scores(`{"epoch": 1, "m": 0.5}`, `{"epoch": 2, "m": 0.9}`)}, "best",
			"found b1.pt, but the best m is 0.9 in epoch 2", ""},
		{"two best", `best: "b{epoch}.pt"`, "", []fstest.MapFS{{"b1.pt": w, "b2.pt": w}}, "best",
			"found b1.pt, b2.pt, and the recipe names no scores, expected one best file", ""},
		{"truncated", numbered, "", []fstest.MapFS{{"e1.pt": w, "e2.pt": file("PK\x03\x04 cut")}}, "last",
			"its file e2.pt is truncated", "e1.pt"},
		{"no folder", `checkpoints: "w/e{epoch}.pt"`, "", nil, "last", "found none, expected one such as w/e{epoch}.pt", ""},
		{"no resume", numbered, "no resume", []fstest.MapFS{three}, "last", "e3.pt 3 -", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			metric, resume := "m", `, [--resume, "{resume}"]`
			switch c.stage {
			case "":
			case "no resume":
				resume = ""
			default:
				metric = c.stage
			}
			pick := c.pick
			text := "version: 1\nname: x\nclasses: [v]\ndatasets: {t: {coco: t.json}}\nstages:\n  - {id: s, kind: command, train: t, pick: '" + pick + "', metric: '" + metric + "', argv: [p" + resume + "], output: {" + c.output + "}}\n"
			r := read(t, text)
			dir := fstest.MapFS{}
			for _, files := range c.files {
				for name, f := range files {
					dir[name] = f
				}
			}
			s := r.Stage("s")
			wd, err := r.ReadWorkDir(dir, s)
			if err != nil {
				if !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %s", err, c.want)
				}
				return
			}
			got := ""
			if choice, err := wd.Pick(pick, metric); err != nil {
				got = err.Error()
			} else {
				score := "-"
				if choice.Score != nil {
					score = fmt.Sprint(*choice.Score)
				}
				got = fmt.Sprint(choice.File, " ", choice.Epoch, " ", score)
			}
			if got != c.want && !strings.Contains(got, ": "+c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
			got = ""
			if from := wd.Resumable(metric); from != nil {
				got = from.Name
			}
			if got != c.resume {
				t.Errorf("resumes from %q, want %q", got, c.resume)
			}
		})
	}
}

// TestProgramFinished: a command that returns 0 must have left what the recipe says.
func TestProgramFinished(t *testing.T) {
	r := read(t, "version: 1\nname: x\nclasses: [v]\ndatasets: {t: {coco: t.json}}\nstages:\n  - {id: s, kind: command, train: t, epochs: 3, argv: [p], output: {checkpoints: \"e{epoch}.pt\"}}\n")
	s := r.Stage("s")
	finished := func(names ...string) string {
		dir := fstest.MapFS{}
		for _, name := range names {
			dir[name] = &fstest.MapFile{Data: []byte(wholeWeights)}
		}
		wd, err := r.ReadWorkDir(dir, s)
		if err != nil {
			t.Fatal(err)
		}
		choice, _, err := wd.Finished(s, 0)
		if err != nil {
			return err.Error()
		}
		return choice.File
	}
	for names, want := range map[string]string{"": "left no checkpoint",
		"e1.pt e2.pt": "the trainer returned 0 after epoch 2 of 3", "e1.pt e3.pt": "e3.pt"} {
		if got := finished(strings.Fields(names)...); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", names, got, want)
		}
	}
}

func TestModules(t *testing.T) {
	text := strings.Replace(small, "tool: {root: /opt/mmdetection}",
		"tool: {root: /opt/mmdetection, pythonpath: [lib], needs: [{module: timm, version: '>=0.9'}, {module: mmcv._ext, package: mmcv, version: '>=2,<2.2', get: build it}]}", 1)
	r := read(t, strings.Replace(text, "seed: 69", "augment: light, size: 512", 1))
	needs := r.Modules()
	var names []string
	for _, n := range needs {
		names = append(names, n.Module)
	}
	if got := strings.Join(names, " "); got != "torch mmengine mmcv._ext mmdet pycocotools albumentations timm" {
		t.Fatal(got)
	}
	c := r.ModulesCommand(needs, "/mine")
	if c.Argv[0] != "python" || c.Argv[1] != "-c" || c.Env[0] != "PYTHONPATH=/recipes/lib:/opt/mmdetection:/mine" ||
		!strings.Contains(c.Argv[3], `["timm","timm"]`) {
		t.Errorf("%q %q", c.Argv[3], c.Env)
	}
	answer := `noise
{"torch": {"found": true, "version": "2.1.0+cu118", "error": ""}, "mmengine": {"found": false}, "mmcv._ext": {"found": true, "version": "2.2.0"}, "mmdet": {"found": false, "error": "AssertionError: MMCV==2.2.0 is used"}, "pycocotools": {"found": true}, "albumentations": {"found": true, "version": "1.3.1"}, "timm": {"found": true}}
`
	findings, unknown, err := mmdet.MissingModules(needs, []byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, string(f.Code)+" "+f.Reason)
	}
	want := []string{"module-missing Python has no module mmengine: pip install mmengine",
		"module-version found mmcv._ext 2.2.0, expected >=2,<2.2: build it",
		"module-missing Python cannot import mmdet (AssertionError: MMCV==2.2.0 is used): pip install mmdet"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || strings.Join(unknown, " ") != "timm" {
		t.Errorf("got\n%s\nunknown %v", strings.Join(got, "\n"), unknown)
	}
	if _, _, err := mmdet.MissingModules(needs, []byte("Hello\n")); err == nil {
		t.Error("no error for what is not an answer")
	}
}

func TestCheckWeights(t *testing.T) {
	r := readCommands(t, commands)
	mm := read(t, small)
	for _, c := range []struct{ text, command, mmdet string }{
		{wholeWeights, "", ""},
		{"\x80\x02\x8a\x0a rest", "", ""},
		{"\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":{}}      ", "", "found a file that begins with"},
		{"", "found an empty file", "found an empty file"},
		{"<!doctype html>", "found a web page", "found a web page"},
		{"version https://git-lfs.github.com/spec/v1\n", "git lfs pull", "git lfs pull"},
		{"PK\x03\x04 cut", "found a truncated file", "found a truncated file"},
	} {
		for _, k := range []struct {
			r    *mmdet.Recipe
			id   string
			want string
		}{{r, "a", c.command}, {mm, "s1", c.mmdet}} {
			err := k.r.CheckWeights(k.r.Stage(k.id), strings.NewReader(c.text), int64(len(c.text)))
			if (err == nil) != (k.want == "") || err != nil && !strings.Contains(err.Error(), k.want) {
				t.Errorf("%q, %s: got %v, want %s", c.text, k.id, err, k.want)
			}
		}
	}
}

// TestTextLogs reads text logs of both dialects, alone and in a folder.
func TestTextLogs(t *testing.T) {
	for _, c := range []struct {
		name    string
		dialect mmdet.Dialect
		text    string
	}{
		{"20230101_000000.log", mmdet.MMDet2,
			"2023-01-01 00:00:00,000 - mmdet - INFO - workflow: [('train', 1)], max: 2 epochs\n" +
				"2023-01-01 00:01:00,000 - mmdet - INFO - Epoch [1][20/30]\tlr: 2.8e-03, eta: 0:01:00, loss: 1.2\n" +
				"2023-01-01 00:02:00,000 - mmdet - INFO - Epoch(val) [1][29]\tsegm_mAP: 0.2145, segm_mAP_50: 0.5, segm_mAP_copypaste: 0.2145 0.5 0.1\n" +
				"2023-01-01 00:03:00,000 - mmdet - INFO - Epoch(val) [2][29]\tsegm_mAP: 0.1, segm_mAP_50: 0.6\r\n"},
		{"run.log", mmdet.MMDet3,
			"2023/01/01 00:00:00 - mmengine - INFO - Epoch(train)  [1][20/30]  lr: 1.0e-02  loss: 1.2\n" +
				"2023/01/01 00:02:00 - mmengine - INFO - Epoch(val) [1][85/85]    coco/segm_mAP: 0.2145  coco/segm_mAP_50: 0.5  data_time: 0.01  time: 0.2\n" +
				"2023/01/01 00:03:00 - mmengine - INFO - Epoch(val) [2][85/85]    coco/segm_mAP: 0.1000  coco/segm_mAP_50: 0.6  data_time: 0.01  time: 0.2\n"},
	} {
		log, dialect, err := mmdet.ParseLog([]byte(c.text), c.name)
		if err != nil || dialect != c.dialect {
			t.Fatal(dialect, err)
		}
		best, score := log.Best("segm_mAP", dialect)
		if best == nil || best.Number != 1 || score != 0.2145 || len(best.Scores) != 2 || log.IterPerEpoch != 30 ||
			len(log.Epochs) != 2 || best.Line == 0 {
			t.Errorf("%s: %+v %v, %+v", c.name, best, score, log)
		}
	}
	dir := t.TempDir()
	text := "2023 - mmdet - INFO - Epoch [1][20/30]\tloss: 1\n2023 - mmdet - INFO - Epoch(val) [1][29]\tsegm_mAP: 0.2\n"
	for name, content := range map[string]string{"20230101_000000.log": text, "best_segm_mAP_epoch_1.pth": wholeWeights,
		"epoch_1.pth": wholeWeights} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if d, ok := mmdet.DialectOf(os.DirFS(dir)); d != mmdet.MMDet2 || !ok {
		t.Errorf("dialect %q %v", d, ok)
	}
	wd, err := mmdet.ReadWorkDir(os.DirFS(dir), dir, mmdet.MMDet2)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := wd.Pick("best", ""); err != nil || c.Epoch != 1 || c.Score == nil || *c.Score != 0.2 {
		t.Errorf("%+v %v", c, err)
	}
	// With a JSON log, the text's rounded scores do not count.
	if err := os.WriteFile(filepath.Join(dir, "20230101_000000.log.json"),
		[]byte(`{"mode": "val", "epoch": 1, "segm_mAP": 0.2499}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	wd, err = mmdet.ReadWorkDir(os.DirFS(dir), dir, mmdet.MMDet2)
	if err != nil || len(wd.Log.Runs) != 1 || wd.Log.Epochs[0].Scores["segm_mAP"] != 0.2499 {
		t.Errorf("%+v %v", wd, err)
	}
}

func TestSumFolder(t *testing.T) {
	files := fstest.MapFS{"a/x.png": {Data: []byte("1234")}, "a/x.txt": {Data: []byte("0 1 2")},
		"data.yaml": {Data: []byte("nc: 1")}}
	sum := func() mmdet.FileSum {
		s, err := mmdet.SumFolder(files)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := sum()
	files["labels.cache"] = &fstest.MapFile{Data: []byte("x")}
	files["a/x.png"] = &fstest.MapFile{Data: []byte("4321")}
	if sum() != first {
		t.Error("a cache, or pixels, change the sum")
	}
	files["a/x.txt"] = &fstest.MapFile{Data: []byte("0 1 3")}
	if sum() == first {
		t.Error("labels do not change the sum")
	}
	files["a/x.txt"] = &fstest.MapFile{Data: []byte("0 1 2")}
	files["a/x.png"] = &fstest.MapFile{Data: []byte("12345")}
	if sum() == first {
		t.Error("the size of an image does not change the sum")
	}
}

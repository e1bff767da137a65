package mmdet_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
)

const twoStages = `version: 1
name: two stages
dialect: mmdet3
classes: [blood_vessel]
tool: {root: /opt/mmdetection}
roots: {configs: /opt/mmdetection/configs, work: /work}
datasets:
  labelled: {coco: /data/ds2.json}
  valid: {coco: /data/valid.json}
stages:
  - {id: first, kind: train, config: mask_rcnn/r50.py, train: labelled, val: valid, seed: 69}
  - {id: second, kind: train, config: mask_rcnn/r50.py, train: labelled, val: valid, init: {stage: first, pick: best}}
`

func ExampleReadRecipe() {
	r, err := mmdet.ReadRecipe(strings.NewReader(twoStages), "/recipes/two.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	order, err := r.Order()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range order {
		fmt.Println(s.ID, "needs", r.Needs(s), "and works in", filepath.ToSlash(r.WorkDir(s)))
	}
	_, err = mmdet.ReadRecipe(strings.NewReader(strings.Replace(twoStages, "seed:", "sed:", 1)), "two.yaml")
	var wrong *mmdet.RecipeError
	if errors.As(err, &wrong) {
		fmt.Println(wrong.Problems[0].Line, wrong.Problems[0].Path)
	}
	// Output:
	// first needs [] and works in /work/first
	// second needs [first] and works in /work/second
	// 11 stages[0].sed
}

func ExampleRecipe_Command() {
	r, err := mmdet.ReadRecipe(strings.NewReader(twoStages), "/recipes/two.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	second := r.Stage("second")
	resolved := &mmdet.Resolved{
		LoadFrom:    "/work/first/best.pth", // the checkpoint picked from the stage before
		DatasetPath: func(id string) (file, images string) { return "/scratch/" + id + ".json", "/scratch/train" },
	}
	command, err := r.Command(second, resolved, "/work/second.py")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Join(command.Argv, " "))
	config, err := r.Overlay(second, resolved)
	fmt.Println(strings.Contains(string(config), "/scratch/labelled.json"), err)
	// Output:
	// python -u /opt/mmdetection/tools/train.py /work/second.py
	// true <nil>
}

func ExampleShipped() {
	for _, name := range mmdet.Shipped() {
		text, err := mmdet.ShippedRecipe(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		r, err := mmdet.ReadRecipe(strings.NewReader(string(text)), name+".yaml")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Name, r.Dialect, len(r.Stages), "stages; without Slurm:", r.Launch.Engine == mmdet.Local)
	}
	// Output:
	// hubmap-3rd mmdet2 23 stages; without Slurm: true
	// hubmap-3rd-2026  18 stages; without Slurm: true
	// quickstart-mmdet3 mmdet3 6 stages; without Slurm: true
	// quickstart-rfdetr  10 stages; without Slurm: true
	// quickstart-torchvision  10 stages; without Slurm: true
	// quickstart-ultralytics  10 stages; without Slurm: true
}

func ExampleSchema() {
	fmt.Println(strings.Contains(string(mmdet.Schema()), `"dialect"`))
	// Output: true
}

func ExampleCheckData() {
	d, err := coco.Decode(strings.NewReader(`{"info":{},"licenses":[],"images":[{"id":1,"file_name":"a.tif","height":64,"width":64},{"id":2,"file_name":"b.tif","height":64,"width":64}],
		"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":[[8,8,40,8,40,40,8,40]],"area":1024,"bbox":[8,8,32,32],"iscrowd":0}],
		"categories":[{"id":1,"name":"blood_vessels"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	report := mmdet.CheckData(&mmdet.DataCheck{Dialect: mmdet.MMDet2, Classes: []string{"blood_vessel"}, Train: &mmdet.Set{File: "train.json", Data: d}})
	for _, f := range report.Findings {
		if f.Code == mmdet.ClassMissing {
			fmt.Println(f.Severity, f)
		}
	}
	// Output: error train.json: categories: found no category "blood_vessel", so all its images would be dropped: did you mean blood_vessels?; write classes: [blood_vessels] in the recipe, or rename the category (class-missing)
}

// This example reads a training of MMDetection 2.x with two epochs, of which the first
// was better.
func ExampleReadWorkDir() {
	dir, err := os.MkdirTemp("", "work_dir")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	write := func(name, text string) {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	write("20230711_100000.log.json", `{"mode": "train", "epoch": 1, "iter": 20, "loss": 1.0}
{"mode": "val", "epoch": 1, "iter": 29, "segm_mAP": 0.3}
{"mode": "train", "epoch": 2, "iter": 20, "loss": 0.5}
{"mode": "val", "epoch": 2, "iter": 29, "segm_mAP": 0.2}
`)
	for _, name := range []string{"epoch_1.pth", "epoch_2.pth"} {
		write(name, "PK\x03\x04 cut off")
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	dialect, _ := mmdet.DialectOf(os.DirFS(dir))
	log, err := mmdet.ReadLog(os.DirFS(dir), dir, dialect)
	if err != nil {
		fmt.Println(err)
		return
	}
	best, score := log.Best(mmdet.DefaultMetric, dialect)
	fmt.Println(dialect, log.Last(), log.Metrics(), log.Position.Loss, "best:", best.Number, score)
	fmt.Println(len(log.Runs), "run to epoch", log.Runs[0].Last, "validated", log.Runs[0].Validated, "times; weights of another shape:", log.Mismatch.Shape)
	w, err := mmdet.ReadWorkDir(os.DirFS(dir), dir, dialect)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range w.Checkpoints {
		fmt.Println(c.Name, "whole:", c.Whole)
	}
	fmt.Println(w.Resumable(mmdet.DefaultMetric) == nil, w.Last == "")
	_, err = w.Pick("best", mmdet.DefaultMetric)
	var missing *mmdet.CheckpointError
	fmt.Println(errors.As(err, &missing), missing.Code == mmdet.CheckpointMissing)
	// Output:
	// mmdet2 2 [segm_mAP] 0.5 best: 1 0.3
	// 1 run to epoch 2 validated 2 times; weights of another shape: 0
	// epoch_1.pth whole: false
	// epoch_2.pth whole: false
	// true true
	// true true
}

func ExampleQuote() {
	fmt.Println(mmdet.Quote([]string{"python", "-u", "train.py", "it's here.py"}))
	// Output: python -u train.py 'it'\''s here.py'
}

func ExampleSum() {
	const text = "a small checkpoint"
	whole, err := mmdet.Sum(strings.NewReader(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	ends, err := mmdet.SumEnds(strings.NewReader(text), int64(len(text)))
	fmt.Println(whole.Size, ends == whole, err)
	// Output: 18 true <nil>
}

// This example says how a program that is not MMDetection is started, and chooses its checkpoint by its scores.
func ExampleRecipe_ReadWorkDir() {
	const text = `version: 1
name: any program
classes: [blood_vessel]
roots: {work: /work}
datasets:
  labelled: {coco: /data/ds2.json}
  valid: {coco: /data/ds1_valid.json}
stages:
  - id: first
    kind: command
    train: labelled
    val: valid
    epochs: 2
    argv: [python, /opt/train.py, "{train}", --to, "{work}", --epochs, "{epochs}", [--resume, "{resume}"]]
    output: {checkpoints: "epoch_{epoch}.pth", scores: {file: scores.csv}}
`
	r, err := mmdet.ReadRecipe(strings.NewReader(text), "/recipes/recipe.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	s := r.Stage("first")
	c, err := r.Command(s, &mmdet.Resolved{}, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mmdet.Quote(c.Argv))
	left := fstest.MapFS{
		"epoch_1.pth": {Data: []byte("weights")},
		"epoch_2.pth": {Data: []byte("weights")},
		"scores.csv":  {Data: []byte("epoch,segm_mAP\n1,0.31\n2,0.28\n")},
	}
	w, err := r.ReadWorkDir(left, s)
	if err != nil {
		fmt.Println(err)
		return
	}
	choice, err := w.Pick(s.Pick, s.Metric)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(choice.File, *choice.Score, "by", choice.How)
	// Output:
	// python /opt/train.py /data/ds2.json --to /work/first --epochs 2
	// epoch_1.pth 0.31 by the epoch with the best score
}

func ExampleParseLog() {
	const text = `2023-07-13 04:08:23,934 - mmdet - INFO - Epoch(val) [1][29]	segm_mAP: 0.2145, segm_mAP_50: 0.5026
2023-07-13 04:27:02,625 - mmdet - INFO - Epoch(val) [2][29]	segm_mAP: 0.1634, segm_mAP_50: 0.4483
`
	log, dialect, err := mmdet.ParseLog([]byte(text), "train.log")
	if err != nil {
		fmt.Println(err)
		return
	}
	best, score := log.Best(mmdet.DefaultMetric, dialect)
	fmt.Println(dialect, best.Number, score)
	// Output: mmdet2 1 0.2145
}

func ExampleMissingModules() {
	needs := []mmdet.Need{{Module: "timm", Version: ">=0.9", Get: "pip install 'timm>=0.9'"}, {Module: "einops", Get: "pip install einops"}}
	answer := `{"timm": {"found": true, "version": "0.6.13"}, "einops": {"found": false}}` // what the command of Recipe.ModulesCommand prints
	findings, unknown, err := mmdet.MissingModules(needs, []byte(answer))
	for _, f := range findings {
		fmt.Println(f.Code, f.Reason)
	}
	fmt.Println(len(unknown), err)
	// Output:
	// module-version found timm 0.6.13, expected >=0.9: pip install 'timm>=0.9'
	// module-missing Python has no module einops: pip install einops
	// 0 <nil>
}

func ExampleShippedScript() {
	text, err := mmdet.ShippedScript("hubdata_torchvision.py")
	if err != nil {
		fmt.Println(err)
		return
	}
	first, _, _ := strings.Cut(string(text), "\n")
	fmt.Println(first)
	// Output: """Mask R-CNN of torchvision, trained on COCO files: written by `hubdata train init`, for you to change.
}

func ExampleSumFolder() {
	folder := fstest.MapFS{"labels/train/a.txt": {Data: []byte("0 0.1 0.1 0.2 0.1 0.2 0.2\n")}, "images/train/a.png": {Data: make([]byte, 1000)}}
	before, err := mmdet.SumFolder(folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	folder["labels/train/a.txt"].Data = []byte("0 0.1 0.1 0.3 0.1 0.2 0.2\n")
	after, err := mmdet.SumFolder(folder)
	fmt.Println(before.Size, before == after, err)
	// Output: 1026 false <nil>
}

package run_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/mmdet"
	"github.com/hubdata/hubdata/mmdet/run"
)

const twoStages = `version: 1
name: two stages
dialect: mmdet3
classes: [blood_vessel]
tool: {root: mmdetection}
datasets:
  labelled: {coco: ds2.json}
  valid: {coco: valid.json}
stages:
  - {id: first, kind: train, config: r50.py, train: labelled, val: valid}
  - {id: second, kind: train, config: r50.py, train: labelled, val: valid, init: {stage: first}}
`

// This example runs a recipe in an otherwise empty folder, so no stage can begin.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "recipe")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	recipe, err := mmdet.ReadRecipe(strings.NewReader(twoStages), filepath.Join(dir, "recipe.yaml"))
	if err != nil {
		fmt.Println(err)
		return
	}
	runner, err := run.New(recipe, run.Options{
		KeepGoing: true,
		Env:       append(os.Environ(), "CUDA_VISIBLE_DEVICES=0"),
		Events: func(e run.Event) {
			switch e := e.(type) {
			case run.StageDone:
				fmt.Println(e.Stage, "is done, before this run:", e.Before)
			case run.StageFailed:
				fmt.Println(e.Stage, "failed")
			case run.StageSkipped:
				fmt.Println(e.Stage, e)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = runner.Run(context.Background())
	var (
		blocked *run.BlockedError
		input   *run.InputError
		failed  *run.ProcessError
	)
	switch {
	case errors.As(err, &input):
		fmt.Println("put there:", filepath.Base(input.File))
	case errors.As(err, &blocked):
		fmt.Println(blocked.Stage, blocked.Reason)
	case errors.As(err, &failed):
		fmt.Println(failed.Program, failed.Status, failed.Tail)
	}
	states := runner.Status()
	for _, s := range states {
		fmt.Println(s.ID, "is", s.Condition)
	}
	// Output:
	// first failed
	// second skipped: needs first, which failed
	// put there: ds2.json
	// first is blocked
	// second is blocked
}

// This example stops a training at the first Ctrl-C, and kills it at the second.
func ExampleStopSignals() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, run.StopSignals()...)
	defer signal.Stop(signals)
	options := run.Options{Signals: signals}
	fmt.Println(options.Signals != nil, run.StopSignals()[0])
	// Output: true interrupt
}

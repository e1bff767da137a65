package mmdet

import (
	"slices"
	"strings"
	"testing"
)

func TestSlurmTime(t *testing.T) {
	for text, expected := range map[string]int{
		"5": 300, "5:30": 330, "12:00:00": 43200, "1-6": 108000, "1-6:30": 109800, "1-06:30:15": 109815, "0": 0, "UNLIMITED": 0, "infinite": 0,
		"99999-999999999:0:0": 1 << 30, "": -1, "12h": -1, "1:2:3:4": -1, "-5": -1, "1-": -1, "1.5": -1, "99999999999": -1,
	} {
		got, ok := slurmTime(text)
		if !ok {
			got = -1
		}
		if got != expected {
			t.Errorf("%q: found %d, expected %d", text, got, expected)
		}
	}
}

const slurmRecipe = `version: 1
name: lab
dialect: mmdet3
classes: [blood_vessel]
tool: {root: mmdetection}
datasets:
  a: {coco: a.json, build: {command: [convert, -o, '{out}', '{source}']}}
  b: {coco: b.json}
launch: {engine: slurm, gpus: 2, cpus_per_task: 4, slurm: {SLURM}}
stages:
  - {id: s1, kind: train, config: c.py, train: a, val: b}
  - {id: s2, kind: infer, config: c.py, from: {stage: s1}, on: b, slurm: {time: '1:00:00', gres: 'gpu:1', extra: []}}
  - {id: s3, kind: eval, inputs: [s2], truth: b}
`

// TestSlurmResources: the options of a stage come before those of its kind, and those before
// the ones for all.
func TestSlurmResources(t *testing.T) {
	read := func(options string) (*Recipe, error) {
		return ReadRecipe(strings.NewReader(strings.Replace(slurmRecipe, "SLURM", options, 1)), "recipe.yaml")
	}
	r, err := read("partition: gpu, time: 2-0, extra: [--mem=9G], lead: 300, kinds: {build: {partition: cpu, time: '30', cpus_per_task: 16}, infer: {account: x, extra: [-H]}}")
	if err != nil {
		t.Fatal(err)
	}
	for id, expected := range map[string]string{
		"build-a": "--nodes=1 --ntasks-per-node=1 --cpus-per-task=16 --partition=cpu --time=30 --mem=9G",
		"s1":      "--nodes=1 --ntasks-per-node=2 --cpus-per-task=4 --partition=gpu --time=2-0 --gres=gpu:2 --mem=9G",
		"s2":      "--nodes=1 --ntasks-per-node=2 --cpus-per-task=4 --partition=gpu --account=x --time=1:00:00 --gres=gpu:1",
		"s3":      "--nodes=1 --ntasks-per-node=1 --cpus-per-task=4 --partition=gpu --time=2-0 --mem=9G",
	} {
		words := r.Sbatch(r.Stage(id), nil, "script", "output")
		at := slices.Index(words, "--signal=B:USR1@300")
		if at < 0 {
			t.Fatalf("%s: %q", id, words)
		}
		if got := strings.Join(words[at+1:len(words)-1], " "); got != expected {
			t.Errorf("%s: found %s, expected %s", id, got, expected)
		}
	}
	for options, expected := range map[string]string{
		"time: '4'":                       `launch.slurm.time: found "4", expected at least 00:05:00: the job is stopped up to 240 seconds before its time is over`,
		"time: '00:04:59'":                "expected at least 00:05:00",
		"time: '00:05:00'":                "",
		"time: 12h":                       `found "12h", expected a time as sbatch reads it`,
		"extra: [--time=2]":               `launch.slurm.extra[0]: found "2", expected at least 00:05:00`,
		"extra: [-t, 9]":                  `found "-t", expected --time=TIME in one word`,
		"lead: 59":                        "launch.slurm.lead: found 59, expected at least 60",
		"lead: 600, time: 9":              "expected text: put it in quotes",
		"requeues: -1":                    "launch.slurm.requeues: found -1, expected at least 0",
		"kinds: {train: {time: '3'}}":     `launch.slurm.kinds.train.time: found "3", expected at least 00:05:00`,
		"kinds: {gpu: {}}":                `launch.slurm.kinds.gpu: found "gpu"`,
		"kinds: {eval: {launcher: srun}}": "launch.slurm.kinds.eval.launcher: unknown key",
		"lead: 600, time: '10:00'":        "expected at least 00:12:00: the job is stopped up to 660 seconds",
	} {
		_, err := read(options)
		if expected == "" && err == nil {
			continue
		}
		if expected == "" || err == nil || !strings.Contains(err.Error(), expected) {
			t.Errorf("%s: found %v, expected %s", options, err, expected)
		}
	}
}

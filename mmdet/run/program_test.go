//go:build unix

package run

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// epochsScript trains three epochs, resuming from its first argument if there is one. It dies in the epoch that the
// file
// die-in names, once.
const epochsScript = `#!/bin/sh
set -e
work=$1 resume=$2 n=0
if [ -n "$resume" ]; then n=$(basename "$resume" .pth); n=${n#epoch_}; fi
echo "init $INIT resume $resume"
while [ "$n" -lt 3 ]; do
  n=$((n + 1))
  if [ "$(cat "$work/../die-in" 2>/dev/null)" = "$n" ]; then rm "$work/../die-in"; echo dies >&2; exit 3; fi
  echo "{\"epoch\": $n, \"segm_mAP\": 0.$((n * (4 - n)))}" >> "$work/scores.jsonl"
  printf 'weights %s' "$n" > "$work/epoch_$n.pth"
done
`

const commandStages = `
  - &train
    id: c1
    kind: command
    train: t
    val: v
    epochs: 3
    init: {file: w.pt}
    files: [train.sh]
    argv: [sh, train.sh, "{work}", [RESUME]]
    env: {INIT: "{init}"}
    output: {checkpoints: "epoch_{epoch}.pth", scores: {file: scores.jsonl}}
  - {<<: *train, id: c2, init: {stage: c1}, train: f}
  - {id: p, kind: command, on: v, from: {stage: c2}, argv: [sh, -c, 'echo "[]" > "$0"; cat "$1"', "{results}", "{init}"], output: {results: [results.segm.json]}}
  - {id: score, kind: eval, inputs: [p], truth: v}
`

// programLab is a lab of command stages; resume is an argument of their trainings.
func programLab(t *testing.T, resume string) *lab {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"train.sh": epochsScript, "w.pt": "weights", "data/f/labels.txt": "1"})
	return newLabIn(t, dir, strings.Replace(commandStages, ", [RESUME]", resume, 1), "")
}

func TestRunCommands(t *testing.T) {
	l := programLab(t, `, ["{resume}"]`)
	const best = ": epoch_2.pth, segm_mAP 0.4"
	if err := l.run("c1 begins", "c1 is done"+best, "c2 begins", "c2 is done"+best, "p begins", "p is done",
		"score begins", "score is done"); err != nil {
		t.Fatal(err)
	}
	if got := l.console("c1"); got != "init "+filepath.Join(l.dir, "w.pt")+" resume \n" {
		t.Errorf("console of c1: %q", got)
	}
	if got := l.console("p"); !strings.Contains(got, "weights 2") {
		t.Errorf("console of p: %q", got)
	}
	for _, s := range l.runner().Status() {
		if s.Condition != IsDone || s.ID == "c2" && (s.Epoch != 3 || s.Epochs != 3 || s.BestEpoch != 2) {
			t.Errorf("%+v", s)
		}
	}

	// Other labels in the folder, or another script, make the stages stale that read it.
	write(t, l.dir, map[string]string{"data/f/labels.txt": "2"})
	var stale *StaleError
	if err := l.run("c1 is done"+best, "c2 failed: stage c2 is stale: dataset f has changed"); !errors.As(err, &stale) {
		t.Fatal(err)
	}
	write(t, l.dir, map[string]string{"train.sh": epochsScript + "# more\n"})
	if err := l.runner().Run(t.Context()); !errors.As(err, &stale) || stale.Stage != "c1" ||
		!strings.Contains(stale.Reason, "train.sh has changed") {
		t.Fatal(err)
	}
}

// TestRunCommandsAgain: a command that can resume continues from its own checkpoint; one that cannot starts again, and
// what it had left is moved away.
func TestRunCommandsAgain(t *testing.T) {
	const done = "c1 is done: epoch_2.pth, segm_mAP 0.4"
	for _, resumes := range []bool{true, false} {
		t.Run(fmt.Sprintf("resumes %v", resumes), func(t *testing.T) {
			resume, condition := "", IsFailed
			if resumes {
				resume, condition = `, ["{resume}"]`, IsResumable
			}
			l := programLab(t, resume)
			l.o.Select.Only = []string{"c1"}
			write(t, l.dir, map[string]string{"work/die-in": "3"})
			var ended *ProcessError
			if err := l.runner().Run(t.Context()); !errors.As(err, &ended) || ended.Code != 3 {
				t.Fatal(err)
			}
			if s := l.runner().Status()[0]; s.Condition != condition || s.Epoch != 2 {
				t.Fatalf("%+v", s)
			}
			work := l.recipe.WorkDir(l.recipe.Stage("c1"))
			if resumes {
				if err := l.run("c1 resumes from epoch_2.pth", done); err != nil {
					t.Fatal(err)
				}
				if got := l.console("c1"); !strings.Contains(got, "resume "+filepath.Join(work, "epoch_2.pth")) {
					t.Errorf("console: %q", got)
				}
				return
			}
			if err := l.run("c1 its previous output is now in "+work+".old-1", "c1 begins", done); err != nil {
				t.Fatal(err)
			}
			if !exists(filepath.Join(work+".old-1", "epoch_2.pth")) {
				t.Error("the old output is lost")
			}
		})
	}
}

// TestRunCommandsFail: a command that returns 0 without its output has failed, and a folder that does not exist blocks
// one.
func TestRunCommandsFail(t *testing.T) {
	for _, c := range []struct{ stage, want string }{
		{`{id: s, kind: command, on: v, argv: ["true"], output: {results: [r.json]}}`, "its file does not exist"},
		{`{id: s, kind: command, train: t, argv: ["true"], output: {last: x.pth}}`, "left no checkpoint"},
		{`{id: s, kind: command, train: f, argv: ["true"], output: {last: x.pth}}`,
			"no such file, but it is the file of dataset f"},
		{`{id: s, kind: command, train: t, argv: ["true"], files: [no.py], output: {last: x.pth}}`, "no.py: no such file"},
		{`{id: s, kind: command, train: t, argv: [./no-such-program], output: {last: x.pth}}`, "no-such-program"},
	} {
		t.Run(c.want, func(t *testing.T) {
			l := newLabIn(t, t.TempDir(), "\n  - "+c.stage+"\n", "")
			if err := l.runner().Run(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

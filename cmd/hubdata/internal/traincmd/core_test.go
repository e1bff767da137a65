package traincmd

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

// TestFailure checks the exit code and the advice for errors of a run.
func TestFailure(t *testing.T) {
	for _, tt := range []struct {
		err  error
		code int
		want string // in the advice
	}{
		{nil, ui.ExitOK, ""},
		{&mmrun.StaleError{WorkDir: "w/s1"}, ui.ExitBadData, "--rerun"},
		{&mmrun.BlockedError{Stage: "s2"}, ui.ExitUsage, "--until s2"},
		{&mmrun.SelectError{Field: "From", ID: "x", Known: []string{"s1", "s2"}}, ui.ExitUsage, "s1, s2"},
		{&mmrun.SelectError{}, ui.ExitUsage, ""},
		{&mmrun.LockedError{Elsewhere: true}, ui.ExitFailure, "--unlock"},
		{&mmrun.LockedError{Elsewhere: true, Owner: mmrun.Owner{Job: "12"}}, ui.ExitFailure, "if job 12 has ended"},
		{&mmrun.LockedError{}, ui.ExitFailure, "hubdata train status"},
		{&mmrun.LockedError{Orphan: true, Processes: []int{7, 8}}, ui.ExitFailure, "stop them: kill 7 8"},
		{&mmrun.TimeError{Stage: "s1", Advice: "give its jobs more time"}, ExitTrainer, "more time"},
		{&exec.Error{Name: "sbatch", Err: exec.ErrNotFound}, ExitInfrastructure, "Slurm"},
		{&exec.Error{Name: "python", Err: exec.ErrNotFound}, ExitInfrastructure, "install it"},
		{&mmrun.ProcessError{Stage: "s1"}, ExitTrainer, "hubdata train logs r.yaml s1"},
		{&mmrun.ProcessError{Stage: "s1", Hubdata: true, Code: ui.ExitBadData}, ui.ExitBadData, "hubdata train logs r.yaml s1"},
		{&mmrun.ProcessError{Stage: "s1", Hubdata: true, Code: 77}, ui.ExitFailure, "hubdata train logs"},
		{io.ErrUnexpectedEOF, ui.ExitFailure, ""},
	} {
		var stderr bytes.Buffer
		c := ui.NewConsole(strings.NewReader(""), io.Discard, &stderr)
		code := c.Report(t.Context(), (&reporter{c: c, file: "r.yaml"}).failure(tt.err))
		_, hints, hinted := strings.Cut(stderr.String(), "\nhint: ")
		if code != tt.code || hinted != (tt.want != "") || !strings.Contains(hints, tt.want) {
			t.Errorf("%T: exit code %d, want %d: %s", tt.err, code, tt.code, &stderr)
		}
	}
}

func TestGraph(t *testing.T) {
	text, err := mmdet.ShippedRecipe("quickstart-mmdet3")
	if err != nil {
		t.Fatal(err)
	}
	r, err := mmdet.ReadRecipe(bytes.NewReader(text), "recipe.yaml")
	if err != nil {
		t.Fatal(err)
	}
	g, err := newStageGraph(r)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := ui.NewConsole(strings.NewReader(""), &out, io.Discard)
	printDot(c, g)
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	order, err := r.Order()
	if err != nil || len(g.Boxes) != len(order) || strings.Count(out.String(), " -> ") != len(g.Links) || len(g.Links) == 0 || strings.Count(out.String(), `[label="best"]`) == 0 {
		t.Errorf("%d boxes, %d links\n%s", len(g.Boxes), len(g.Links), &out)
	}
}

func TestStatusText(t *testing.T) {
	best := 0.25
	st := &StatusReport{Recipe: "r", Stages: []mmrun.Status{{ID: "s1", Kind: mmdet.Train, Condition: mmrun.IsDone, Progress: mmrun.Progress{Epoch: 2, Epochs: 3, Best: &best, BestEpoch: 2}}, {ID: "s2", Kind: mmdet.Train, Condition: mmrun.IsRunning, Why: []string{"a", "b"}, Warnings: []string{"c"}}}}
	var out bytes.Buffer
	c := ui.NewConsole(strings.NewReader(""), &out, io.Discard)
	if err := st.print(c); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 6 || !strings.HasPrefix(lines[3], "epoch: current/last; ") || strings.Join(strings.Fields(lines[1]), " ") != "s1 train done 2/3 0.2500 (2)" || !strings.HasSuffix(lines[2], "a; b") || !st.has(mmrun.IsRunning) || st.failure(c) != nil {
		t.Errorf("%s", &out)
	}
}

package traincmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

const planHelp = `Shows what a recipe (default: recipe.yaml in this folder) will do: its stages in the
order in which they can run, what each needs and reads. With --json it shows the exact
config, command line and environment of each training. A checkpoint that does not
exist yet appears as <best of STAGE>. Nothing is written or started.

examples:
   hubdata train plan
   hubdata train plan --json | jq -r '.stages[] | select(.id == "r101-2") | .overlay'
   hubdata train plan --json | jq -r '.stages[] | .argv | @sh'`

func planCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "plan",
		Usage:       "show the stages of a recipe in order, their configs and command lines",
		UsageText:   "[flags] [RECIPE]",
		Description: planHelp,
		Flags: []cli.Flag{
			flags.JsonFlag("everything"),
		},
		Action: func(ctx *cli.Context) error {
			r, err := recipeArgument(ctx)
			if err != nil {
				return err
			}
			p, err := newPlan(ctx.Context, c, r)
			if err != nil {
				return recipeFailure(err)
			}
			if c.JSON {
				return ui.PrintJSON(c.Out, p)
			}
			return p.print(c)
		},
	}
}

// plan is what a recipe will do.
type plan struct {
	Recipe  string         `json:"recipe"`
	Dialect string         `json:"dialect"`
	Stages  []plannedStage `json:"stages"`
}

// plannedStage is a stage; the run in it is its only or first one.
type plannedStage struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	State   string   `json:"state"`
	Needs   []string `json:"needs"`
	Inputs  []string `json:"inputs"`
	Outputs []string `json:"outputs"`
	WorkDir string   `json:"work_dir"`
	plannedRun
	MoreRuns      []plannedRun `json:"more_runs,omitempty"`       // of the other scales
	KeptImages    *int         `json:"kept_images,omitempty"`     // absent: the data does not exist
	Instances     *int         `json:"instances,omitempty"`       // on those
	ItersPerEpoch *int         `json:"iters_per_epoch,omitempty"` // absent: nor is the batch size known

	weights string
}

// plannedRun is a process that a run starts.
type plannedRun struct {
	Scale       int      `json:"scale,omitempty"`
	Argv        []string `json:"argv"`
	Env         []string `json:"env"`
	Unset       []string `json:"unset"`
	Dir         string   `json:"dir"`
	OverlayPath string   `json:"overlay_path,omitempty"`
	Overlay     string   `json:"overlay,omitempty"`
	ModulePath  string   `json:"module_path,omitempty"` // of a Python module that the overlay refers to
	Module      string   `json:"module,omitempty"`
}

// newPlan makes the plan of a recipe. Nothing is written or started.
func newPlan(ctx context.Context, c *ui.Console, r *mmdet.Recipe) (*plan, error) {
	order, err := r.Order()
	if err != nil {
		return nil, err
	}
	p := &plan{Recipe: r.Name, Dialect: string(r.Dialect), Stages: []plannedStage{}}
	runner, err := mmrun.New(r, mmrun.Options{})
	if err != nil {
		return nil, err
	}
	states := runner.Status()
	data := newDataChecker(c, r, false)
	for i, s := range order {
		runs, err := resolve(r, s)
		if err != nil {
			return nil, err
		}
		st := plannedStage{
			ID: s.ID, Kind: string(s.Kind), State: string(states[i].Condition), WorkDir: r.WorkDir(s),
			Needs: r.Needs(s), Inputs: orEmpty(r.Inputs(s, &runs[0])), Outputs: orEmpty(r.Outputs(s, &runs[0])),
		}
		st.weights = weightsName(r, s)
		for i := range runs {
			run, err := planRun(r, s, &runs[i])
			switch {
			case err != nil:
				return nil, err
			case i == 0:
				st.plannedRun = *run
			default:
				st.MoreRuns = append(st.MoreRuns, *run)
			}
		}
		if s.Trains() {
			report, _, err := data.Check(ctx, s)
			if err != nil {
				return nil, err
			}
			if report.TrainImages > 0 {
				st.KeptImages, st.Instances = &report.KeptImages, &report.Instances
				if s.Kind == mmdet.CommandKind { // what its program leaves out is not known
					st.KeptImages = nil
				}
				if report.ItersPerEpoch > 0 {
					st.ItersPerEpoch = &report.ItersPerEpoch
				}
			}
		}
		p.Stages = append(p.Stages, st)
	}
	return p, nil
}

// weightsName names what a stage begins with: the checkpoint of another stage, a file or an address; "": its config or
// program says.
func weightsName(r *mmdet.Recipe, s *mmdet.Stage) string {
	if from, pick := r.Weights(s); from != nil {
		return pick + " of " + from.ID
	}
	for _, init := range []*mmdet.Init{s.Init, s.From} {
		if init == nil {
			continue
		}
		if init.URL != "" {
			return init.URL[strings.LastIndexByte(init.URL, '/')+1:]
		}
		return filepath.Base(init.File)
	}
	return ""
}

// planRun plans a process of a stage.
func planRun(r *mmdet.Recipe, s *mmdet.Stage, in *mmdet.Resolved) (*plannedRun, error) {
	run := &plannedRun{Scale: in.Scale}
	if r.ConfigPath(s) != "" {
		text, err := r.Overlay(s, in)
		if err != nil {
			return nil, err
		}
		run.Overlay, run.OverlayPath = string(text), r.OverlayPath(s, in.Scale)
		module, code := r.Module(s)
		run.ModulePath, run.Module = module, string(code)
	}
	cmd, err := r.Command(s, in, run.OverlayPath)
	if err != nil {
		return nil, err
	}
	run.Argv, run.Env, run.Unset, run.Dir = cmd.Argv, orEmpty(cmd.Env), orEmpty(cmd.Unset), cmd.Dir
	return run, nil
}

// orEmpty gives a list that is written as [] and not as null.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (p *plan) print(c *ui.Console) error {
	w := ui.NewTable(c.Out, ui.Left)
	fmt.Fprintln(w, "stage\tkind\tstate\timages\titerations\tweights\tneeds")
	number := func(n *int) string {
		if n == nil {
			return "-"
		}
		return strconv.Itoa(*n)
	}
	for _, s := range p.Stages {
		weights := s.weights
		if weights == "" {
			weights = "-"
		}
		needs := strings.Join(s.Needs, ", ")
		if needs == "" {
			needs = "-"
		}
		ui.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Kind, s.State, number(s.KeptImages), number(s.ItersPerEpoch), weights, needs)
	}
	return w.Flush()
}

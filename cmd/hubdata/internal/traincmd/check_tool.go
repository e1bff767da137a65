package traincmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
)

// checkedTool is what is found of the programs that a recipe starts.
type checkedTool struct {
	Modules    int           `json:"modules"` // of Python that were asked for
	NotChecked []string      `json:"not_checked"`
	Findings   stageFindings `json:"findings"` // all are errors
}

func (t *checkedTool) find(code coco.Code, format string, args ...any) {
	t.Findings = append(t.Findings, mmdet.Finding{Finding: coco.Finding{Code: code, Severity: coco.SeverityError, Reason: fmt.Sprintf(format, args...)}, Count: 1})
}

// checkTool looks for the programs and scripts that the stages start, and asks Python for its packages.
func checkTool(ctx context.Context, r *mmdet.Recipe) (*checkedTool, error) {
	t := &checkedTool{Findings: stageFindings{}, NotChecked: []string{}}
	programs := map[string]bool{}
	for i := range r.Stages {
		s := &r.Stages[i]
		if !s.Trains() && !s.Predicts() {
			continue
		}
		runs, err := resolve(r, s)
		if err != nil {
			return nil, err
		}
		cmd, err := r.Command(s, &runs[0], "config.py")
		if err != nil {
			continue // the check of the stage reports it
		}
		if name := cmd.Argv[0]; !programs[name] {
			programs[name] = true
			if _, err := exec.LookPath(name); err != nil {
				t.find(mmdet.ProgramMissing, "%s: no such program: install it, add its folder to PATH, or name another in the recipe", name)
			}
		}
		for _, script := range r.Scripts(s) {
			if !programs[script] {
				programs[script] = true
				if !files.Exists(script) {
					t.find(mmdet.ProgramMissing, "%s: no such script: tool.root in the recipe names the checkout, tool.train and tool.test its scripts", script)
				}
			}
		}
	}
	return t, t.askPython(ctx, r, pythonTime)
}

// pythonTime is how long Python may take to find its packages, from a slow file system.
const pythonTime = 2 * time.Minute

// askPython asks the recipe's Python once for all modules that it must have.
func (t *checkedTool) askPython(ctx context.Context, r *mmdet.Recipe, atMost time.Duration) error {
	needs := r.Modules()
	if len(needs) == 0 {
		return nil
	}
	command := r.ModulesCommand(needs, os.Getenv("PYTHONPATH"))
	if _, err := exec.LookPath(command.Argv[0]); err != nil {
		if !slices.ContainsFunc(t.Findings, func(f mmdet.Finding) bool { return strings.HasPrefix(f.Reason, command.Argv[0]+":") }) {
			t.find(mmdet.ProgramMissing, "%s: no such program: tool.python in the recipe names Python", command.Argv[0])
		}
		t.NotChecked = append(t.NotChecked, "packages of Python")
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	cmd := exec.CommandContext(limited, command.Argv[0], command.Argv[1:]...)
	cmd.Dir, cmd.Env = command.Dir, append(os.Environ(), command.Env...)
	cmd.WaitDelay = time.Second
	var out, faults bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &faults
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case limited.Err() != nil:
			t.NotChecked = append(t.NotChecked, fmt.Sprintf("packages of Python, which gave no answer within %v", atMost))
			return nil
		case errors.As(err, &exit):
			lines := strings.Split(strings.TrimSpace(faults.String()), "\n")
			t.find(mmdet.ProgramMissing, "%s cannot run: %v: %s", filepath.Base(command.Argv[0]), err, lines[len(lines)-1])
		default:
			t.find(mmdet.ProgramMissing, "%s cannot run: %v", filepath.Base(command.Argv[0]), err)
		}
		t.NotChecked = append(t.NotChecked, "packages of Python")
		return nil
	}
	found, unknown, err := mmdet.MissingModules(needs, out.Bytes())
	if err != nil {
		t.find(mmdet.ProgramMissing, "%s is not Python: %v", command.Argv[0], err)
		return nil
	}
	t.Modules = len(needs)
	for _, f := range found {
		t.Findings = append(t.Findings, mmdet.Finding{Finding: f, Count: 1})
	}
	for _, module := range unknown {
		t.NotChecked = append(t.NotChecked, "the version of "+module)
	}
	return nil
}

// printTool prints what was found, for people.
func printTool(c *ui.Console, t *checkedTool) {
	if !c.Quiet && t.Modules > 0 {
		ui.Fprintf(c.Out, "tool: asked Python for %s\n", ui.Plural(t.Modules, "module", "modules"))
	}
	if !c.Quiet && len(t.NotChecked) > 0 {
		ui.Fprintf(c.Out, "tool: not checked: %s\n", strings.Join(t.NotChecked, ", "))
	}
	for _, f := range t.Findings {
		ui.Fprintf(c.Out, "tool: %s: %s\n", f.Severity, t.Findings.text(f))
	}
}

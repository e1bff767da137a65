package mmdet

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Command returns the command line and environment of a stage. overlay is the path of
// its config (see [Recipe.Overlay]); stages without a config ignore it. An error is a
// [*StageError].
//
// A stage is resumed only from in.Resume. MMDetection's own search for a checkpoint is
// not used: if it found none, it would begin without the weights of an earlier stage.
//
// Command leaves CUDA_VISIBLE_DEVICES unchanged. It unsets MMDET_DATASETS, by which
// MMDetection 2.x rewrites paths.
func (r *Recipe) Command(s *Stage, in *Resolved, overlay string) (*Command, error) {
	switch s.Kind {
	case Train, Infer, CommandKind:
		return r.trainer(s).command(r, s, in, overlay)
	case Fuse, Pseudo:
		return r.fuseCommand(s, in)
	case Eval:
		return r.evalCommand(s, in)
	case BuildData:
		return r.buildCommand(s, in)
	}
	return nil, &StageError{s.ID, fmt.Sprintf("kind %q has no command", s.Kind)}
}

func (r *Recipe) trainCommand(s *Stage, in *Resolved, overlay string) (*Command, error) {
	c := r.python(s, in, r.Tool.Train, overlay)
	if r.Dialect == MMDet2 {
		if s.Seed != nil {
			c.Argv = append(c.Argv, "--seed", strconv.Itoa(*s.Seed))
		}
		if s.Val == "" {
			c.Argv = append(c.Argv, "--no-validate")
		}
	}
	if in.Resume != "" {
		flag := "--resume"
		if r.Dialect == MMDet2 {
			flag = "--resume-from"
		}
		c.Argv = append(c.Argv, flag, in.Resume)
	}
	return c, nil
}

func (r *Recipe) inferCommand(s *Stage, in *Resolved, overlay string) (*Command, error) {
	checkpoint, err := r.loadFrom(s, in)
	if err != nil {
		return nil, err
	}
	c := r.python(s, in, r.Tool.Test, overlay, checkpoint)
	if r.Dialect == MMDet2 {
		// Values of --eval-options lose spaces and are cut at commas, so the prefix is
		// a bare name in the working directory of the program.
		c.Argv = append(c.Argv, "--format-only", "--eval-options", "jsonfile_prefix="+resultsPrefix(in.Scale))
		c.Dir = r.workDir(s, in)
	}
	return c, nil
}

// python returns the beginning of a command that runs one of MMDetection's scripts.
func (r *Recipe) python(s *Stage, in *Resolved, script string, args ...string) *Command {
	root := r.path("", r.Tool.Root)
	paths := append(r.pythonPath(), root)
	if module, _ := r.Module(s); module != "" {
		paths = append(paths, filepath.Dir(module))
	}
	if in.PythonPath != "" {
		paths = append(paths, in.PythonPath)
	}
	c := &Command{
		Argv:  []string{r.program(r.Tool.Python), "-u"},
		Env:   []string{"PYTHONPATH=" + strings.Join(paths, listSeparator())},
		Unset: []string{"MMDET_DATASETS"},
		Dir:   root,
	}
	if in.Resume != "" || r.ownWeights(s) {
		c.Env = append(c.Env, trustWeights+"=1")
	}
	gpus, nodes := r.gpus(s)
	launcher := "none"
	switch {
	case r.Launch.Engine == SlurmEngine && r.Launch.Slurm.Launcher != "torchrun":
		launcher = "slurm" // srun starts one process per GPU
	case gpus*nodes > 1:
		launcher = "pytorch"
		c.Argv = append(c.Argv, r.torchrun(gpus, nodes, in)...)
	}
	c.Argv = append(append(c.Argv, r.path(root, script)), args...)
	if launcher != "none" {
		c.Argv = append(c.Argv, "--launcher", launcher)
	}
	return c
}

// program returns a program to start: a name to look up in PATH as it is, a path as an
// absolute one.
func (r *Recipe) program(name string) string {
	if strings.ContainsAny(name, `/\`) {
		return r.path("", name)
	}
	return name
}

// pythonPath returns the folders of tool.pythonpath.
func (r *Recipe) pythonPath() []string {
	var paths []string
	for _, p := range r.Tool.PythonPath {
		paths = append(paths, r.path("", p))
	}
	return paths
}

// trustWeights lets PyTorch load complete checkpoints. Since 2.6 PyTorch loads only
// tensors and plain values by default, and MMDetection's checkpoints contain more.
// Loading such a file can run any code, so the variable is set only if a stage of the
// recipe wrote the file.
const trustWeights = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"

// ownWeights reports whether a stage of the recipe wrote the weights that s begins
// with.
func (r *Recipe) ownWeights(s *Stage) bool {
	from, _ := r.Weights(s)
	return from != nil
}

// torchrun returns the words that start a process per GPU. They name it as a module, so
// that it belongs to the interpreter. Its options are spelled with underscores, which
// all versions accept.
func (r *Recipe) torchrun(gpus, nodes int, in *Resolved) []string {
	args := []string{"-m", "torch.distributed.run", "--nnodes", strconv.Itoa(nodes), "--nproc_per_node", strconv.Itoa(gpus)}
	if nodes > 1 {
		head := in.Head
		if head == "" {
			head = "<first node>:" + strconv.Itoa(r.Launch.Port)
		}
		return append(args, "--rdzv_backend", "c10d", "--rdzv_endpoint", head)
	}
	return append(args, "--master_port", strconv.Itoa(r.Launch.Port))
}

func listSeparator() string {
	if runtime.GOOS == "windows" {
		return ";"
	}
	return ":"
}

// hubdata returns the beginning of a hubdata command.
func (r *Recipe) hubdata(words ...string) *Command {
	return &Command{Argv: append([]string{"hubdata"}, words...), Dir: r.dir}
}

func (r *Recipe) fuseCommand(s *Stage, in *Resolved) (*Command, error) {
	words := []string{"pseudo"}
	var weights []string
	dir := filepath.Dir(r.workDir(s, in))
	for _, id := range s.Inputs {
		files := slices.Clone(r.results(id, in))
		for i, f := range files {
			// hubdata pseudo cuts names at commas: relative names have no commas of
			// parent folders.
			if rel, err := filepath.Rel(dir, f); err == nil && strings.Contains(f, ",") {
				files[i] = rel
			}
			if strings.Contains(files[i], ",") {
				return nil, &StageError{s.ID, fmt.Sprintf("the results file %q has a comma in its path, where hubdata pseudo would split it: use another folder", f)}
			}
		}
		words = append(words, "--model", id+"="+strings.Join(files, ","))
		if w, ok := s.Weight[id]; ok {
			weights = append(weights, id+"="+strconv.FormatFloat(w, 'g', -1, 64))
		}
	}
	if weights != nil {
		words = append(words, "--weight", strings.Join(weights, ","))
	}
	if s.Preset != "" {
		words = append(words, "--preset", r.path("", s.Preset))
	}
	images, _ := r.dataPath(r.inferData(s), in)
	words = append(words, "--images", images)
	switch {
	case s.Kind == Fuse:
		words = append(words, "--results", first(r.results(s.ID, in)), "-o", filepath.Join(r.workDir(s, in), "fused.json"))
	case s.Merge != "":
		words = append(words, "--thr", threshold(s.Thr), "-o", r.pseudoFile(s, in))
	default:
		file, _ := r.dataPath(s.Out, in)
		words = append(words, "--thr", threshold(s.Thr), "-o", file)
	}
	words = append(words, s.Flags...)
	c := r.hubdata(append(words, r.path("", r.Roots.Source))...)
	c.Dir = dir
	return c, nil
}

func threshold(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// first returns the first of the files, or "" if there is none.
func first(files []string) string {
	if len(files) == 0 {
		return ""
	}
	return files[0]
}

// pseudoFile returns the file of a pseudo stage that is merged with another dataset.
func (r *Recipe) pseudoFile(s *Stage, in *Resolved) string {
	return filepath.Join(r.workDir(s, in), "pseudo.json")
}

func (r *Recipe) evalCommand(s *Stage, in *Resolved) (*Command, error) {
	truth, _ := r.dataPath(s.Truth, in)
	words := append([]string{"eval"}, s.Flags...)
	words = append(words, truth)
	for _, id := range s.Inputs {
		words = append(words, r.results(id, in)...)
	}
	return r.hubdata(words...), nil
}

// buildCommand returns the command of a stage that [Recipe.Order] adds to those of the
// file.
func (r *Recipe) buildCommand(s *Stage, in *Resolved) (*Command, error) {
	out, _ := r.dataPath(s.Out, in)
	if s.Merge != "" {
		base, _ := r.dataPath(s.Merge, in)
		pseudo := r.Stage(s.Inputs[0])
		file := r.pseudoFile(pseudo, &Resolved{})
		return r.hubdata("merge", "-o", out, "--name", s.Merge+"="+base, "--name", pseudo.ID+"="+file, base, file), nil
	}
	d := r.Data(s.Out)
	if d == nil || d.Build == nil {
		return nil, &StageError{s.ID, fmt.Sprintf("dataset %q has no build", s.Out)}
	}
	pairs := []string{"{out}", out, "{source}", r.path("", r.Roots.Source), "{data}", r.path("", r.Roots.Data), "{images}", r.path("", r.Roots.Images)}
	for _, other := range r.Datasets {
		file, _ := r.dataPath(other.ID, in)
		pairs = append(pairs, "{id:"+other.ID+"}", file)
	}
	fill := strings.NewReplacer(pairs...)
	var words []string
	for _, word := range d.Build.Command {
		words = append(words, fill.Replace(word))
	}
	return r.hubdata(words...), nil
}

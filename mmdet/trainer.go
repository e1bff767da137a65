package mmdet

import "io/fs"

// A trainer is a kind of program that trains and predicts: MMDetection, or a command of
// the recipe. It knows the keys of its stages, how they are started, and what a training
// leaves in its folder.
type trainer interface {
	// check adds the problems of a stage.
	check(c *checker, s *Stage, path string)
	// command returns the command line of a stage. config is the path of its config, if
	// it has one.
	command(r *Recipe, s *Stage, in *Resolved, config string) (*Command, error)
	// read reads what a training has left.
	read(dir folder) (*WorkDir, error)
	// best and last choose checkpoints, and say how.
	best(p *picker) (*Checkpoint, string, error)
	last(p *picker) (*Checkpoint, string, error)
	// resumable returns the checkpoint to resume from, or nil if there is none.
	resumable(w *WorkDir, metric string) *Checkpoint
}

// trainer returns the trainer of a stage, or nil if hubdata itself runs it.
func (r *Recipe) trainer(s *Stage) trainer {
	switch s.Kind {
	case Train, Infer:
		return mmdetection{r.Dialect}
	case CommandKind:
		return program{r, s}
	}
	return nil
}

// mmdetection is MMDetection of a dialect.
type mmdetection struct{ Dialect }

func (m mmdetection) check(c *checker, s *Stage, path string) {
	if s.Kind == Train {
		c.train(s, path)
	} else {
		c.infer(s, path)
	}
	c.set(s, path)
	c.home(path+".config", s.Config)
	if packageConfig(s.Config) && m.Dialect != MMDet3 {
		c.problem(path+".config", "found %q, expected a path: MMDetection 2.x inherits only from files", s.Config)
	}
}

func (m mmdetection) command(r *Recipe, s *Stage, in *Resolved, config string) (*Command, error) {
	if s.Kind == Train {
		return r.trainCommand(s, in, config)
	}
	return r.inferCommand(s, in, config)
}

// Scripts returns the absolute paths of MMDetection's scripts that a stage starts.
func (r *Recipe) Scripts(s *Stage) []string {
	root := r.path("", r.Tool.Root)
	switch s.Kind {
	case Train:
		return []string{r.path(root, r.Tool.Train)}
	case Infer:
		return []string{r.path(root, r.Tool.Test)}
	}
	return nil
}

// ReadWorkDir reads what a training has left in the folder of its stage, such as
// os.DirFS(r.WorkDir(s)). See [ReadWorkDir]. An error for a stage that does not train is
// a [*StageError].
func (r *Recipe) ReadWorkDir(fsys fs.FS, s *Stage) (*WorkDir, error) {
	if !s.Trains() {
		return nil, &StageError{s.ID, "it is not a training"}
	}
	return r.trainer(s).read(folder{fsys, r.WorkDir(s)})
}

package mmdet

// Resolved is what a stage's config and command line need beside the recipe: what
// is known only when it runs. The zero value is a first start with the recipe's
// own paths.
type Resolved struct {
	// LoadFrom are the weights to begin with, or of Infer the checkpoint. Empty:
	// the file or URL of the recipe; for those of a stage it must be given.
	LoadFrom string
	// Resume is the stage's own checkpoint to go on from; empty: it begins anew.
	Resume string
	// WorkDir; empty: [Recipe.WorkDir].
	WorkDir string
	// DatasetPath gives the file and folder of images of a dataset; nil:
	// [Recipe.DataPath].
	DatasetPath func(id string) (coco, images string)
	// Results gives the results files of an infer or fuse stage; nil:
	// [Recipe.Results].
	Results func(id string) []string
	// Scale is which of the infer stage's scales is run; 0 if it has none.
	Scale int
	// Config is the text of the stage's config, which is looked at for what an
	// overlay cannot inherit from; nil: it is not looked at.
	Config []byte
	// PythonPath is the caller's $PYTHONPATH.
	PythonPath string
	// Head is host:port of the first of several nodes, for torchrun.
	Head string
}

// A Command is a program to start.
type Command struct {
	Argv  []string // the first is a name to look up, or a path
	Env   []string // KEY=VALUE to set
	Unset []string // variables to take away
	Dir   string   // to run in
}

func (r *Recipe) workDir(s *Stage, in *Resolved) string {
	if in.WorkDir != "" {
		return in.WorkDir
	}
	return r.WorkDir(s)
}

func (r *Recipe) dataPath(id string, in *Resolved) (coco, images string) {
	if in.DatasetPath != nil {
		return in.DatasetPath(id)
	}
	return r.DataPath(id)
}

func (r *Recipe) results(id string, in *Resolved) []string {
	if in.Results != nil {
		return in.Results(id)
	}
	if s := r.Stage(id); s != nil {
		return r.Results(s)
	}
	return nil
}

// loadFrom is where a stage's weights come from; "" if the config says.
func (r *Recipe) loadFrom(s *Stage, in *Resolved) (string, error) {
	init := s.Init
	if s.Kind == Infer {
		init = s.From
	}
	switch {
	case in.LoadFrom != "":
		return in.LoadFrom, nil
	case init == nil:
		return "", nil
	case init.Stage != "":
		return "", &StageError{s.ID, "the checkpoint of stage " + init.Stage + " is not known yet: run that stage first"}
	case init.URL != "":
		return init.URL, nil
	}
	return r.InitFile(init), nil
}

// A StageError says why a stage has no config or no command line.
type StageError struct {
	Stage  string // id
	Reason string
}

func (e *StageError) Error() string { return "stage " + e.Stage + ": " + e.Reason }

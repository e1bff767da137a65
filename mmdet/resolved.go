package mmdet

// Resolved holds values for a stage's config and command line that are known only when
// it runs. The zero value is a first start with the recipe's own paths.
type Resolved struct {
	// LoadFrom are the weights to begin with or, for Infer, the checkpoint. Empty: the
	// file or URL of the recipe. It is required if the weights come from a stage.
	LoadFrom string
	// Resume is the stage's own checkpoint to resume from; empty: begin from the start.
	Resume string
	// WorkDir is the folder of the stage; empty: [Recipe.WorkDir].
	WorkDir string
	// DatasetPath returns the file and the folder of images of a dataset; nil:
	// [Recipe.DataPath].
	DatasetPath func(id string) (coco, images string)
	// Results returns the results files of an infer or fuse stage; nil:
	// [Recipe.Results].
	Results func(id string) []string
	// Scale is the one of the infer stage's scales to run; 0 if it has none.
	Scale int
	// Config is the text of the stage's config. It is searched for parts that an
	// overlay cannot inherit from; nil: it is not searched.
	Config []byte
	// PythonPath is the caller's $PYTHONPATH.
	PythonPath string
	// Head is host:port of the first of several nodes, for torchrun.
	Head string
}

// A Command is a program to start.
type Command struct {
	Argv  []string // the first is a name to look up in PATH, or a path
	Env   []string // KEY=VALUE to set
	Unset []string // variables to unset
	Dir   string   // working directory
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

// loadFrom returns where a stage's weights come from, or "" if the config says.
func (r *Recipe) loadFrom(s *Stage, in *Resolved) (string, error) {
	init := s.weights()
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

// A StageError explains why a stage has no config or no command line.
type StageError struct {
	Stage  string // id
	Reason string
}

func (e *StageError) Error() string { return "stage " + e.Stage + ": " + e.Reason }

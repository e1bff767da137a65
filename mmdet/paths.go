package mmdet

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
)

// path returns an absolute path; root is the folder that a relative one begins in.
func (r *Recipe) path(root, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	if root != "" && !filepath.IsAbs(root) {
		root = filepath.Join(r.dir, root)
	} else if root == "" {
		root = r.dir
	}
	return filepath.Join(root, name)
}

// DataPath returns the file of a dataset or plan of folds, or the folder of an export,
// and the folder of its images, as absolute paths, or "" if there is no such dataset.
func (r *Recipe) DataPath(id string) (file, images string) {
	d := r.Data(id)
	if d == nil {
		return "", ""
	}
	name := cmp.Or(d.COCO, d.Plan, d.Folder)
	images = d.Images
	if images == "" {
		images = r.Roots.Images
	}
	return r.path(r.Roots.Data, name), r.path("", images)
}

// WorkDir returns the absolute path of the folder of a stage.
func (r *Recipe) WorkDir(s *Stage) string { return r.path(r.Roots.Work, s.ID) }

// ConfigPath returns the config of a train or infer stage as an absolute path or, with
// MMDetection 3.x, as package::path. It returns "" for other stages.
func (r *Recipe) ConfigPath(s *Stage) string {
	name := s.Config
	if name == "" && s.Kind == Infer && s.From != nil {
		if from := r.Stage(s.From.Stage); from != nil {
			name = from.Config
		}
	}
	if packageConfig(name) {
		return name
	}
	return r.path(r.Roots.Configs, name)
}

// Results returns the absolute paths of the results files of an infer stage, one per
// scale, of a command that predicts, or of a fuse stage.
func (r *Recipe) Results(s *Stage) []string {
	dir := r.WorkDir(s)
	switch s.Kind {
	case Infer:
		if len(s.Scales) == 0 {
			return []string{filepath.Join(dir, resultsPrefix(0)+".segm.json")}
		}
		var files []string
		for _, scale := range s.Scales {
			files = append(files, filepath.Join(dir, resultsPrefix(scale)+".segm.json"))
		}
		return files
	case CommandKind:
		if s.Output == nil {
			return nil
		}
		var files []string
		for _, name := range s.Output.Results {
			files = append(files, filepath.Join(dir, filepath.FromSlash(name)))
		}
		return files
	case Fuse:
		return []string{filepath.Join(dir, "fused.segm.json")}
	}
	return nil
}

// resultsPrefix returns the name of a results file without suffixes.
func resultsPrefix(scale int) string {
	if scale == 0 {
		return "results"
	}
	return "results_" + strconv.Itoa(scale)
}

// OverlayPath returns the path of the config of a train or infer stage. scale is that
// of [Resolved].
func (r *Recipe) OverlayPath(s *Stage, scale int) string {
	name := "overlay.py"
	if scale != 0 {
		name = "overlay_" + strconv.Itoa(scale) + ".py"
	}
	return filepath.Join(r.WorkDir(s), "hubdata", name)
}

// InitFile returns the absolute path of a file of weights, or "" if the weights are not
// a file.
func (r *Recipe) InitFile(init *Init) string { return r.path("", init.File) }

// weights returns where a stage's weights come from, or nil if it does not say.
func (s *Stage) weights() *Init {
	if s.Predicts() {
		return s.From
	}
	return s.Init
}

// Weights returns the stage that weights come from, and which of its checkpoints: best,
// last or epoch:N. The stage is nil if the weights are a file, an address or none.
func (r *Recipe) Weights(s *Stage) (from *Stage, pick string) {
	init := s.weights()
	if init == nil || init.Stage == "" {
		return nil, ""
	}
	from = r.Stage(init.Stage)
	if pick = init.Pick; pick == "" && from != nil {
		pick = from.Pick
	}
	return from, pick
}

// Inputs returns the files that a stage reads: config, weights, datasets and results.
// Weights may be an address.
func (r *Recipe) Inputs(s *Stage, in *Resolved) []string {
	var files []string
	add := func(name string) {
		if name != "" && !slices.Contains(files, name) {
			files = append(files, name)
		}
	}
	add(r.ConfigPath(s))
	weights, _ := r.loadFrom(s, in)
	add(weights)
	for _, file := range r.StageFiles(s) {
		add(file)
	}
	for _, id := range r.Uses(s) {
		file, _ := r.dataPath(id, in)
		add(file)
	}
	switch {
	case s.Kind == BuildData && s.Merge != "":
		add(r.pseudoFile(r.Stage(s.Inputs[0]), &Resolved{}))
	default:
		for _, id := range s.Inputs {
			for _, f := range r.results(id, in) {
				add(f)
			}
		}
	}
	return files
}

// StageFiles returns the absolute paths of the files that a stage reads besides data and
// weights: those that a command names, and the preset of a fusion.
func (r *Recipe) StageFiles(s *Stage) []string {
	var files []string
	if s.Preset != "" {
		files = append(files, r.path("", s.Preset))
	}
	for _, name := range s.Files {
		files = append(files, r.path("", name))
	}
	return files
}

// Outputs returns the files that a stage of hubdata's own writes, and the results
// of a stage that predicts; which checkpoints a training leaves is known only then.
func (r *Recipe) Outputs(s *Stage, in *Resolved) []string {
	switch {
	case s.Predicts() || s.Kind == Fuse:
		return r.results(s.ID, in)
	case s.Kind == Pseudo && s.Merge != "":
		return []string{r.pseudoFile(s, in)}
	case s.Kind == Pseudo || s.Kind == BuildData:
		file, _ := r.dataPath(s.Out, in)
		return []string{file}
	}
	return nil
}

// TotalGPUs returns the number of GPUs that a stage runs on, over all nodes.
func (r *Recipe) TotalGPUs(s *Stage) int {
	gpus, nodes := r.gpus(s)
	return gpus * nodes
}

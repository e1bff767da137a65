package mmdet

import (
	"path/filepath"
	"strconv"
)

// path makes a path of the recipe absolute; root is a root that it begins in.
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

// DataPath returns the file of a dataset, or plan of folds, and the folder of its
// images, as absolute paths; "" if there is no such dataset.
func (r *Recipe) DataPath(id string) (file, images string) {
	d := r.Data(id)
	if d == nil {
		return "", ""
	}
	name := d.COCO
	if name == "" {
		name = d.Plan
	}
	images = d.Images
	if images == "" {
		images = r.Roots.Images
	}
	return r.path(r.Roots.Data, name), r.path("", images)
}

// WorkDir returns the folder of a stage, as an absolute path.
func (r *Recipe) WorkDir(s *Stage) string { return r.path(r.Roots.Work, s.ID) }

// ConfigPath returns the config of a train or infer stage, as an absolute path or,
// with MMDetection 3.x, as package::path. It is "" for other stages.
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

// Results returns the results files of an infer stage, one for each scale, or of a
// fuse stage, as absolute paths.
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
	case Fuse:
		return []string{filepath.Join(dir, "fused.segm.json")}
	}
	return nil
}

// resultsPrefix is the name of a results file without suffixes.
func resultsPrefix(scale int) string {
	if scale == 0 {
		return "results"
	}
	return "results_" + strconv.Itoa(scale)
}

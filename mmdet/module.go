package mmdet

import (
	_ "embed"
	"path/filepath"
)

// moduleName is the name of [Recipe.Module] in the pipeline of a config.
const moduleName = "hubdata_transforms"

//go:embed hubdata_transforms.py
var moduleText []byte

// Module returns the Python module that the config of a stage imports, and its path, or
// nil if the config needs none. Pipelines of MMDetection 3.x with Augment need it:
// there, the step of Albumentations fails on an image that loses all its annotations,
// while 2.x skips such an image.
func (r *Recipe) Module(s *Stage) (path string, text []byte) {
	if s.Kind != Train || r.Dialect != MMDet3 || s.Augment == "" {
		return "", nil
	}
	return filepath.Join(filepath.Dir(r.OverlayPath(s, 0)), moduleName+".py"), moduleText
}

package mmdet

import (
	_ "embed"
	"path/filepath"
)

// moduleName is the name by which a config's pipeline refers to [Recipe.Module].
const moduleName = "hubdata_transforms"

//go:embed hubdata_transforms.py
var moduleText []byte

// Module returns the Python module that the config of a stage needs beside it, and where
// that belongs; nil: it needs none. Pipelines of MMDetection 3.x with Augment do:
// their step of Albumentations fails there on an image that loses all its annotations,
// which 2.x passes over.
func (r *Recipe) Module(s *Stage) (path string, text []byte) {
	if s.Kind != Train || r.Dialect != MMDet3 || s.Augment == "" {
		return "", nil
	}
	return filepath.Join(filepath.Dir(r.OverlayPath(s, 0)), moduleName+".py"), moduleText
}

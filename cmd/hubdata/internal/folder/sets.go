package folder

import (
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
)

// spoolMemory is how many bytes of all sets of a run are held in memory.
const spoolMemory = 16 << 20

// Set is a COCO file being made. It is written when all inputs are read, since its info object identifies them.
type Set struct {
	Path    string
	Dataset int // 0: several
	Wsi     int // 0: several
	coco.Builder
}

// spoolTo sets how many bytes of the set are held in memory, and where the rest is spilled.
func (s *Set) spoolTo(file *spool.File, limit int) {
	s.Memory, s.Disk = limit, func() (coco.Disk, error) { return file.Part(), nil }
}

// write writes the set to out.
func (s *Set) write(out *files.Output, from files.Provenance) error {
	info, err := from.Info(from.Describe())
	if err == nil {
		err = s.Write(out, info)
	}
	if err != nil {
		return out.Failed(err)
	}
	return out.Close()
}

// openSets is how many sets are written in parallel: enough to keep cores and disk busy, with few open files.
const openSets = 16

// writeSets writes the sets, some in parallel, and makes all visible together.
func writeSets(o *files.Outputs, sets []*Set, from func(*Set) files.Provenance) error {
	errs := make([]error, len(sets))
	slots := make(chan struct{}, openSets)
	var wg sync.WaitGroup
	for i, s := range sets {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			out, err := o.Create(s.Path)
			if err == nil {
				err = s.write(out, from(s))
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return o.Commit()
}

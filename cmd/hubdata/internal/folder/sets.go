package folder

import (
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
)

// spoolMemory bounds what all sets of a run keep in memory.
const spoolMemory = 16 << 20

// A set is one COCO file in the making. It waits for its end, since what info says of
// the inputs is known when they are read.
type Set struct {
	Path    string
	Dataset int // 0: several
	Wsi     int // 0: several
	coco.Builder
}

// spoolTo sets how much of a set is kept in memory, and where the rest goes.
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

// openSets is how many sets are written side by side: enough to keep cores and disk
// busy, while few files are open.
const openSets = 16

// writeSets writes the sets, some side by side, and makes all visible together.
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

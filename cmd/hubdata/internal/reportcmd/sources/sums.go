package sources

import (
	"context"
	"os"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
)

// Sums are the checksums of the sources, made while others work.
type Sums struct {
	byPath map[string]*Sum
	wg     sync.WaitGroup
}

// Sum is what a file is.
type Sum struct {
	files.FileInfo
	Err error // it cannot be read
}

// StartSums begins to sum the files, in parallel to the caller.
func StartSums(ctx context.Context, from *Files) *Sums {
	s := &Sums{byPath: map[string]*Sum{}}
	var paths []string
	for _, r := range from.Roles() {
		if st, err := os.Stat(r.Path); err == nil && st.Mode().IsRegular() {
			s.byPath[r.Path] = &Sum{}
			paths = append(paths, r.Path)
		}
	}
	s.wg.Go(func() {
		for _, path := range paths {
			if ctx.Err() != nil {
				return
			}
			of := s.byPath[path]
			of.FileInfo, of.Err = files.SumFile(path)
		}
	})
	return s
}

// Wait returns the sums by path, once they are made.
func (s *Sums) Wait() map[string]*Sum {
	s.wg.Wait()
	return s.byPath
}

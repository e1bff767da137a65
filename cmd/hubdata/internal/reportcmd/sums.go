package reportcmd

import (
	"context"
	"os"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
)

// sums are the checksums of the sources, made while others work.
type sums struct {
	byPath map[string]*fileSum
	wg     sync.WaitGroup
}

// fileSum is what a file is.
type fileSum struct {
	files.FileInfo
	err error // it cannot be read
}

// startSums begins to sum the sources that are files.
func startSums(ctx context.Context, from *sources) *sums {
	s := &sums{byPath: map[string]*fileSum{}}
	var paths []string
	for _, r := range from.roles() {
		if st, err := os.Stat(r.path); err == nil && st.Mode().IsRegular() {
			s.byPath[r.path] = &fileSum{}
			paths = append(paths, r.path)
		}
	}
	s.wg.Go(func() {
		for _, path := range paths {
			if ctx.Err() != nil {
				return
			}
			of := s.byPath[path]
			of.FileInfo, of.err = files.SumFile(path)
		}
	})
	return s
}

// wait returns the sums by path.
func (s *sums) wait() map[string]*fileSum {
	s.wg.Wait()
	return s.byPath
}

package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"testing"
)

// TestSpool reads back what was appended, from memory and from the file, and
// finds the folder empty behind it.
func TestSpool(t *testing.T) {
	for _, limit := range []int{1, 3 * spoolChunk, 1 << 30} {
		rng := rand.New(rand.NewPCG(1, uint64(limit)))
		dir := t.TempDir()
		s := spool{limit: limit, dir: func() (string, error) { return dir, nil }}
		var want []byte
		for range 300 {
			part := bytes.Repeat([]byte{byte(rng.IntN(256))}, rng.IntN(20000))
			want = append(want, part...)
			if err := s.grown(append(s.buf, part...)); err != nil {
				t.Fatal(err)
			}
		}
		if spilled := s.file != nil; spilled != (limit < len(want)) {
			t.Errorf("limit %d: spilled is %v", limit, spilled)
		}
		r, err := s.reader()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("limit %d: %d bytes (%v), want %d", limit, len(got), err, len(want))
		}
		s.close()
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("limit %d: %d files left", limit, len(left))
		}
	}
}

package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"testing"
)

// TestSpool reads back what was appended to several spools by turns, from memory and
// from the scratch, and finds the folder empty behind them.
func TestSpool(t *testing.T) {
	for _, limit := range []int{1, 3 * spoolChunk, 1 << 30} {
		rng := rand.New(rand.NewPCG(1, uint64(limit)))
		dir := t.TempDir()
		disk := scratch{dir: func() (string, error) { return dir, nil }}
		spools := make([]spool, 3)
		want := make([][]byte, len(spools))
		for i := range spools {
			spools[i].limit, spools[i].scratch = limit, &disk
		}
		for range 900 {
			i := rng.IntN(len(spools))
			part := bytes.Repeat([]byte{byte(rng.IntN(256))}, rng.IntN(20000))
			want[i] = append(want[i], part...)
			if err := spools[i].grown(append(spools[i].buf, part...)); err != nil {
				t.Fatal(err)
			}
		}
		if spilled := disk.file != nil; spilled != (limit < len(want[0])) {
			t.Errorf("limit %d: spilled is %v", limit, spilled)
		}
		for i := range spools {
			if got, err := io.ReadAll(spools[i].reader()); err != nil || !bytes.Equal(got, want[i]) {
				t.Errorf("limit %d: %d bytes (%v), want %d", limit, len(got), err, len(want[i]))
			}
		}
		disk.close()
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("limit %d: %d files left", limit, len(left))
		}
	}
}

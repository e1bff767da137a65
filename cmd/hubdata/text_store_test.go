package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
)

// TestTextStore gets back what was added, from memory and from the disk.
func TestTextStore(t *testing.T) {
	for _, limit := range []int{0, 100, 1 << 20, 1 << 30} {
		rng := rand.New(rand.NewPCG(1, uint64(limit)))
		dir := t.TempDir()
		s := textStore{limit: limit, scratch: scratch{dir: func() (string, error) { return dir, nil }}}
		var want [][]byte
		var places []storedText
		for i := range 3000 {
			text := bytes.Repeat([]byte{byte(rng.IntN(256))}, rng.IntN(2000))
			place, err := s.add(text, i)
			if err != nil {
				t.Fatal(err)
			}
			want, places = append(want, text), append(places, place)
		}
		if err := s.complete(); err != nil {
			t.Fatal(err)
		}
		if onDisk := s.scratch.file != nil; onDisk != (limit < 1<<30) {
			t.Errorf("limit %d: on the disk is %v", limit, onDisk)
		}
		for _, i := range rng.Perm(len(want)) {
			if got, err := s.get(places[i], nil); err != nil || !bytes.Equal(got, want[i]) || int(places[i].of) != i {
				t.Fatalf("limit %d: text %d: %d bytes (%v), want %d", limit, i, len(got), err, len(want[i]))
			}
		}
		s.scratch.close()
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("limit %d: %d files left", limit, len(left))
		}
	}
}

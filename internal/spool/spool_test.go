package spool

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// TestBuffer appends to several buffers in turn, reads them back from memory and from
// the file, and checks that the folder is empty afterwards.
func TestBuffer(t *testing.T) {
	for _, limit := range []int{1, 3 * chunk, 1 << 30} {
		rng := rand.New(rand.NewPCG(1, uint64(limit)))
		dir := t.TempDir()
		file := File{Dir: func() (string, error) { return dir, nil }}
		buffers := make([]Buffer, 3)
		want := make([][]byte, len(buffers))
		for i := range buffers {
			buffers[i].Limit, buffers[i].Disk = limit, func() (Disk, error) { return file.Part(), nil }
		}
		for range 900 {
			i := rng.IntN(len(buffers))
			part := bytes.Repeat([]byte{byte(rng.IntN(256))}, rng.IntN(20000))
			want[i] = append(want[i], part...)
			if err := buffers[i].Grow(append(buffers[i].Tail(), part...)); err != nil {
				t.Fatal(err)
			}
		}
		if spilled := file.Size() > 0; spilled != (limit < len(want[0])) {
			t.Errorf("limit %d: spilled is %v", limit, spilled)
		}
		for i := range buffers {
			if got, err := io.ReadAll(buffers[i].Reader()); err != nil || !bytes.Equal(got, want[i]) {
				t.Errorf("limit %d: %d bytes (%v), want %d", limit, len(got), err, len(want[i]))
			}
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("limit %d: %d files left", limit, len(left))
		}
	}
}

// TestBufferWithoutDisk checks that a buffer without Disk keeps everything in
// memory, whatever the limit.
func TestBufferWithoutDisk(t *testing.T) {
	var b Buffer
	want := bytes.Repeat([]byte("0123456789"), chunk/3)
	for part := range slices.Chunk(want, 1000) {
		if err := b.Grow(append(b.Tail(), part...)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := io.ReadAll(b.Reader()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes (%v), want %d", len(got), err, len(want))
	}
}

// TestParts reads each part at any position, as if it were in a file of its
// own.
func TestParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	dir := t.TempDir()
	file := File{Dir: func() (string, error) { return dir, nil }}
	defer func() { _ = file.Close() }()
	parts := []*Part{file.Part(), file.Part()}
	want := make([][]byte, len(parts))
	for range 200 {
		i := rng.IntN(len(parts))
		text := bytes.Repeat([]byte{byte(rng.IntN(256))}, rng.IntN(50))
		want[i] = append(want[i], text...)
		if n, err := parts[i].Write(text); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	for i, p := range parts {
		if len(p.pieces) > 120 {
			t.Errorf("%d pieces: neighbours are not joined", len(p.pieces))
		}
		for range 2000 {
			at, buf := rng.IntN(len(want[i])+10), make([]byte, rng.IntN(400))
			n, err := p.ReadAt(buf, int64(at))
			rest := want[i][min(at, len(want[i])):]
			wantN := min(len(buf), len(rest))
			if n != wantN || !bytes.Equal(buf[:n], rest[:n]) || (err == io.EOF) != (n < len(buf)) || err != nil && err != io.EOF {
				t.Fatalf("part %d of %d bytes: %d bytes from %d: got %d (%v), want %d", i, len(want[i]), len(buf), at, n, err, wantN)
			}
		}
	}
}

// TestStore reads back the added texts from memory and from disk.
func TestStore(t *testing.T) {
	for _, limit := range []int{0, 100, 1 << 20, 1 << 30} {
		rng := rand.New(rand.NewPCG(1, uint64(limit)))
		dir := t.TempDir()
		s := Store{Limit: limit, File: File{Dir: func() (string, error) { return dir, nil }}}
		var want [][]byte
		var places []Text
		for i := range 3000 {
			text := bytes.Repeat([]byte{byte(rng.IntN(256))}, rng.IntN(2000))
			place, err := s.Add(text, i)
			if err != nil {
				t.Fatal(err)
			}
			want, places = append(want, text), append(places, place)
		}
		if err := s.Complete(); err != nil {
			t.Fatal(err)
		}
		if onDisk := s.File.Size() > 0; onDisk != (limit < 1<<30) {
			t.Errorf("limit %d: on the disk is %v", limit, onDisk)
		}
		for _, i := range rng.Perm(len(want)) {
			if got, err := s.Get(places[i], nil); err != nil || !bytes.Equal(got, want[i]) || int(places[i].Of) != i {
				t.Fatalf("limit %d: text %d: %d bytes (%v), want %d", limit, i, len(got), err, len(want[i]))
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("limit %d: %d files left", limit, len(left))
		}
	}
}

// TestDiskErrors checks that errors of the disk are marked, and that their
// reason is kept.
func TestDiskErrors(t *testing.T) {
	for name, dir := range map[string]func() (string, error){
		"no folder":      func() (string, error) { return t.TempDir() + "/absent", nil },
		"none is to get": func() (string, error) { return "", fs.ErrNotExist },
	} {
		file := File{Dir: dir}
		if _, err := file.Write([]byte("a")); !errors.Is(err, errDisk) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: writing: %v", name, err)
		}
		b := Buffer{Disk: func() (Disk, error) { return file.Part(), nil }}
		if err := b.Grow(make([]byte, chunk)); !errors.Is(err, errDisk) {
			t.Errorf("%s: buffer: %v", name, err)
		}
		s := Store{File: file}
		_, err := s.Add(make([]byte, 2*chunk), 0)
		if !errors.Is(err, errDisk) {
			t.Errorf("%s: store: %v", name, err)
		}
	}
	dir := t.TempDir()
	file := File{Dir: func() (string, error) { return dir, nil }}
	part := file.Part()
	if _, err := part.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := file.file.Close(); err != nil { // closed behind its back
		t.Fatal(err)
	}
	if _, err := part.ReadAt(make([]byte, 2), 0); !errors.Is(err, errDisk) {
		t.Errorf("reading a closed file: %v", err)
	}
}

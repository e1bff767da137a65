package coco

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// benchFiles runs a benchmark on generated files of the size of COCO's val2017.
func benchFiles(b *testing.B, run func(b *testing.B, text []byte)) {
	for _, f := range []struct {
		name string
		runs bool
		pad  string
	}{{"polygons", false, ""}, {"runs", true, ""}, {"spaced", false, " "}} {
		b.Run(f.name, func(b *testing.B) {
			text := generate(5000, 36781, f.runs, f.pad)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			b.ResetTimer()
			run(b, text)
		})
	}
}

func BenchmarkDecodeFile(b *testing.B) {
	benchFiles(b, func(b *testing.B, text []byte) {
		name := filepath.Join(b.TempDir(), "set.json")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			f, err := os.Open(name)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := Decode(f); err != nil {
				b.Fatal(err)
			}
			_ = f.Close()
		}
	})
}

func BenchmarkDecodeOneWorker(b *testing.B) {
	benchFiles(b, func(b *testing.B, text []byte) {
		for b.Loop() {
			if _, err := decode(bytes.NewReader(text), 1, blockText, false); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReader(b *testing.B) {
	benchFiles(b, func(b *testing.B, text []byte) {
		for b.Loop() {
			for _, err := range NewReader(bytes.NewReader(text)).Records() {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	benchFiles(b, func(b *testing.B, text []byte) {
		d, err := Decode(bytes.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := d.Encode(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Command pack creates a release archive of a built program, its software bill of
// materials in CycloneDX format, and a wheel for pip with the Python module:
//
//	pack [-out DIR] PROGRAM
//
// All information comes from the build information in the program; licences come
// from the folders of the modules. The same program gives the same bytes, because
// members have the time of the commit.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/hubdata/hubdata/internal/bill"
	"github.com/hubdata/hubdata/internal/licences"
)

func main() {
	out := flag.String("out", ".", "folder to write to")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := pack(flag.Arg(0), *out); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// program is the program to pack.
type program struct {
	version  string // 0.1.0
	os, arch string
	commit   string
	time     time.Time // of the commit
	sum      string    // SHA-256
	binary   []byte
	info     *buildinfo.BuildInfo
}

// member is a file of an archive.
type member struct {
	name string
	mode int64
	text []byte
}

func pack(path, out string) error {
	p, err := read(path)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("hubdata_%s_%s_%s", p.version, p.os, p.arch)
	binary := "hubdata"
	if p.os == "windows" {
		binary += ".exe"
	}
	bill, err := (&bill.Program{Version: p.version, Commit: p.commit, Time: p.time, SHA256: p.sum, Info: p.info}).CycloneDX()
	if err != nil {
		return err
	}
	var modules []licences.Module
	for _, d := range p.info.Deps {
		modules = append(modules, licences.Module{Path: d.Path, Version: d.Version})
	}
	licences, err := licences.Collect(p.info.GoVersion, modules)
	if err != nil {
		return err
	}
	members := []member{{binary, 0o755, p.binary}, {"THIRD-PARTY-LICENSES.txt", 0o644, licences}, {"hubdata.cdx.json", 0o644, bill}}
	pages, err := filepath.Glob("man/*.1")
	if err != nil {
		return err
	}
	for _, file := range append([]string{"LICENSE", "README.md", "CHANGELOG.md"}, pages...) {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		members = append(members, member{filepath.ToSlash(file), 0o644, text})
	}
	for i := range members {
		members[i].name = name + "/" + members[i].name
	}
	suffix, archive := ".tar.gz", p.tar
	if p.os == "windows" {
		suffix, archive = ".zip", p.zip
	}
	packed, err := archive(members)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, name+suffix), packed, 0o644); err != nil {
		return err
	}
	wheel, packed, err := p.wheel(licences, bill)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, wheel), packed, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, name+".cdx.json"), bill, 0o644)
}

// releaseLine matches the line with the version in the source.
var releaseLine = regexp.MustCompile(`(?m)^const release = "(.*)"$`)

// read reads a program and the build information in it.
func read(path string) (*program, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := &program{info: info}
	if p.binary, err = os.ReadFile(path); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(p.binary)
	p.sum = hex.EncodeToString(sum[:])
	source, err := os.ReadFile("cmd/hubdata/internal/ui/version.go")
	if err != nil {
		return nil, err
	}
	m := releaseLine.FindSubmatch(source)
	if m == nil {
		return nil, fmt.Errorf("cmd/hubdata/internal/ui/version.go has no release")
	}
	p.version = string(m[1])
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS":
			p.os = s.Value
		case "GOARCH":
			p.arch = s.Value
		case "vcs.revision":
			p.commit = s.Value
		case "vcs.time":
			if p.time, err = time.Parse(time.RFC3339, s.Value); err != nil {
				return nil, err
			}
		case "vcs.modified":
			if s.Value == "true" {
				return nil, fmt.Errorf("%s was built from uncommitted files", path)
			}
		}
	}
	if p.commit == "" {
		return nil, fmt.Errorf("%s does not record its commit: build in a clone, with -buildvcs=true", path)
	}
	return p, nil
}

func (p *program) tar(members []member) ([]byte, error) {
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Mode: m.mode, Size: int64(len(m.text)), ModTime: p.time, Format: tar.FormatUSTAR}); err != nil {
			return nil, err
		}
		if _, err := w.Write(m.text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	err = z.Close()
	return buf.Bytes(), err
}

func (p *program) zip(members []member) ([]byte, error) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, m := range members {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: p.time.UTC()})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(m.text); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return buf.Bytes(), err
}

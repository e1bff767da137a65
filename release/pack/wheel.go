package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// wheelTags are the platforms of a wheel, by GOOS/GOARCH. A static program runs with glibc and with musl; 12 is the
// oldest macOS that Go supports.
var wheelTags = map[string]string{
	"linux/amd64":   "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
	"linux/arm64":   "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
	"darwin/amd64":  "macosx_12_0_x86_64",
	"darwin/arm64":  "macosx_12_0_arm64",
	"windows/amd64": "win_amd64",
	"windows/arm64": "win_arm64",
}

// module is the folder of the Python module, and versionFile the file of it that a wheel has with the real version.
const (
	module      = "python/hubdata"
	versionFile = "hubdata/_version.py"
)

// sourceVersion is the version in versionFile.
var sourceVersion = regexp.MustCompile(`"0\+source"`)

// wheel returns the name and the bytes of the program's wheel: the module, and the program as a script, which pip
// copies next to python.
func (p *program) wheel(licences, bill []byte) (name string, text []byte, err error) {
	platform, ok := wheelTags[p.os+"/"+p.arch]
	if !ok {
		return "", nil, fmt.Errorf("no wheel for %s/%s", p.os, p.arch)
	}
	version, err := pythonVersion(p.version)
	if err != nil {
		return "", nil, err
	}
	tag := "py3-none-" + platform
	members, err := moduleFiles(version)
	if err != nil {
		return "", nil, err
	}
	binary := "hubdata"
	if p.os == "windows" {
		binary += ".exe"
	}
	base := "hubdata-" + version
	info := base + ".dist-info/"
	about, err := aboutWheel(version)
	if err != nil {
		return "", nil, err
	}
	licence, err := os.ReadFile("LICENSE")
	if err != nil {
		return "", nil, err
	}
	members = append(members,
		member{base + ".data/scripts/" + binary, 0o755, p.binary},
		member{info + "METADATA", 0o644, about},
		member{info + "WHEEL", 0o644, wheelFile(tag)},
		member{info + "licenses/LICENSE", 0o644, licence},
		member{info + "licenses/THIRD-PARTY-LICENSES.txt", 0o644, licences},
		member{info + "sboms/hubdata.cdx.json", 0o644, bill},
	)
	members = append(members, member{info + "RECORD", 0o644, record(info, members)})
	text, err = p.sizedZip(members)
	return base + "-" + tag + ".whl", text, err
}

// moduleFiles are the files of the module, with the version in them.
func moduleFiles(version string) ([]member, error) {
	var out []member
	err := filepath.WalkDir(filepath.FromSlash(module), func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) == ".pyc" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(file), path.Dir(module)+"/")
		if name == versionFile {
			if !sourceVersion.Match(text) {
				return fmt.Errorf("%s has no version to replace", file)
			}
			text = sourceVersion.ReplaceAll(text, []byte(`"`+version+`"`))
		}
		out = append(out, member{name, 0o644, text})
		return nil
	})
	return out, err
}

// releaseVersion matches a version of the program: its numbers, and a word with or without a number.
var releaseVersion = regexp.MustCompile(`^(\d+(?:\.\d+)*)(?:-(dev|alpha|beta|rc)(?:\.?(\d+))?)?$`)

// pythonVersion writes a version as Python does: 0.2.0-dev as 0.2.0.dev0, 0.2.0-rc.1 as 0.2.0rc1.
func pythonVersion(version string) (string, error) {
	m := releaseVersion.FindStringSubmatch(version)
	if m == nil {
		return "", fmt.Errorf("version %q has no form in Python", version)
	}
	word := map[string]string{"": "", "dev": ".dev", "alpha": "a", "beta": "b", "rc": "rc"}[m[2]]
	number := m[3]
	if word != "" && number == "" {
		number = "0"
	}
	return m[1] + word + number, nil
}

// aboutWheel says what the wheel is; its description is python/README.md.
func aboutWheel(version string) ([]byte, error) {
	description, err := os.ReadFile("python/README.md")
	if err != nil {
		return nil, err
	}
	head := `Metadata-Version: 2.4
Name: hubdata
Version: ` + version + `
Summary: From annotated tissue tiles to data a detector can train on: COCO files, folds, pseudo-labels, scores
License-Expression: Apache-2.0
License-File: LICENSE
License-File: THIRD-PARTY-LICENSES.txt
Keywords: coco,pycocotools,instance segmentation,histopathology,hubmap
Project-URL: Source, https://github.com/hubdata/hubdata
Project-URL: Changelog, https://github.com/hubdata/hubdata/blob/main/CHANGELOG.md
Classifier: Environment :: Console
Classifier: Intended Audience :: Science/Research
Classifier: Programming Language :: Go
Classifier: Programming Language :: Python :: 3
Classifier: Typing :: Typed
Requires-Python: >=3.9
Description-Content-Type: text/markdown

`
	return append([]byte(head), description...), nil
}

// wheelFile says for what platforms the wheel is: a line for each.
func wheelFile(tag string) []byte {
	var out strings.Builder
	out.WriteString("Wheel-Version: 1.0\nGenerator: hubdata release/pack\nRoot-Is-Purelib: false\n")
	python, platforms, _ := strings.Cut(tag, "-none-")
	for platform := range strings.SplitSeq(platforms, ".") {
		fmt.Fprintf(&out, "Tag: %s-none-%s\n", python, platform)
	}
	return []byte(out.String())
}

// record lists the members with their checksums, and itself without.
func record(info string, members []member) []byte {
	var out strings.Builder
	for _, m := range members {
		sum := sha256.Sum256(m.text)
		fmt.Fprintf(&out, "%s,sha256=%s,%d\n", m.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(m.text))
	}
	fmt.Fprintf(&out, "%sRECORD,,\n", info)
	return []byte(out.String())
}

// sizedZip writes an archive whose members have their sizes before them, so that it can be installed while it is
// downloaded.
func (p *program) sizedZip(members []member) ([]byte, error) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, m := range members {
		packed := squeeze(m.text)
		head := &zip.FileHeader{Name: m.name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(m.text),
			CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(m.text))}
		head.SetMode(fs.FileMode(m.mode))
		head.ModifiedDate, head.ModifiedTime = dosTime(p.time) //nolint:staticcheck // CreateRaw does not use Modified
		f, err := w.CreateRaw(head)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(packed); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return buf.Bytes(), err
}

// dosTime is a time as archives have it: in UTC, to two seconds.
func dosTime(t time.Time) (date, clock uint16) {
	t = t.UTC()
	date = uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9)
	clock = uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)
	return date, clock
}

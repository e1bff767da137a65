package ui

import (
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// release is the version of this source. Between releases it ends with -dev.
const release = "0.1.0"

// Version is written into every file that hubdata makes: the release and, if the build knows it, the commit, as build
// metadata of a semantic version: 0.1.0+3b1c3a3f0c2d. All builds of a commit write the same bytes.
var Version = newBuild(debug.ReadBuildInfo()).String()

// Build is the source that a program was built from.
type Build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`   // not known to builds without git, as go run makes them
	Modified bool   `json:"modified,omitempty"` // the source was not that of the commit
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// pseudoCommit is the commit in the version that Go gives to a module without a tag.
var pseudoCommit = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[.-]\d{14}-([0-9a-f]{12})(\+|$)`)
})

// BuildOf reads what the compiler noted.
func BuildOf(info *debug.BuildInfo) Build { return newBuild(info, true) }

func newBuild(info *debug.BuildInfo, ok bool) Build {
	b := Build{Version: release, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	if b.Commit != "" {
		return b
	}
	if m := pseudoCommit().FindStringSubmatch(info.Main.Version); m != nil {
		b.Commit = m[1] // go install of a module at a commit
	}
	return b
}

// commitDigits is how many digits of the commit go into files.
const commitDigits = 12

func (b Build) String() string {
	var more []string
	if b.Commit != "" {
		more = append(more, b.Commit[:min(commitDigits, len(b.Commit))])
	}
	if b.Modified {
		more = append(more, "modified")
	}
	if more == nil {
		return b.Version
	}
	return b.Version + "+" + strings.Join(more, ".")
}

// PrintVersion prints the version and what the program was built from.
func PrintVersion(c *Console, asJSON bool) error {
	b := newBuild(debug.ReadBuildInfo())
	if asJSON {
		return PrintJSON(c.Out, b)
	}
	commit := "commit unknown"
	if b.Commit != "" {
		commit = "commit " + b.Commit
		if b.Modified {
			commit += ", modified"
		}
	}
	Fprintf(c.Out, "hubdata %s (%s; %s %s/%s)\n", b.Version, commit, b.Go, b.OS, b.Arch)
	return nil
}

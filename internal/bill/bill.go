// Package bill makes the bill of materials of a program from what the compiler noted in it: for releases, and for
// hubdata version.
package bill

import (
	"encoding/json"
	"runtime/debug"
	"strings"
	"time"
)

// A Program is what a bill is of.
type Program struct {
	Version string    // 0.1.0
	Commit  string    // "": not known
	Time    time.Time // of the commit; the zero time: not known
	SHA256  string    // of the program; "": not known
	Info    *debug.BuildInfo
}

// The parts of a bill of materials, with the names of CycloneDX 1.5.
type (
	bom struct {
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Timestamp string    `json:"timestamp,omitempty"`
		Component component `json:"component"`
	}
	component struct {
		Ref        string     `json:"bom-ref"`
		Type       string     `json:"type"`
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		Hashes     []hash     `json:"hashes,omitempty"`
		Licenses   []licence  `json:"licenses,omitempty"`
		PURL       string     `json:"purl"`
		Properties []property `json:"properties,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	licence struct {
		License struct {
			ID string `json:"id"`
		} `json:"license"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn"`
	}
)

// CycloneDX returns the bill of materials in the format CycloneDX 1.5.
func (p *Program) CycloneDX() ([]byte, error) {
	url := func(path, version string) string { return "pkg:golang/" + path + "@" + version }
	main := component{Type: "application", Name: "hubdata", Version: p.Version,
		PURL: url(p.Info.Main.Path, "v"+p.Version), Licenses: make([]licence, 1)}
	main.Licenses[0].License.ID = "Apache-2.0"
	main.Ref = main.PURL
	if p.SHA256 != "" {
		main.Hashes = []hash{{"SHA-256", p.SHA256}}
	}
	if p.Commit != "" {
		main.Properties = append(main.Properties, property{"commit", p.Commit})
	}
	main.Properties = append(main.Properties, property{"go", p.Info.GoVersion})
	for _, s := range p.Info.Settings {
		if strings.HasPrefix(s.Key, "-") || strings.HasPrefix(s.Key, "GO") || strings.HasPrefix(s.Key, "CGO_ENABLED") {
			main.Properties = append(main.Properties, property{s.Key, s.Value})
		}
	}
	b := bom{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: metadata{Component: main}}
	if !p.Time.IsZero() {
		b.Metadata.Timestamp = p.Time.UTC().Format(time.RFC3339)
	}
	std := component{Type: "library", Name: "std", Version: strings.TrimPrefix(p.Info.GoVersion, "go")}
	std.PURL = url("std", std.Version)
	b.Components = append(b.Components, std)
	for _, d := range p.Info.Deps {
		b.Components = append(b.Components, component{Type: "library", Name: d.Path, Version: d.Version, PURL: url(d.Path, d.Version),
			Properties: []property{{"go.sum", d.Sum}}})
	}
	needs := dependency{Ref: main.Ref}
	for i := range b.Components {
		c := &b.Components[i]
		c.Ref = c.PURL
		needs.DependsOn = append(needs.DependsOn, c.Ref)
	}
	b.Dependencies = []dependency{needs}
	text, err := json.MarshalIndent(b, "", "  ")
	return append(text, '\n'), err
}

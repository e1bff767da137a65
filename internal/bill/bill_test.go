package bill_test

import (
	"encoding/json"
	"runtime/debug"
	"testing"
	"time"

	"github.com/hubdata/hubdata/internal/bill"
)

// TestCycloneDX: the bill has the program and its modules; what is not known is left out.
func TestCycloneDX(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: "example.com/p"},
		Deps:     []*debug.Module{{Path: "example.com/q", Version: "v1.2.3", Sum: "h1:x"}},
		Settings: []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "vcs", Value: "git"}}}
	type component struct {
		Name, Version, Purl string
		Hashes              []struct{ Alg, Content string }
		Properties          []struct{ Name, Value string }
	}
	type doc struct {
		BomFormat, SpecVersion string
		Metadata               struct {
			Timestamp string
			Component component
		}
		Components   []component
		Dependencies []struct{ DependsOn []string }
	}
	read := func(p *bill.Program) (d doc) {
		t.Helper()
		text, err := p.CycloneDX()
		if err == nil {
			err = json.Unmarshal(text, &d)
		}
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := read(&bill.Program{Version: "0.1.0", Commit: "abc", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		SHA256: "12", Info: info})
	if d.BomFormat != "CycloneDX" || d.SpecVersion != "1.5" || d.Metadata.Timestamp != "2026-01-02T03:04:05Z" ||
		d.Metadata.Component.Hashes[0].Content != "12" {
		t.Errorf("%+v", d)
	}
	if len(d.Components) != 2 || d.Components[0].Purl != "pkg:golang/std@1.26.8" ||
		d.Components[1].Purl != "pkg:golang/example.com/q@v1.2.3" || len(d.Dependencies[0].DependsOn) != 2 {
		t.Errorf("%+v", d.Components)
	}
	if d = read(&bill.Program{Version: "0.1.0", Info: info}); d.Metadata.Timestamp != "" ||
		d.Metadata.Component.Hashes != nil || d.Metadata.Component.Properties[0].Name != "go" {
		t.Errorf("%+v", d.Metadata)
	}
}

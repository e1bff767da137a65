package ui

import (
	"runtime/debug"
	"testing"
)

func TestVersionOfBuilds(t *testing.T) {
	settings := func(pairs ...string) []debug.BuildSetting {
		var list []debug.BuildSetting
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return list
	}
	const commit = "3b1c3a3f0c2d4e5f60718293a4b5c6d7e8f90a1b"
	tests := []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"nothing known", nil, release},
		{"go run", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, release},
		{"a commit", &debug.BuildInfo{Settings: settings("vcs", "git", "vcs.revision", commit, "vcs.modified", "false")}, release + "+3b1c3a3f0c2d"},
		{"changed since", &debug.BuildInfo{Settings: settings("vcs.revision", commit, "vcs.modified", "true")}, release + "+3b1c3a3f0c2d.modified"},
		{"go install at a tag", &debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}, release},
		{"go install at a commit", &debug.BuildInfo{Main: debug.Module{Version: "v0.1.1-0.20261126140205-3b1c3a3f0c2d"}}, release + "+3b1c3a3f0c2d"},
		{"before the first tag", &debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261126140205-3b1c3a3f0c2d+dirty"}}, release + "+3b1c3a3f0c2d"},
	}
	for _, tt := range tests {
		if got := newBuild(tt.info, tt.info != nil).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

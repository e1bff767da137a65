package shards

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// A Manifest says what a file of results in shares is: which shard of which run, and what it holds.
type Manifest struct {
	Info        json.RawMessage  `json:"info"` // with the provenance
	Shard       Shard            `json:"shard"`
	Images      int              `json:"images"`      // of the shard, with and without results
	Predictions int              `json:"predictions"` // that were fused
	Results     Results          `json:"results"`
	Made        files.Provenance `json:"-"` // of Info
}

// Results identify a file of results by its text, compressed or not.
type Results struct {
	Name       string `json:"name"` // in the folder of the manifest
	Count      int    `json:"count"`
	TextBytes  int64  `json:"text_bytes"`
	TextSHA256 string `json:"text_sha256"`
}

// ManifestOf is the path of the manifest of a file of results.
func ManifestOf(results string) string { return results + manifestSuffix }

// ResultsOf is the path of the results of a manifest.
func ResultsOf(manifest string) string { return strings.TrimSuffix(manifest, manifestSuffix) }

const manifestSuffix = ".manifest.json"

// Described begins the description of a manifest; the shard follows.
const Described = "shard "

// Write writes a manifest of results that were made so.
func (m *Manifest) Write(w io.Writer, made *files.Provenance) error {
	var err error
	if m.Info, err = made.Info(Described + m.Shard.String() + " of fused predictions"); err != nil {
		return err
	}
	return ui.PrintJSON(w, m)
}

// maxManifest is the size that a manifest has at most.
const maxManifest = 64 << 20

// Read reads a manifest.
func Read(c *ui.Console, path string) (*Manifest, *files.Input, error) {
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	fault := func(reason string) error {
		return ui.Failf(ui.ExitBadData, "%s: %s, expected a manifest that \"hubdata pseudo --shard\" wrote", in.Name, reason)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxManifest+1))
	if err != nil {
		return nil, nil, ui.InFile(in.Name, err)
	}
	if len(text) > maxManifest {
		return nil, nil, fault("found more than 64 MiB")
	}
	m := &Manifest{}
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(text, m); {
	case errors.As(err, &syntax):
		return nil, nil, fault(fmt.Sprintf("found no single JSON value (byte %d)", syntax.Offset))
	case err != nil:
		return nil, nil, fault("found another object")
	}
	var ok bool
	if m.Made, ok = files.ProvenanceIn(m.Info); !ok || m.Shard.I < 1 || m.Shard.I > m.Shard.Of || m.Shard.Of > maxShards || m.Results.Name == "" {
		return nil, nil, fault("found another object")
	}
	if m.Results.Name != filepath.Base(m.Results.Name) || m.Results.Name == ".." {
		return nil, nil, fault("found the name " + m.Results.Name + ", which is not in the folder of the manifest")
	}
	_, err = in.ReadToEnd()
	return m, in, err
}

package foldscmd

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
)

// planFiles are the files that a plan is written to. The CSV has no place to say
// who wrote it, so the JSON beside it holds the CSV's sum.
type planFiles struct {
	csv, json string // empty: not written
	only      bool   // no sets
}

// planNames names the files by -o.
func planNames(out, name string) planFiles {
	bare := files.UnpackedName(out)
	switch {
	case out == "-":
		return planFiles{csv: out, only: true}
	case filepath.Ext(bare) == ".csv":
		return planFiles{csv: out, only: true}
	case filepath.Ext(bare) == ".json":
		return planFiles{json: out, only: true}
	}
	return planFiles{csv: filepath.Join(out, name+".csv"), json: filepath.Join(out, name+".json")}
}

// check says whether the files may be written.
func (p planFiles) check(o *files.Outputs) error {
	if p.json != "" {
		if err := o.Check(p.json); err != nil {
			return err
		}
	}
	if p.csv == "" || p.csv == "-" || o.Force || p.ours() {
		return nil
	}
	return o.Check(p.csv)
}

// ours says whether the CSV is the one that the JSON beside it was written with.
func (p planFiles) ours() bool {
	data, err := os.ReadFile(p.csv)
	if err != nil {
		return false
	}
	text, err := os.ReadFile(p.json)
	if err != nil {
		return false
	}
	var plan struct {
		Info json.RawMessage `json:"info"`
	}
	if json.Unmarshal(text, &plan) != nil {
		return false
	}
	from, ok := files.ProvenanceIn(plan.Info)
	if !ok || from.CSV == nil {
		return false
	}
	sum := sha256.Sum256(data)
	return from.CSV.SHA256 == hex.EncodeToString(sum[:])
}

// write writes the files of a plan of some data, made as from says; the caller commits.
func (p planFiles) write(o *files.Outputs, plan *folds.Plan, of string, from files.Provenance) error {
	var table bytes.Buffer
	if err := plan.WriteCSV(&table); err != nil {
		return err
	}
	if p.csv != "" {
		create := o.Create
		if p.ours() {
			create = o.CreateOver
		}
		out, err := create(p.csv)
		if err != nil {
			return err
		}
		if _, err := out.Write(table.Bytes()); err != nil {
			return out.Failed(err)
		}
		if err := out.Finish(); err != nil {
			return err
		}
		sum := sha256.Sum256(table.Bytes())
		from.CSV = &files.FileInfo{Name: filepath.Base(p.csv), Bytes: int64(table.Len()), SHA256: hex.EncodeToString(sum[:])}
	}
	if p.json == "" {
		return nil
	}
	var err error
	if plan.Info, err = from.Info("folds of " + of); err != nil {
		return err
	}
	out, err := o.Create(p.json)
	if err != nil {
		return err
	}
	if err := plan.WriteJSON(out); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}

// files lists what was written.
func (p planFiles) files() []ui.SummaryFile {
	var out []ui.SummaryFile
	for _, path := range []string{p.csv, p.json} {
		if path != "" {
			out = append(out, ui.NewSummaryFile(path))
		}
	}
	return out
}

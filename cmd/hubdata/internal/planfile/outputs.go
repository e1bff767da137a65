package planfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/regularfile"
)

// Outputs are the files that a plan is written to. The CSV has no place to say
// who wrote it, so the JSON next to it holds the checksum of the CSV.
type Outputs struct {
	CSV, JSON string // empty: not written
	Only      bool   // the user named the plan's own file, so no sets are written
}

// OutputsFor names the files by -o: out is a file, - or a folder, name that of the files in a folder without suffix.
func OutputsFor(out, name string) Outputs {
	bare := files.UnpackedName(out)
	switch {
	case out == "-":
		return Outputs{CSV: out, Only: true}
	case strings.EqualFold(filepath.Ext(bare), ".csv"):
		return Outputs{CSV: out, Only: true}
	case strings.EqualFold(filepath.Ext(bare), ".json"):
		return Outputs{JSON: out, Only: true}
	}
	return Outputs{CSV: filepath.Join(out, name+".csv"), JSON: filepath.Join(out, name+".json")}
}

// Check says whether the files may be written.
func (p Outputs) Check(o *files.Outputs) error {
	if p.JSON != "" {
		if err := o.Check(p.JSON); err != nil {
			return err
		}
	}
	if p.CSV == "" || p.CSV == "-" || o.Force || p.ours() {
		return nil
	}
	return o.Check(p.CSV)
}

// ours says whether the CSV is the one that the JSON next to it was written with.
func (p Outputs) ours() bool {
	data, err := regularfile.ReadFile(p.CSV)
	if err != nil {
		return false
	}
	text, err := regularfile.ReadFile(p.JSON)
	if err != nil {
		return false
	}
	var plan struct {
		Info json.RawMessage `JSON:"info"`
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

// Write writes the files of a plan of some data, made as from says; the caller commits.
func (p Outputs) Write(o *files.Outputs, plan *folds.Plan, of string, from files.Provenance) error {
	var table bytes.Buffer
	if err := plan.WriteCSV(&table); err != nil {
		return err
	}
	if p.CSV != "" {
		if !utf8.Valid(table.Bytes()) {
			o.Console.Note(`%s: some names are not UTF-8: Python reads the table with errors="surrogatepass", pandas with encoding_errors="surrogatepass" and dtype={"id": object}; a plan as JSON has no such limit`, p.CSV)
		}
		create := o.Create
		if p.ours() {
			create = o.CreateOver
		}
		out, err := create(p.CSV)
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
		from.CSV = &files.FileInfo{Name: filepath.Base(p.CSV), Bytes: int64(table.Len()), SHA256: hex.EncodeToString(sum[:])}
	}
	if p.JSON == "" {
		return nil
	}
	var err error
	if plan.Info, err = from.Info("folds of " + of); err != nil {
		return err
	}
	out, err := o.Create(p.JSON)
	if err != nil {
		return err
	}
	if err := plan.WriteJSON(out); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}

// Files lists what was written.
func (p Outputs) Files() []ui.SummaryFile {
	var out []ui.SummaryFile
	for _, path := range []string{p.CSV, p.JSON} {
		if path != "" {
			out = append(out, ui.NewSummaryFile(path))
		}
	}
	return out
}

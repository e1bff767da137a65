package lineage

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// A Record is what a file says of how it was made, or files next to it were.
type Record struct {
	files.Provenance
	Description string
	Inputs      []Input // those of the provenance
	Of          []Input // files that it is about, other than the file that says it
	Stage       string  // id of a stage of a recipe, for its state; Command is "train run" then
	Unfinished  string  // the status of a stage that is not done
}

// An Input is an input of a record, or another file that it names.
type Input struct {
	files.FileInfo         // Bytes is -1 if the record does not say it, Name "" if it is not that of a file
	Label          string  // what it is, if it has no Name
	Ends           bool    // the sum is that of [mmdet.SumEnds]
	Whole          bool    // of a folder, the sum is that of [mmdet.SumFolder]
	Kept           *Record // what the input said of itself, as the record keeps it; nil: nothing
}

// String is the name of the input.
func (in *Input) String() string { return cmp.Or(in.Name, in.Label) }

// Limits of what is read of a file, and of what it keeps of its inputs'.
const (
	maxHead = 16 << 20
	maxKept = 64
)

// head is the beginning of a file that hubdata wrote.
type head struct {
	Description string           `json:"description"`
	Hubdata     files.Provenance `json:"hubdata"`
	Source      json.RawMessage  `json:"source"`
	Sources     []struct {
		File string          `json:"file"`
		Info json.RawMessage `json:"info"`
	} `json:"sources"`
}

// Read reads what a JSON file says of how it was made: an object that begins with info, as hubdata writes it, or the state
// of a recipe's stage. ok is false if it says nothing. Numbers of options are of type json.Number.
func Read(c *ui.Console, name string) (r *Record, ok bool, err error) {
	in, err := files.OpenRegular(c, name)
	if err != nil {
		return nil, false, err
	}
	defer in.Close()
	in.WithoutChecksum()
	return decode(in, filepath.Base(name) == "stage.json")
}

// decode is [Read] of a text; state says that it may be the state of a stage.
func decode(text io.Reader, state bool) (r *Record, ok bool, err error) {
	b := bufio.NewReader(io.LimitReader(text, maxHead))
	first, err := b.Peek(1)
	switch {
	case err == io.EOF:
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case first[0] != '{':
		return nil, false, nil
	}
	if state {
		text, err := io.ReadAll(b)
		if err != nil {
			return nil, false, err
		}
		r, ok := decodeStage(text)
		return r, ok, nil
	}
	dec := json.NewDecoder(b)
	for _, expected := range []json.Token{json.Delim('{'), "info"} {
		if got, err := dec.Token(); ui.IsReadError(err) {
			return nil, false, err
		} else if err != nil || got != expected {
			return nil, false, nil
		}
	}
	var info json.RawMessage
	if err := dec.Decode(&info); ui.IsReadError(err) {
		return nil, false, err
	} else if err != nil {
		return nil, false, nil // another file, or another's
	}
	r = decodeInfo(info, maxKept)
	return r, r != nil, nil
}

// decodeInfo reads an info object, and those that it keeps down to a depth. It returns nil if hubdata did not write it.
func decodeInfo(info json.RawMessage, depth int) *Record {
	var h head
	dec := json.NewDecoder(bytes.NewReader(info))
	dec.UseNumber()
	if depth == 0 || len(info) == 0 || dec.Decode(&h) != nil || h.Hubdata.Version == "" {
		return nil
	}
	r := &Record{Provenance: h.Hubdata, Description: h.Description}
	for _, in := range h.Hubdata.Inputs {
		r.Inputs = append(r.Inputs, Input{FileInfo: in})
	}
	r.Provenance.Inputs = nil
	for _, of := range []*files.FileInfo{h.Hubdata.CSV, h.Hubdata.Results, h.Hubdata.Output} {
		if of != nil {
			r.Of = append(r.Of, Input{FileInfo: *of})
		}
	}
	for _, s := range h.Sources {
		for i := range r.Inputs {
			if in := &r.Inputs[i]; in.Name == s.File && in.Kept == nil {
				in.Kept = decodeInfo(s.Info, depth-1)
				break
			}
		}
	}
	if in := r.source(); in != nil && len(h.Sources) == 0 {
		in.Kept = decodeInfo(h.Source, depth-1)
	}
	return r
}

// source is the input whose info object a record keeps: that which its description names, or else the only one that no
// flag named.
func (r *Record) source() *Input {
	var found []*Input
	for i := range r.Inputs {
		if r.Inputs[i].Flag == "" {
			found = append(found, &r.Inputs[i])
		}
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(in *Input) bool { return in.Name == "" || !strings.Contains(r.Description, in.Name) })
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// stageState is what the state of a stage says of its files, as mmdet/run writes it.
type stageState struct {
	Version int    `json:"version"`
	Step    string `json:"step"`
	Status  string `json:"status"`
	Inputs  []struct {
		Name string `json:"name"`
		Sum  string `json:"sum"`
	} `json:"inputs"`
	Choice *struct {
		File string   `json:"file"`
		Sum  stageSum `json:"sum"`
	} `json:"choice"`
	Outputs []struct {
		File string   `json:"file"`
		Sum  stageSum `json:"sum"`
	} `json:"outputs"`
}

type stageSum struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Ends   bool   `json:"ends"`
}

// stageInput is an input of a stage by the name that its state gives it. ok is false for a text of the recipe. What came
// from a URL or a package has no sum.
func stageInput(name, sum string) (in Input, ok bool) {
	in = Input{FileInfo: files.FileInfo{Bytes: -1, SHA256: sum}, Label: name}
	kind, of, _ := strings.Cut(name, " ")
	if sum == "of a URL" || sum == "of a package" {
		in.SHA256 = ""
		return in, true
	}
	switch kind {
	case "config", "file":
		in.Name = base(of)
	case "weights":
		if in.Ends = true; !strings.HasPrefix(of, "of ") {
			in.Name = base(of)
		}
	case "result":
		if i := strings.LastIndex(of, " of "); i > 0 {
			in.Name = base(of[:i])
		}
	case "dataset":
		in.Whole = true
	default:
		return in, false
	}
	return in, len(sum) == sumDigits
}

// decodeStage reads the state of a stage.
func decodeStage(text []byte) (*Record, bool) {
	var s stageState
	if json.Unmarshal(text, &s) != nil || s.Version != 1 || s.Step == "" || s.Status == "" {
		return nil, false
	}
	r := &Record{Provenance: files.Provenance{Command: "train run"}, Stage: s.Step, Description: "stage " + s.Step}
	if s.Status != "done" {
		r.Unfinished = s.Status
	}
	for _, in := range s.Inputs {
		if in, ok := stageInput(in.Name, in.Sum); ok {
			r.Inputs = append(r.Inputs, in)
		}
	}
	add := func(file string, sum stageSum) {
		r.Of = append(r.Of, Input{FileInfo: files.FileInfo{Name: base(file), Bytes: sum.Size, SHA256: sum.SHA256}, Ends: sum.Ends, Whole: true})
	}
	for _, out := range s.Outputs {
		add(out.File, out.Sum)
	}
	if s.Choice != nil {
		add(s.Choice.File, s.Choice.Sum)
	}
	return r, true
}

// sumDigits is the length of a sum in text.
const sumDigits = 64

// base is the last part of a path of any system.
func base(name string) string { return path.Base(strings.ReplaceAll(name, `\`, "/")) }

// Made says what made a file, in a few words.
func (r *Record) Made() string {
	switch {
	case r.Stage != "":
		return "stage " + r.Stage
	case r.Version != "":
		return fmt.Sprintf("%s, hubdata %s", r.Command, r.Version)
	}
	return r.Command
}

// WordOptions words the options of a record in the order of their names. What only differs between the files of one run is
// left out.
func WordOptions(options map[string]any) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if name == "set" {
			continue
		}
		text, err := jsonscan.Marshal(options[name])
		if err != nil {
			continue
		}
		words = append(words, fmt.Sprintf("%s=%s", name, strings.Trim(string(text), `"`)))
	}
	return strings.Join(words, " ")
}

package files

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Provenance is how a file was made: the member hubdata of its info object. Two runs with the same provenance write the
// same bytes.
type Provenance struct {
	Version string         `json:"version"`
	Command string         `json:"command"`
	Dataset any            `json:"dataset,omitempty"` // a number, or the flag's text
	WSI     any            `json:"source_wsi,omitempty"`
	Options map[string]any `json:"options"`
	Inputs  []FileInfo     `json:"inputs"`
	// Files of the run that cannot say themselves how they were made.
	CSV     *FileInfo `json:"csv,omitempty"`     // the table next to a plan
	Results *FileInfo `json:"results,omitempty"` // the list of detections next to pseudo-labels
	Output  *FileInfo `json:"output,omitempty"`  // what a record is about
	// Accounting is for pseudo-labels: what became of the predictions.
	Accounting json.RawMessage `json:"accounting,omitempty"`
}

// infoObject is the info object of a written file.
type infoObject struct {
	Description string     `json:"description"`
	Hubdata     Provenance `json:"hubdata"`
}

// ours reports whether hubdata wrote the file.
func (o *infoObject) ours() bool { return o.Hubdata.Version != "" }

// WriteRecord writes a file that says how another was made, which has no place for it. The caller commits it.
func (p *Provenance) WriteRecord(o *Outputs, path string) error {
	info, err := p.Info("how " + p.Output.Name + " was made")
	if err != nil {
		return err
	}
	out, err := o.Create(path)
	if err != nil {
		return err
	}
	if _, err := out.WriteString(`{"info":` + string(info) + "}\n"); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}

// Info makes the info object of a file. It adds the members of more that have a value.
func (p *Provenance) Info(description string, more ...coco.Field) (json.RawMessage, error) {
	text, err := jsonscan.Marshal(infoObject{description, *p})
	if err != nil {
		return nil, err
	}
	for _, m := range more {
		if m.Value == nil {
			continue
		}
		key, err := jsonscan.Marshal(m.Key)
		if err != nil {
			return nil, err
		}
		text = append(append(append(text[:len(text)-1], ','), key...), ':')
		text = append(append(text, QuotedInfo(m.Value)...), '}')
	}
	return text, nil
}

// QuotedInfo is the info object of an input as part of another one. It has null for NaN and Infinity, which are not JSON:
// files must say how they were made to every program.
func QuotedInfo(info json.RawMessage) json.RawMessage {
	if !jsonscan.HasNonFinite(info) {
		return info
	}
	return jsonscan.AppendFinite(nil, info)
}

// HubmapTitle is the name of the competition.
const HubmapTitle = "HuBMAP - Hacking the Human Vasculature"

// Describe is the description of a set of HuBMAP tiles.
func (p *Provenance) Describe() string {
	text := HubmapTitle
	if p.Dataset != nil {
		text += fmt.Sprintf(", dataset %v", p.Dataset)
	}
	if p.WSI != nil {
		text += fmt.Sprintf(", WSI %v", p.WSI)
	}
	return text
}

// ProvenanceIn reads the provenance in an info object. ok is false unless hubdata wrote it.
func ProvenanceIn(info json.RawMessage) (p Provenance, ok bool) {
	var o infoObject
	ok = info != nil && json.Unmarshal(info, &o) == nil && o.ours()
	return o.Hubdata, ok
}

// provenanceAt reads the info object that a JSON text must begin with.
func provenanceAt(first json.Token, dec *json.Decoder) (p Provenance, ok bool) {
	if got, err := dec.Token(); first != json.Delim('{') || err != nil || got != "info" {
		return p, false
	}
	var o infoObject
	ok = dec.Decode(&o) == nil && o.ours()
	return o.Hubdata, ok
}

// MadeFrom reads the provenance of a JSON file, if hubdata wrote it.
func MadeFrom(c *ui.Console, path string) (p Provenance, ok bool) {
	in, err := OpenInput(c, path)
	if err != nil {
		return p, false
	}
	defer in.Close()
	dec := json.NewDecoder(io.LimitReader(in, 1<<20))
	first, err := dec.Token()
	if err != nil {
		return p, false
	}
	return provenanceAt(first, dec)
}

// madeByHubdata reports whether hubdata wrote a file, which then may be overwritten: a JSON file with a provenance, a list
// of results with votes, as only fused ones have, an empty list, a part of an evaluation, or a picture that names hubdata.
func madeByHubdata(c *ui.Console, path string) bool {
	in, err := newInput(c, path, os.Open)
	if err != nil {
		return false
	}
	defer in.Close()
	text := bufio.NewReader(io.LimitReader(in, 1<<20))
	head, err := text.Peek(1)
	if err == nil && head[0] == draw.Magic {
		return draw.Drawn(text)
	}
	if len(head) == 0 && AsLines(path) {
		return errors.Is(err, io.EOF)
	}
	if head, _ = text.Peek(len(partialMagic)); string(head) == partialMagic {
		return true
	}
	if head, _ = text.Peek(64); coco.AreResultLines(head) {
		return fused(json.NewDecoder(text))
	}
	dec := json.NewDecoder(text)
	first, err := dec.Token()
	if err != nil {
		return false
	}
	if first == json.Delim('[') {
		return !dec.More() || fused(dec)
	}
	_, ok := provenanceAt(first, dec)
	return ok
}

// partialMagic begins a part of an evaluation, which package eval writes.
const partialMagic = "hubdata partial"

// fused reports whether the next value is a result with votes, as only fused ones have.
func fused(dec *json.Decoder) bool {
	var result struct {
		Votes  *int     `json:"votes"`
		Models []string `json:"models"`
	}
	return dec.Decode(&result) == nil && result.Votes != nil && result.Models != nil
}

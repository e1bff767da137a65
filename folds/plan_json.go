package folds

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/coco"
)

// planJSON is the JSON form of a plan.
type planJSON struct {
	Info   json.RawMessage `json:"info,omitempty"`
	Method string          `json:"method,omitempty"`
	First  int             `json:"first_fold"`
	K      int             `json:"folds"`
	Buffer int             `json:"buffer,omitempty"`
	Images []entryJSON     `json:"images"`
	Apart  [][]nameJSON    `json:"kept_apart,omitempty"` // by fold
}

type entryJSON struct {
	ID     nameJSON `json:"id"`
	Fold   int      `json:"fold"`
	Always bool     `json:"always_train,omitempty"`
	Why    string   `json:"left_out,omitempty"`
}

// nameJSON is the name of an image. Unlike a string of encoding/json, it keeps what is
// not UTF-8, as package coco does.
type nameJSON string

// MarshalJSON writes the name as package coco writes names.
func (n nameJSON) MarshalJSON() ([]byte, error) { return coco.StringID(string(n)).AppendJSON(nil), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *nameJSON) UnmarshalJSON(text []byte) error {
	if len(text) == 0 || text[0] != '"' {
		return json.Unmarshal(text, (*string)(n))
	}
	name, _ := coco.Fields{{Value: text}}.Text("")
	*n = nameJSON(name)
	return nil
}

// convertLists converts lists of names.
func convertLists[To, From ~string](lists [][]From) [][]To {
	if lists == nil {
		return nil
	}
	out := make([][]To, len(lists))
	for i, list := range lists {
		if list != nil {
			out[i] = make([]To, len(list))
		}
		for k, name := range list {
			out[i][k] = To(name)
		}
	}
	return out
}

// WriteJSON writes the whole plan, with one image per line.
func (p *Plan) WriteJSON(w io.Writer) error {
	head := planJSON{Info: p.Info, Method: p.Method, First: p.First, K: p.K, Buffer: p.Buffer, Images: []entryJSON{}, Apart: convertLists[nameJSON](p.Apart)}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	// The images are written on separate lines, in place of the empty list.
	const empty = `"images":[]`
	at := bytes.LastIndex(text, []byte(empty))
	bw := bufio.NewWriter(w)
	_, _ = bw.Write(text[:at+len(empty)-1])
	for i, e := range p.Entries {
		line, err := json.Marshal(entryJSON{nameJSON(e.ID), e.Fold, e.Always, e.Why})
		if err != nil {
			return err
		}
		if i > 0 {
			_ = bw.WriteByte(',')
		}
		_ = bw.WriteByte('\n')
		_, _ = bw.Write(line)
	}
	_, _ = bw.WriteString("\n")
	_, _ = bw.Write(text[at+len(empty)-1:])
	_ = bw.WriteByte('\n')
	return bw.Flush()
}

// ReadPlanJSON reads what [Plan.WriteJSON] wrote.
func ReadPlanJSON(r io.Reader) (*Plan, error) {
	dec := json.NewDecoder(r)
	var in planJSON
	if err := dec.Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: byte %d: %w", ErrPlan, dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: byte %d: found more after the plan, expected one JSON object", ErrPlan, dec.InputOffset())
	}
	p := &Plan{Info: in.Info, Method: in.Method, First: in.First, K: in.K, Buffer: in.Buffer, Apart: convertLists[string](in.Apart)}
	for _, e := range in.Images {
		p.Entries = append(p.Entries, Entry{string(e.ID), e.Fold, e.Always, e.Why})
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	return p, nil
}

// ErrPlan is wrapped by the errors of a JSON plan that is wrong.
var ErrPlan = errors.New("invalid plan")

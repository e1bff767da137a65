package folds

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// planJSON is the JSON form of a plan.
type planJSON struct {
	Info   json.RawMessage `json:"info,omitempty"`
	Method string          `json:"method,omitempty"`
	First  int             `json:"first_fold"`
	K      int             `json:"folds"`
	Buffer int             `json:"buffer,omitempty"`
	Images []entryJSON     `json:"images"`
	Apart  [][]string      `json:"kept_apart,omitempty"` // by fold
}

type entryJSON struct {
	ID     string `json:"id"`
	Fold   int    `json:"fold"`
	Always bool   `json:"always_train,omitempty"`
	Why    string `json:"left_out,omitempty"`
}

// WriteJSON writes the whole plan, with one image per line.
func (p *Plan) WriteJSON(w io.Writer) error {
	head := planJSON{Info: p.Info, Method: p.Method, First: p.First, K: p.K, Buffer: p.Buffer, Images: []entryJSON{}, Apart: p.Apart}
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
		line, err := json.Marshal(entryJSON(e))
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
	p := &Plan{Info: in.Info, Method: in.Method, First: in.First, K: in.K, Buffer: in.Buffer, Apart: in.Apart}
	for _, e := range in.Images {
		p.Entries = append(p.Entries, Entry(e))
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	return p, nil
}

// ErrPlan is wrapped by the errors of a JSON plan that is wrong.
var ErrPlan = errors.New("invalid plan")

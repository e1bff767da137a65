package pseudo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ErrPreset is wrapped by errors of the text of a preset.
var ErrPreset = errors.New("pseudo: bad preset")

// presetVersion is the version of a preset's form. Members are never ignored, so a preset of
// a later version that says more is an error.
const presetVersion = 1

// maxPreset is the largest text of a preset in bytes.
const maxPreset = 1 << 20

// presetText is the text of a preset.
type presetText struct {
	Info    json.RawMessage `json:"info,omitempty"`
	Preset  int             `json:"preset"` // the version
	Options *Options        `json:"options"`
}

// WritePreset writes options as JSON. info is an object that says how they were made; nil:
// nothing.
func WritePreset(w io.Writer, info json.RawMessage, o *Options) error {
	text, err := json.MarshalIndent(presetText{info, presetVersion, o}, "", " ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// ReadPreset reads options that [WritePreset] wrote. They are valid. Errors wrap [ErrPreset].
func ReadPreset(r io.Reader) (*Options, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxPreset+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxPreset {
		return nil, fmt.Errorf("%w: found more than %d bytes", ErrPreset, maxPreset)
	}
	var version struct {
		Preset *int `json:"preset"`
	}
	switch err := json.Unmarshal(text, &version); {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrPreset, err)
	case version.Preset == nil:
		return nil, fmt.Errorf("%w: found no member preset, expected the version %d, as hubdata tune writes", ErrPreset, presetVersion)
	case *version.Preset != presetVersion:
		return nil, fmt.Errorf("%w: found the version %d, expected %d: search again with this version", ErrPreset, *version.Preset, presetVersion)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var p presetText
	if err := d.Decode(&p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPreset, err)
	}
	if p.Options == nil {
		return nil, fmt.Errorf("%w: found no member options", ErrPreset)
	}
	names := map[string]bool{}
	for _, m := range p.Options.Models {
		if names[m.Name] {
			return nil, fmt.Errorf("%w: found two models %q", ErrPreset, m.Name)
		}
		names[m.Name] = true
	}
	if _, err := NewFuser(p.Options); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPreset, err)
	}
	return p.Options, nil
}

// ModelsFor returns the models of a preset for models of these names, in their order. A
// preset that treats all of its models alike is for models of any names and number. Else an
// error wraps [ErrPreset] if the names are others than those of the preset.
func (o *Options) ModelsFor(names []string) ([]Model, error) {
	alike := Model{Weight: 1}
	if len(o.Models) > 0 {
		alike = o.Models[0]
	}
	var known []string
	same := alike.Suppress == nil
	for _, m := range o.Models {
		known = append(known, m.Name)
		same = same && m.Suppress == nil && m.Weight == alike.Weight && m.Power == alike.Power
	}
	var out []Model
	for _, name := range names {
		m := alike
		if m.Name = name; !same {
			k := slices.Index(known, name)
			if k < 0 || len(known) != len(names) {
				return nil, fmt.Errorf("%w: found settings of the models %s, expected those of the models %s", ErrPreset, strings.Join(known, ", "), strings.Join(names, ", "))
			}
			m = o.Models[k]
		}
		out = append(out, m)
	}
	return out, nil
}

package pseudo

// The options are data: their JSON has the names of methods and rules, as the functions Parse
// read them, and gives the same options again.

func unmarshal[T any](to *T, text []byte, parse func(string) (T, error)) error {
	v, err := parse(string(text))
	if err == nil {
		*to = v
	}
	return err
}

// MarshalText returns the name.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the name.
func (m *Method) UnmarshalText(text []byte) error { return unmarshal(m, text, ParseMethod) }

// MarshalText returns the name.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the name.
func (c *Confidence) UnmarshalText(text []byte) error { return unmarshal(c, text, ParseConfidence) }

// MarshalText returns the name.
func (d Decay) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the name.
func (d *Decay) UnmarshalText(text []byte) error {
	return unmarshal(d, text, func(s string) (Decay, error) { return parseName[Decay](decayNames, s) })
}

// MarshalText returns the name.
func (o Overlap) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the name.
func (o *Overlap) UnmarshalText(text []byte) error { return unmarshal(o, text, ParseOverlap) }

// MarshalText returns the name.
func (v VoteRule) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name.
func (v *VoteRule) UnmarshalText(text []byte) error { return unmarshal(v, text, ParseVoteRule) }

package verifycmd

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// headSize is within what a file is searched for the version in its record.
const headSize = 1 << 20

// compare compares a file with the one that its command wrote, both unpacked, and says why they differ.
func (r *rederiver) compare(was, now string) (rederiveState, []string, error) {
	a, err := files.OpenInput(r.c, was)
	if err != nil {
		return "", nil, err
	}
	defer a.Close()
	b, err := files.OpenInput(r.c, now)
	if err != nil {
		return "", nil, err
	}
	defer b.Close()
	recordA, _, err := lineage.Read(r.c, was)
	if err != nil {
		return "", nil, err
	}
	recordB, _, err := lineage.Read(r.c, now)
	if err != nil {
		return "", nil, err
	}
	old, current := "", ""
	if recordA != nil && recordB != nil {
		old, current = recordA.Version, recordB.Version
	}
	at, err := firstDifference(withVersion(a, old, current), bufio.NewReaderSize(b, headSize))
	if err != nil {
		return "", nil, err
	}
	switch {
	case at == nil && old == current:
		return sameBytes, nil, nil // perhaps packed otherwise
	case at == nil:
		return otherVersion, nil, nil
	}
	return otherBytes, append(recordDifferences(recordA, recordB), at.String()), nil
}

// withVersion gives the text of a file with another version in its own record.
func withVersion(text io.Reader, old, current string) io.ByteReader {
	b := bufio.NewReaderSize(text, headSize)
	if old == current {
		return b
	}
	head, _ := b.Peek(headSize) // a shorter text is no error
	member := func(version string) []byte {
		text, _ := jsonscan.Marshal(version) // a text
		return append([]byte(`"hubdata":{"version":`), text...)
	}
	from := member(old)
	at := bytes.Index(head, from)
	if at < 0 {
		return b
	}
	changed := slices.Concat(head[:at], member(current))
	_, _ = b.Discard(at + len(from)) // they are buffered
	return bufio.NewReader(io.MultiReader(bytes.NewReader(changed), b))
}

// difference is the first place where two texts differ.
type difference struct {
	offset, line int64
	short        bool // the file ends there, but what is made again goes on
	long         bool // the other way round
}

func (d *difference) String() string {
	text := fmt.Sprintf("first at byte %d, in line %d", d.offset, d.line)
	switch {
	case d.short:
		text += ", where the file ends too early"
	case d.long:
		text += ", where the file should end"
	}
	return text
}

// firstDifference compares two texts; nil: they are equal.
func firstDifference(a, b io.ByteReader) (*difference, error) {
	d := &difference{line: 1}
	for {
		x, errA := a.ReadByte()
		y, errB := b.ReadByte()
		switch {
		case errA == io.EOF && errB == io.EOF:
			return nil, nil
		case errA != nil && errA != io.EOF:
			return nil, errA
		case errB != nil && errB != io.EOF:
			return nil, errB
		case errA == io.EOF:
			d.short = true
			return d, nil
		case errB == io.EOF:
			d.long = true
			return d, nil
		case x != y:
			return d, nil
		}
		d.offset++
		if x == '\n' {
			d.line++
		}
	}
}

// recordDifferences says what two records differ in: another version, option, or input.
func recordDifferences(was, now *lineage.Record) []string {
	switch {
	case was == nil && now == nil:
		return nil
	case was == nil || now == nil:
		return []string{"one of both has no record of how it was made"}
	}
	var out []string
	if was.Version != now.Version {
		out = append(out, fmt.Sprintf("another version: found %s, now %s", was.Version, now.Version))
	}
	both := maps.Clone(was.Options)
	if both == nil {
		both = map[string]any{}
	}
	maps.Copy(both, now.Options)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		if x, y := was.Options[name], now.Options[name]; !reflect.DeepEqual(x, y) {
			out = append(out, fmt.Sprintf("another option: %s was %s, now %s", name, word(x), word(y)))
		}
	}
	for i := range max(len(was.Inputs), len(now.Inputs)) {
		x, y := inputAt(was, i), inputAt(now, i)
		if x.SHA256 != y.SHA256 || x.Name != y.Name {
			out = append(out, fmt.Sprintf("another input: %s was %.16s..., now %s with %.16s...", x.String(), x.SHA256, y.String(), y.SHA256))
		}
	}
	if out == nil {
		out = append(out, "its record is the same: the file was edited, or hubdata writes it otherwise now")
	}
	return out
}

func inputAt(r *lineage.Record, i int) lineage.Input {
	if i < len(r.Inputs) {
		return r.Inputs[i]
	}
	return lineage.Input{Label: "none"}
}

// word is a recorded value as text.
func word(v any) string {
	if v == nil {
		return "not set"
	}
	text, err := jsonscan.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

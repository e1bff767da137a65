package coco

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Finding is a statement about a place in a file: something is wrong or worth knowing.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"` // empty: the only file that was checked
	Line     int      `json:"line,omitempty"` // of the file, counted from 1; 0: not known
	Place    Place    `json:"path,omitzero"`  // in the JSON text of the file or, if Line is set, of that line
	Image    string   `json:"tile,omitempty"` // full name of the image that it belongs to, see [Names]; empty: none
	Reason   string   `json:"reason"`         // what was found, and its effect
	Other    Place    `json:"-"`              // the record that Reason names by its path; zero: none
}

// String returns file, line, path, reason and code in one line.
func (f Finding) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		if f.Line > 0 {
			fmt.Fprintf(&b, ":%d", f.Line)
		}
		b.WriteString(": ")
	}
	if f.Place != (Place{}) {
		b.WriteString(f.Place.String())
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s (%s)", f.Reason, f.Code)
	return b.String()
}

// Code names a kind of finding. Codes do not change between versions.
type Code string

// Severity is the severity of a finding.
type Severity uint8

// The severities, in ascending order.
const (
	SeverityNote    Severity = iota // worth knowing; nothing is wrong
	SeverityWarning                 // a consumer silently loses data or misreads it
	SeverityError                   // a consumer fails, or its numbers are wrong
)

var severityNames = []string{"note", "warning", "error"}

// String returns note, warning or error.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "unknown"
}

// MarshalText returns the same name as String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String returns.
func (s *Severity) UnmarshalText(text []byte) error {
	v, ok := ParseSeverity(string(text))
	if !ok {
		return fmt.Errorf("coco: unknown severity %q", text)
	}
	*s = v
	return nil
}

// ParseSeverity returns the severity of a name, and whether there is one.
func ParseSeverity(name string) (Severity, bool) {
	i := slices.Index(severityNames, name)
	return Severity(max(i, 0)), i >= 0
}

// Place is a place in a COCO file. The zero Place is the file as a whole.
type Place struct {
	Section Section // section of the record; empty: none, Member is a top-level member
	Index   int     // of the record in its section, counted from 0
	Member  string  // of the record, such as bbox or segmentation[0]; empty: the record itself
}

// Section is a top-level member that holds records.
type Section string

// The sections.
const (
	SectionImages      Section = sectionImages
	SectionAnnotations Section = sectionAnnotations
	SectionCategories  Section = sectionCategories
	SectionResults     Section = "results" // of a results file, which is a list without members
)

// Within returns the place of a member of the record at p.
func (p Place) Within(member string) Place {
	p.Member = member
	return p
}

// String returns the place as a path in the JSON text, such as annotations[12].bbox, or
// [12].bbox in a results file.
func (p Place) String() string {
	name := p.Section
	if name == SectionResults {
		name = ""
	}
	switch {
	case p.Section == "":
		return p.Member
	case p.Member == "":
		return fmt.Sprintf("%s[%d]", name, p.Index)
	}
	return fmt.Sprintf("%s[%d].%s", name, p.Index, p.Member)
}

// MarshalText returns the same path as String.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what String returns.
func (p *Place) UnmarshalText(text []byte) error {
	*p = Place{Member: string(text)}
	name, rest, _ := strings.Cut(string(text), "[")
	number, member, record := strings.Cut(rest, "]")
	section := Section(name)
	if name == "" && record {
		section = SectionResults
	} else if section == SectionResults {
		return nil
	}
	if section != SectionImages && section != SectionAnnotations && section != SectionCategories && section != SectionResults || !record {
		return nil
	}
	if member != "" && member[0] != '.' {
		return fmt.Errorf("coco: invalid place %q", text)
	}
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 {
		return fmt.Errorf("coco: invalid place %q", text)
	}
	*p = Place{Section: section, Index: i, Member: strings.TrimPrefix(member, ".")}
	return nil
}

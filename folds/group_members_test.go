package folds

import (
	"slices"
	"strings"
	"testing"
)

func TestNamesGroup(t *testing.T) {
	for _, name := range []string{"patient", "patient_id", "PatientID", "caseNumber", "source_wsi", "slide", "slides",
		"donor-id", "subjectid", "WSI", "study.uid"} {
		if !NamesGroup(name) {
			t.Errorf("%s names no group", name)
		}
	}
	for _, name := range []string{"", "stain", "license", "height", "resources", "uppercase", "date_captured", "é",
		"impatient"} {
		if NamesGroup(name) {
			t.Errorf("%s names a group", name)
		}
	}
}

// TestAuditGroups finds groups on both sides, and says what was not looked at.
func TestAuditGroups(t *testing.T) {
	p := &Plan{Method: "kfold", First: 1, K: 2,
		Entries: []Entry{{ID: "a", Fold: 1}, {ID: "b", Fold: 2}, {ID: "c", Fold: 1}, {ID: "d", Fold: 2}}}
	sample := func(id, patient, block string) Sample {
		return Sample{ID: id, Placed: true, Labelled: true, Digest: id, Groups: []string{patient, block}}
	}
	samples := []Sample{sample("a", "p1", "x"), sample("b", "p1", "y"), sample("c", "p2", "x"), sample("d", "", "y")}
	a, err := NewAudit(p, samples,
		&AuditOptions{Groups: []string{"patient", "block"}, NotAudited: []string{"stain: not read"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []SharedGroup{{"patient", "p1", 1, 1}}
	for _, f := range a.Folds {
		if !slices.Equal(f.SharedGroups, want) || !slices.Equal(f.OnBothSides("patient"), []string{"p1"}) ||
			f.OnBothSides("block") != nil {
			t.Errorf("fold %d: %+v", f.Fold, f.SharedGroups)
		}
	}
	if !slices.Equal(a.Groups(), []string{"patient", "block"}) || !slices.Equal(a.SharedGroups(), []string{"patient"}) {
		t.Errorf("groups %v, shared %v", a.Groups(), a.SharedGroups())
	}
	if want := []string{"patient: 1 image has none", "stain: not read"}; !slices.Equal(a.NotAudited, want) {
		t.Errorf("not audited %q, expected %q", a.NotAudited, want)
	}
	if a.Clean() || a.Leaks() {
		t.Error("a group on both sides is no pair, but not clean either")
	}
	if want := `use "--group patient" to keep each patient on one side`; a.Advice() != want {
		t.Errorf("advice %q", a.Advice())
	}
	// Without anything to go by, nothing is called clean.
	bare := []Sample{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}}
	if a, err = NewAudit(p, bare, nil); err != nil || a.Clean() || len(a.Audited) != 0 {
		t.Errorf("audited %v, %v", a.Audited, err)
	}
	if text := strings.Join(a.NotAudited, "; "); !strings.Contains(text,
		"groups: no image says of which patient, slide or other origin it is") {
		t.Error(text)
	}
	if !slices.ContainsFunc(a.Findings(), func(f Finding) bool {
		return f.Text == "not checked: neighbours: 4 images have no known position"
	}) {
		t.Errorf("findings %v", a.Findings())
	}
}

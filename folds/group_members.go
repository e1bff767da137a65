package folds

import (
	"slices"
	"strings"
	"unicode"
)

// groupWords are the words by which a member's name says that it groups images of one
// origin, which should be on one side of a fold.
var groupWords = []string{
	"accession", "animal", "biopsy", "block", "case", "clip", "donor", "group", "individual", "mouse", "participant",
	"patient", "person", "sample", "scan", "scene", "sequence", "series", "session", "slide", "source", "specimen",
	"stack", "study", "subject", "video", "volume", "wsi",
}

// NamesGroup reports whether a member or column is called like a group of images of one
// origin: patient, slide_id, CaseNumber, source_wsi.
func NamesGroup(name string) bool {
	var words []string
	start := 0
	for i, r := range name {
		if i > start && (unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) || !unicode.IsLetter(r)) {
			words = append(words, name[start:i])
			start = i
		}
	}
	words = append(words, name[start:])
	for _, w := range words {
		w = strings.ToLower(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }))
		if slices.Contains(groupWords, w) || slices.Contains(groupWords, strings.TrimSuffix(w, "s")) || slices.Contains(groupWords, strings.TrimSuffix(w, "id")) {
			return true
		}
	}
	return false
}

// GroupNoun returns the plural of a group's name if that is a word such as patient, and
// any other name as it is: patient_id, path:1.
func GroupNoun(name string) string {
	switch {
	case !slices.Contains(groupWords, name) || name == "series":
		return name
	case name == "mouse":
		return "mice"
	case strings.HasSuffix(name, "y"):
		return strings.TrimSuffix(name, "y") + "ies"
	}
	return name + "s"
}

// GroupsImages reports whether values divide images into groups: some images share one,
// and there are several. An empty value is none.
func GroupsImages(values []string) bool {
	seen := make(map[string]bool, len(values))
	repeats := false
	for _, v := range values {
		if v != "" {
			repeats = repeats || seen[v]
			seen[v] = true
		}
	}
	return repeats && len(seen) > 1
}

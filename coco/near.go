package coco

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Difference is how the name of an image differs from a name that no image has: by its
// "Unicode form", "letters' case", "extension", "folder" or "spelling"; empty: by more.
type Difference string

// The differences, from the least on.
const (
	differsInForm      Difference = "Unicode form" // one letter as one character, or as a letter and an accent
	differsInCase      Difference = "letters' case"
	differsInExtension Difference = "extension"
	differsInFolder    Difference = "folder"
	differsInSpelling  Difference = "spelling" // at most two letters, but no digit
)

// FoldName returns what names have in common that differ only in letters' case or in
// Unicode form. Many file systems take them for one. Bytes that are not UTF-8 stay.
func FoldName(name string) string {
	name = norm.NFC.String(name)
	if utf8.ValidString(name) {
		return strings.ToLower(name)
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError {
			b.WriteString(name[i : i+n])
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
		i += n
	}
	return b.String()
}

// Near finds the image that a name was probably meant for, if no image has it: the one
// that differs least from it, the first of several. i is -1 if none is near. It
// compares the name with all images, and is meant for messages.
func (n *Names) Near(name string) (i int, differs Difference) {
	clean := cleanPath(name)
	key := FoldName(clean)
	stem := key[:len(key)-extension(key)]
	i = nobody
	best, mistakes := len(differences), maxMistakes(stem)+1
	for k := range n.images {
		im := &n.images[k]
		for _, own := range [2]string{im.path, im.tile} {
			if own == "" {
				continue
			}
			folded := FoldName(own)
			at := len(differences)
			switch ownStem := folded[:len(folded)-extension(folded)]; {
			case endsAtSlash(folded, key), endsAtSlash(ownStem, key):
				at = 1
				if form := norm.NFC.String(own); endsAtSlash(form, norm.NFC.String(clean)) || endsAtSlash(form[:len(form)-extension(form)], norm.NFC.String(clean)) {
					at = 0
				}
			case endsAtSlash(ownStem, stem):
				at = 2
			case endsAtSlash(stem, ownStem):
				at = 3
			case best >= 4:
				if m := mistakesBetween(lastParts(ownStem, stem), stem, mistakes-1); m < mistakes {
					at, mistakes = 4, m
					best = len(differences) // fewer mistakes are better
				}
			}
			if at < best {
				i, best = k, at
			}
		}
	}
	if i < 0 {
		return nobody, ""
	}
	return i, differences[best]
}

var differences = [...]Difference{differsInForm, differsInCase, differsInExtension, differsInFolder, differsInSpelling}

// lastParts returns the end of a path that has as many elements as another, or all of it.
func lastParts(file, like string) string {
	end := path.Base(file)
	for range strings.Count(like, "/") {
		rest := strings.TrimSuffix(file, end)
		if rest == "" {
			break
		}
		end = file[strings.LastIndexByte(strings.TrimSuffix(rest, "/"), '/')+1:]
	}
	return end
}

// maxMistakes is the number of letters in which a name may be misspelled.
func maxMistakes(name string) int {
	switch letters := utf8.RuneCountInString(strings.Trim(name, "0123456789")); {
	case letters < 3:
		return 0
	case letters < 8:
		return 1
	}
	return 2
}

// mistakesBetween counts the letters to add, remove or change to make one name of
// another. It returns more than limit if there are more, or if the digits differ: 0007
// is not a misspelled 0008.
func mistakesBetween(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if limit < 0 || len(x)-len(y) > limit || len(y)-len(x) > limit || digitsOf(a) != digitsOf(b) || strings.Count(a, "/") != strings.Count(b, "/") {
		return limit + 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		least := row[0]
		for j := range y {
			change := diagonal
			if x[i] != y[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
			least = min(least, row[j+1])
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(y)]
}

// digitsOf returns the digits of a text.
func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

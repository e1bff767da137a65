package wsi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/rle"
)

// submissionClass is the only class of a submission, blood_vessel.
const submissionClass = "0"

// prediction reads a prediction_string: the tokens class, score and mask of
// each instance, separated by any white space. It reports all faults.
type prediction struct {
	height, width int // of the masks; 0: unknown, and masks are not decoded
	// instance is called with each valid instance and the number of its last
	// token.
	instance func(token int, in SubmissionInstance) bool
	// fault is called with each fault and its token, counted from 1; 0: the
	// whole text.
	fault func(token int, code FaultCode, err error) bool

	class, score string // the last two tokens before the current one
	before       int    // number of tokens since the last mask
}

// scan reads text until a callback returns false.
//
// If the number of tokens is a multiple of three, every third token is a mask.
// Otherwise a token is missing or superfluous. Then scan treats every token
// that looks like a mask as one, so that a single fault does not affect all
// later tokens.
func (p *prediction) scan(text string) {
	n := 0
	for range strings.FieldsSeq(text) {
		n++
	}
	if n%3 != 0 && !p.fault(0, FaultTokens, fmt.Errorf("found %s, expected three per instance: class score mask",
		tokens(n))) {
		return
	}
	token := 0
	for word := range strings.FieldsSeq(text) {
		token++
		if n%3 == 0 && token%3 != 0 || n%3 != 0 && !looksLikeMask(word) {
			p.class, p.score = p.score, word
			p.before++
			continue
		}
		if !p.readInstance(token, word) {
			return
		}
		p.before = 0
	}
	if p.before > 0 {
		p.fault(token-p.before+1, FaultTokens, fmt.Errorf("found %s after the last mask, expected class score mask",
			tokens(p.before)))
	}
}

// readInstance reads the instance that ends with a mask token.
func (p *prediction) readInstance(token int, word string) bool {
	sound := true
	fault := func(token int, code FaultCode, err error) bool {
		sound = false
		return p.fault(token, code, err)
	}
	score := 0.0
	if p.before != 2 {
		if !fault(token, FaultTokens, fmt.Errorf("found %s before the mask %s, expected two: class and score",
			tokens(p.before), csvtable.Quote(word))) {
			return false
		}
	} else {
		if p.class != submissionClass && !fault(token-2, FaultClass, classError(p.class)) {
			return false
		}
		var err error
		if score, err = parseScore(p.score); err != nil && !fault(token-1, FaultScore, err) {
			return false
		}
	}
	if inner, ok := bytesLiteral(word); ok {
		if !fault(token, FaultBytesLiteral,
			fmt.Errorf("found Python's b'...' around the mask %s: write only the text, as bytes.decode() returns it",
				csvtable.Quote(word))) {
			return false
		}
		word = inner
	}
	if p.height == 0 {
		return true
	}
	m, err := rle.ParseKaggle(p.height, p.width, []byte(word))
	if err != nil && !fault(token, FaultMask, maskError(word, err)) {
		return false
	}
	return !sound || p.instance(token, SubmissionInstance{Score: score, Mask: m})
}

// tokens formats a number of tokens.
func tokens(n int) string {
	switch n {
	case 0:
		return "no token"
	case 1:
		return "1 token"
	}
	return strconv.Itoa(n) + " tokens"
}

// shortestMask is the length of the shortest mask in base64.
const shortestMask = 12

// base64Letters are all characters of base64.
const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// looksLikeMask reports whether a token is neither a class nor a score.
func looksLikeMask(word string) bool {
	if _, ok := bytesLiteral(word); ok {
		return true
	}
	_, err := strconv.ParseFloat(word, 64)
	return err != nil && len(word) >= shortestMask && strings.Trim(word, base64Letters) == ""
}

// bytesLiteral returns the text in quotes if word is how Python prints a value
// of type bytes.
func bytesLiteral(word string) (string, bool) {
	for _, quote := range []string{"'", `"`} {
		if inner, ok := strings.CutPrefix(word, "b"+quote); ok {
			return strings.TrimSuffix(inner, quote), true
		}
	}
	return "", false
}

func classError(word string) error {
	if looksLikeMask(word) {
		return fmt.Errorf("found %s, expected class %s: this looks like a mask, which comes third", csvtable.Quote(word),
			submissionClass)
	}
	return fmt.Errorf("found class %s, expected %s (blood_vessel), the only class of the competition",
		csvtable.Quote(word), submissionClass)
}

// parseScore parses a score as Python's float does, except for its unusual
// forms.
func parseScore(word string) (float64, error) {
	v, err := strconv.ParseFloat(word, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || strings.ContainsAny(word, "xX_") {
		return 0, fmt.Errorf("found %s, expected a score from 0 to 1", csvtable.Quote(word))
	}
	return v, checkScore(v)
}

func checkScore(v float64) error {
	if !(v >= 0 && v <= 1) {
		return fmt.Errorf("found %v, expected 0 to 1", v)
	}
	return nil
}

// maskError adds a likely cause to the error of a mask.
func maskError(word string, err error) error {
	var corrupt base64.CorruptInputError
	if errors.As(err, &corrupt) && len(word)%4 != 0 && strings.Trim(word, base64Letters) == "" {
		return fmt.Errorf("%w: the text has %d characters, expected a multiple of 4: its padding (=) or its end was cut off",
			err, len(word))
	}
	return err
}

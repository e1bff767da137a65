package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// ResultList is a list of detections, with what is wrong in the text of those that are
// not valid.
type ResultList struct {
	Results []coco.Result
	places  []int                    // index in the list of each result; nil: the same
	faults  []coco.Finding           // in the text, in the order of the list
	numbers map[int]textNumber       // scores written as strings, by index in Results
	quoted  map[int][]coco.TypeFault // other members in quotes, by index in Results
	named   map[int]string           // names of categories where their ids belong, by index in Results
	length  int                      // of the list
}

// textNumber is a number that was written as the JSON string text.
type textNumber struct {
	text   []byte
	number float64
}

// NewResultList returns a list of results that were read before.
func NewResultList(results []coco.Result) *ResultList {
	return &ResultList{Results: results, length: len(results)}
}

// ReadResults reads a results file, a list of detections. Unlike [coco.DecodeResults] it
// continues after a detection that is not valid, which [Results] then reports. A score
// that is a string of a number is read as that number, and so are ids of categories,
// boxes and masks in quotes: as [coco.DecodeLoose] reads them. The error is that of a text that
// is not a list of valid JSON values.
func ReadResults(r io.Reader) (*ResultList, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	results, err := coco.DecodeResults(bytes.NewReader(text))
	if err == nil {
		return NewResultList(results.List()), nil
	}
	l := &ResultList{Results: []coco.Result{}, places: []int{}, numbers: map[int]textNumber{}, quoted: map[int][]coco.TypeFault{}, named: map[int]string{}}
	if l.readEach(text) != nil {
		return nil, err // of the whole text
	}
	return l, nil
}

// at returns the place of result i.
func (l *ResultList) at(i int) coco.Place {
	if l.places != nil {
		i = l.places[i]
	}
	return resultAt(i)
}

func resultAt(i int) coco.Place { return coco.Place{Section: coco.SectionResults, Index: i} }

// readEach reads the elements of a list one by one.
func (l *ResultList) readEach(text []byte) error {
	c := jsonscan.New(text)
	if bytes.HasPrefix(text, []byte(utf8BOM)) {
		c.SetPos(len(utf8BOM))
	}
	more, err := c.BeginArray()
	for ; more && err == nil; more, err = c.NextElement() {
		open := c.Peek()
		start := c.Pos()
		if open == '{' {
			err = skipObject(c, text)
		} else {
			err = c.Skip()
		}
		if err != nil {
			return err
		}
		l.element(text[start:c.Pos()], int64(start))
	}
	if err == nil {
		err = c.End()
	}
	return err
}

// skipObject moves the cursor behind an object, by its brackets alone: what is in it
// may be other than JSON, such as NaN.
func skipObject(c *jsonscan.Cursor, text []byte) error {
	depth, quoted := 0, false
	for i := c.Pos(); i < len(text); i++ {
		switch b := text[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			if depth--; depth == 0 {
				c.SetPos(i + 1)
				return nil
			}
		}
	}
	return io.ErrUnexpectedEOF
}

// element reads the next element of the list, at an offset of the file.
func (l *ResultList) element(text []byte, offset int64) {
	at := resultAt(l.length)
	l.length++
	if named, name := withoutCategoryName(text); name != "" {
		text = named
		n := len(l.Results)
		defer func() {
			if len(l.Results) > n {
				l.named[n] = name
			}
		}()
	}
	r, err := readResult(text)
	if err == nil {
		l.add(r, at.Index)
		return
	}
	if r, faults, ok := readQuoted(text); ok {
		l.addQuoted(r, at, faults)
		return
	}
	if start, end, ok := memberText(text, "score"); ok {
		score := text[start:end]
		number, spelled := unquote(score)
		instead := []byte("null")
		if spelled {
			instead = jsonscan.AppendFloat(nil, number)
		}
		repaired := append(append(bytes.Clone(text[:start]), instead...), text[end:]...)
		if !spelled {
			repaired = withoutScore(repaired, start)
		}
		r, other := readResult(repaired)
		var faults []coco.TypeFault
		if other != nil {
			var ok bool
			if r, faults, ok = readQuoted(repaired); ok {
				other = nil
			}
		}
		if other == nil {
			code, reason := ScoreInvalid, fmt.Sprintf("found %s, expected a number", short(score))
			if spelled {
				code = ScoreString
				l.numbers[len(l.Results)] = textNumber{score, number}
				reason = fmt.Sprintf("found the string %s, expected the number", short(score))
			}
			if !spelled {
				r.Missing &^= coco.FieldScore // it is reported here
			}
			l.fault(code, at.Within("score"), reason)
			l.addQuoted(r, at, faults)
			return
		}
	}
	var data *coco.Error
	if errors.As(err, &data) {
		member := ""
		if _, after, ok := bytes.Cut([]byte(data.Path), []byte("]")); ok && len(after) > 0 && after[0] == '.' {
			member = string(after[1:])
		}
		data.Path, data.Offset = "", data.Offset-1+offset // the list of one began with a bracket
		l.fault(ResultUnreadable, at.Within(member), data.Error())
		return
	}
	l.fault(ResultUnreadable, at, err.Error())
}

func (l *ResultList) add(r coco.Result, place int) {
	l.Results, l.places = append(l.Results, r), append(l.places, place)
}

// addQuoted adds a detection of which members are in quotes.
func (l *ResultList) addQuoted(r coco.Result, at coco.Place, faults []coco.TypeFault) {
	for i := range faults {
		l.fault(faults[i].Code, at.Within(faults[i].Place.Member), faults[i].Reason)
	}
	if len(faults) > 0 {
		l.quoted[len(l.Results)] = faults
	}
	l.add(r, at.Index)
}

func (l *ResultList) fault(code coco.Code, at coco.Place, reason string) {
	l.faults = append(l.faults, coco.Finding{Code: code, Severity: RuleOf(code).Severity, Place: at, Reason: reason})
}

// readResult reads a single detection.
func readResult(text []byte) (coco.Result, error) {
	list, err := coco.DecodeResults(io.MultiReader(bytes.NewReader([]byte("[")), bytes.NewReader(text), bytes.NewReader([]byte("]"))))
	if err != nil {
		return coco.Result{}, err
	}
	return list.At(0), nil
}

// readQuoted reads a single detection of which members are in quotes, as an annotation of
// a dataset, and returns what is wrong with these. It reports false if anything else is.
func readQuoted(text []byte) (coco.Result, []coco.TypeFault, bool) {
	d, all, err := coco.DecodeLoose(io.MultiReader(bytes.NewReader([]byte(`{"images":[],"categories":[],"annotations":[`)), bytes.NewReader(text), bytes.NewReader([]byte("]}"))))
	if err != nil || len(d.Annotations) != 1 {
		return coco.Result{}, nil, false
	}
	var faults []coco.TypeFault
	for _, f := range all {
		switch {
		case f.Code == coco.NumberPoint || f.Code == coco.IDMissing:
			continue // not a fault of a detection
		case f.Place.Member == "id" || f.Place.Member == "area" || f.Place.Member == "iscrowd":
			continue // not a member of a detection
		case f.Code != coco.ValueQuoted:
			return coco.Result{}, nil, false
		}
		faults = append(faults, f)
	}
	for r, err := range d.Results() {
		return r, faults, err == nil && len(faults) > 0 && !r.Missing.Has(coco.FieldImageID)
	}
	return coco.Result{}, nil, false
}

// withoutCategoryName returns the text of a detection with an empty category_id, which reads as none, if that is a name;
// a number in quotes is none. All else keeps its place.
func withoutCategoryName(text []byte) (without []byte, name string) {
	start, end, ok := memberText(text, "category_id")
	if !ok || text[start] != '"' {
		return nil, ""
	}
	if _, number := unquote(text[start:end]); number {
		return nil, ""
	}
	decoded, err := jsonscan.New(text[start:end]).String()
	if err != nil {
		return nil, ""
	}
	without = append(append(bytes.Clone(text[:start]), `""`...), bytes.Repeat([]byte(" "), end-start-2)...)
	return append(without, text[end:]...), string(decoded)
}

// memberText returns where the value of a member is in the text of an object. A score may
// be a word that is not JSON, such as NaN.
func memberText(text []byte, member string) (start, end int, ok bool) {
	c := jsonscan.New(text)
	err := c.Object(func(key []byte) error {
		name := string(key)
		c.Peek()
		from := c.Pos()
		if !c.Literal("NaN") && !c.Literal("Infinity") && !c.Literal("-Infinity") {
			if err := c.Skip(); err != nil {
				return err
			}
		} else if name != "score" {
			return errors.New("not JSON")
		}
		if name == member {
			start, end, ok = from, c.Pos(), !ok
		}
		return nil
	})
	return start, end, ok && err == nil
}

// withoutScore renames the member score whose value starts at an index, so that the
// record is read without it.
func withoutScore(text []byte, value int) []byte {
	at := bytes.LastIndex(text[:value], []byte(`"score"`))
	if at < 0 {
		return text
	}
	return append(append(bytes.Clone(text[:at]), `"score?"`...), text[at+len(`"score"`):]...)
}

// unquote returns the finite number that a JSON string spells.
func unquote(text []byte) (float64, bool) {
	if len(text) < 2 || text[0] != '"' {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(bytes.TrimSpace(text[1:len(text)-1])), 64)
	return v, err == nil && finite(v)
}

// short returns the beginning of a text.
func short(text []byte) []byte {
	const most = 40
	if len(text) <= most {
		return text
	}
	return append(bytes.Clone(text[:most]), "..."...)
}

package slides

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/slide"
)

// Formats whose objects have one ring keep an instance of several parts as several
// objects. Their labels say so: the id of the annotation, then for all but the first
// " part 2" and so on.
const partMark = " part "

// Label returns the label of a part of an annotation, counted from 0.
func Label(a *coco.Annotation, part int) string {
	text := string(a.ID.AppendJSON(nil))
	if part == 0 {
		return text
	}
	return text + partMark + strconv.Itoa(part+1)
}

// Number31 returns a number of 31 bits above 0 for the n-th object of an annotation, for
// formats that number objects: 64 for each of small ids, else a hash.
func Number31(id coco.ID, n int) int64 {
	if v, ok := id.Int(); ok && v >= 0 && v < 1<<24 && n < 64 {
		return v*64 + int64(n) + 1
	}
	h := fnv.New32a()
	_, _ = h.Write(strconv.AppendInt(append(id.AppendJSON(nil), ' '), int64(n), 10))
	return int64(h.Sum32()>>2) | 1<<30
}

// split reads a label. It reports false for one that [Label] does not make.
func split(label string) (id json.RawMessage, part int, ok bool) {
	text := label
	if at := strings.LastIndex(label, partMark); at >= 0 {
		n, err := strconv.Atoi(label[at+len(partMark):])
		if err != nil || n < 2 {
			return nil, 0, false
		}
		text, part = label[:at], n-1
	}
	if len(text) > 1 && text[0] == '"' {
		return json.RawMessage(text), part, json.Valid([]byte(text))
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return json.RawMessage(text), part, err == nil && strconv.FormatInt(n, 10) == text
}

// Collector joins the parts of instances, and adds them to a slide.
type Collector struct {
	sheet   *Sheet
	objects []Object
	at      map[string]int // of objects by their class and id
}

// Collect returns a collector of the objects of the slide.
func (s *Sheet) Collect() *Collector { return &Collector{sheet: s, at: map[string]int{}} }

// Add adds an object that has a label. A part goes to its instance. A label of another
// maker is kept as the member name unless it is empty.
func (c *Collector) Add(label string, o Object) {
	id, part, ok := split(label)
	switch key := o.Class + "\x00" + string(id); {
	case !ok && label != "":
		o.Extra = append(o.Extra, coco.Field{Key: "name", Value: jsonscan.AppendString(nil, label)})
	case ok:
		if k, there := c.at[key]; there && part > 0 {
			c.objects[k].Parts = append(c.objects[k].Parts, o.Parts...)
			return
		}
		c.at[key] = len(c.objects)
		o.Extra = append(o.Extra, coco.Field{Key: slide.OriginMember, Value: id})
	}
	c.objects = append(c.objects, o)
}

// Done adds all objects to the slide, and returns it.
func (c *Collector) Done(ctx context.Context) (*formats.Read, error) {
	for _, o := range c.objects {
		if err := c.sheet.Add(ctx, o); err != nil {
			return nil, err
		}
	}
	c.objects = nil
	return c.sheet.Done(ctx)
}

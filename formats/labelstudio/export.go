package labelstudio

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

const (
	tasksFile  = "tasks.json"
	configFile = "config.xml"
)

type exporter struct {
	names  shapes.Categories
	config []byte
	kind   string // predictions or annotations
	prefix string
	claims shapes.Claims
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	e := &exporter{names: shapes.NewCategories(set), kind: options["write"], prefix: options["images"]}
	var err error
	e.config, err = config(set)
	return e, err
}

// config returns the labelling interface for the tasks.
func config(set *formats.Set) ([]byte, error) {
	text := []byte("<View>\n  <Image name=\"" + toName + "\" value=\"$image\"/>\n")
	for _, tag := range []string{"PolygonLabels", "RectangleLabels"} {
		name := fromName
		if tag == "RectangleLabels" {
			name = boxName
		}
		text = append(text, fmt.Sprintf("  <%s name=%q toName=%q>\n", tag, name, toName)...)
		for i := range set.Categories {
			label, err := shapes.AppendXML(nil, set.Categories[i].Name)
			if err != nil {
				return nil, fmt.Errorf("category %w", err)
			}
			text = append(text, fmt.Sprintf("    <Label value=\"%s\"/>\n", label)...)
		}
		text = append(text, "  </"+tag+">\n"...)
	}
	return append(text, "</View>\n"...), nil
}

// boxName is the name of the rectangles' control; two controls have different names.
const boxName = "box"

func (e *exporter) Frame(file string) formats.Frame {
	if file != tasksFile {
		return formats.Frame{}
	}
	return formats.Frame{Before: "[\n", Between: ",\n", After: "\n]\n"}
}

// Finish returns the labelling interface, and an empty list of tasks for a set without
// images.
func (e *exporter) Finish() ([]formats.Part, error) {
	parts := []formats.Part{{File: configFile, Text: e.config}}
	if !e.claims.Any() {
		parts = append(parts, formats.Part{File: tasksFile})
	}
	return parts, nil
}

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	if err := shapes.CheckName(img.FileName); err != nil {
		return nil, err
	}
	if err := e.claims.Claim(img.FileName, img.FileName); err != nil {
		return nil, err
	}
	text := jsonscan.AppendString([]byte(`{"data":{"image":`), e.prefix+escaped(img.FileName))
	text = fmt.Appendf(text, `,"width":%d,"height":%d`, img.Width, img.Height) // of images without regions
	if img.Split != "" {
		text = jsonscan.AppendString(append(text, `,"split":`...), img.Split)
	}
	text = append(append(append(text, `},"`...), e.kind...), `":[{`...)
	if e.kind == "predictions" {
		text = append(text, `"model_version":"hubdata",`...)
	}
	text = append(text, `"result":[`...)
	out := &formats.Output{ImageFile: img.FileName, Fates: make([]formats.Fate, len(img.Instances))}
	written := false
	for i := range img.Instances {
		text, out.Fates[i] = e.instance(text, img, &img.Instances[i], i+1, written)
		written = written || out.Fates[i].Dropped == ""
	}
	text = append(text, "]}]"...)
	if e.kind == "predictions" { // Label Studio's tools expect the member
		text = append(text, `,"annotations":[]`...)
	}
	out.Parts = []formats.Part{{File: tasksFile, Text: append(text, '}')}}
	return out, nil
}

// escaped returns a path for an address.
func escaped(name string) string {
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = strings.ReplaceAll(url.QueryEscape(parts[i]), "+", "%20")
	}
	return strings.Join(parts, "/")
}

// instance appends the regions of an instance, the number-th of its image.
func (e *exporter) instance(dst []byte, img *formats.Image, a *coco.Annotation, number int, comma bool) ([]byte, formats.Fate) {
	fate := formats.Fate{IoU: 1}
	label, ok := e.names[a.CategoryID]
	if !ok {
		return dst, formats.Fate{Dropped: shapes.NoCategory}
	}
	o, dropped := shapes.Of(img, a)
	if dropped != "" {
		return dst, formats.Fate{Dropped: dropped}
	}
	if o.Short {
		fate.Changed = "rings of fewer than three points"
	}
	score, hasScore, err := a.Score()
	hasScore = hasScore && err == nil
	lost := 0
	for _, f := range shapes.Members(a, &fate) {
		if f.Key != "score" || !hasScore {
			lost++
		}
	}
	if lost > 0 || a.IsCrowd {
		fate.Changed = "members beside the score, and iscrowd"
	}
	if !o.Traced {
		if fate.IoU, err = readerIoU(img, o.Rings); err != nil {
			return dst, formats.Fate{Dropped: "a polygon that cannot be filled"}
		}
		if fate.IoU < 1 {
			fate.Changed = "pixels: rounding of per cents"
		}
	}
	id := "i" + strconv.Itoa(number)
	kind, rings := "polygonlabels", o.Rings
	if rings == nil {
		kind, rings = "rectanglelabels", []rle.Ring{nil}
	}
	width, height := float64(img.Width), float64(img.Height)
	for i, ring := range rings {
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(append(dst, "\n{\"id\":\""...), id...)
		if i > 0 {
			dst = strconv.AppendInt(append(dst, '.'), int64(i), 10)
			dst = append(append(dst, `","parentID":"`...), id...)
		}
		from := fromName
		if ring == nil {
			from = boxName
		}
		dst = fmt.Appendf(dst, `","from_name":"%s","to_name":"`+toName+`","type":"%s","original_width":%d,"original_height":%d,`+
			`"image_rotation":0,`, from, kind, img.Width, img.Height)
		if hasScore {
			dst = append(jsonscan.AppendFloat(append(dst, `"score":`...), score), ',')
		}
		dst = append(dst, `"value":{`...)
		if ring == nil {
			dst = jsonscan.AppendFloat(append(dst, `"x":`...), o.Box.X/width*100)
			dst = jsonscan.AppendFloat(append(dst, `,"y":`...), o.Box.Y/height*100)
			dst = jsonscan.AppendFloat(append(dst, `,"width":`...), o.Box.W/width*100)
			dst = jsonscan.AppendFloat(append(dst, `,"height":`...), o.Box.H/height*100)
			dst = append(dst, `,"rotation":0`...)
		} else {
			dst = append(dst, `"points":[`...)
			for j, p := range ring {
				if j > 0 {
					dst = append(dst, ',')
				}
				dst = jsonscan.AppendFloat(append(dst, '['), percent(p[0], width))
				dst = append(jsonscan.AppendFloat(append(dst, ','), percent(p[1], height)), ']')
			}
			dst = append(dst, `],"closed":true`...)
		}
		dst = append(append(append(dst, `,"`...), kind...), `":[`...)
		dst = append(jsonscan.AppendString(dst, label), "]}}"...)
	}
	return dst, fate
}

// percent returns a length in pixels in per cent of a size. Label Studio's tools turn it
// back into the same length or the next larger one: filling a polygon rounds halves up, and
// a length that is smaller by the last bit could be on the other side.
func percent(v, size float64) float64 {
	p := v / size * 100
	for range 4 {
		if pixelsOfTools(p, size) >= v {
			break
		}
		p = math.Nextafter(p, math.Inf(1))
	}
	return p
}

// pixelsOfTools returns a length in pixels as Label Studio's tools compute it.
func pixelsOfTools(percent, size float64) float64 { return percent / 100 * size }

// readerIoU returns the IoU of the pixels of rings with those that Label Studio's tools see.
// It fills them only if a vertex is not read back exactly.
func readerIoU(img *formats.Image, rings []rle.Ring) (float64, error) {
	width, height := float64(img.Width), float64(img.Height)
	same := true
	moved := make([]rle.Ring, len(rings))
	for i, ring := range rings {
		moved[i] = make(rle.Ring, len(ring))
		for j, p := range ring {
			q := rle.Point{pixelsOfTools(percent(p[0], width), width), pixelsOfTools(percent(p[1], height), height)}
			moved[i][j] = q
			same = same && p == q
		}
	}
	if same {
		return 1, nil
	}
	want, err := rle.FromPolygon(img.Height, img.Width, rle.FillCOCO, rings...)
	if err != nil {
		return 0, err
	}
	got, err := rle.FromPolygon(img.Height, img.Width, rle.FillCOCO, moved...)
	if err != nil || got.Equal(want) {
		return 1, err
	}
	return rle.IoU(got, want), nil
}

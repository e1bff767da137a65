package viewcmd

import (
	"net/http"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/matching"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/origins"
	"github.com/hubdata/hubdata/coco"
)

// instanceInfo is what the page says of an instance.
type instanceInfo struct {
	origins.Made             // of its file
	File         string      `json:"file"`
	Place        string      `json:"place"` // in the file
	ID           string      `json:"id"`    // empty: a detection has none
	Image        string      `json:"image"`
	Class        string      `json:"class"`
	Score        *float64    `json:"score"`
	Area         int         `json:"area"`  // pixels of the mask; -1: none that can be read
	Box          *[4]float64 `json:"box"`   // as the file has it
	Crowd        bool        `json:"crowd"` // of a label
	State        string      `json:"state"` // found, missed, false, ignored, not counted, or empty: without predictions
	Partner      *partner    `json:"partner"`
	Members      [][2]string `json:"members"` // of the record, as JSON
	Fault        string      `json:"fault"`   // why its mask cannot be read
	Near         []neighbour `json:"near"`
}

// partner is what an instance is matched with.
type partner struct {
	Layer string   `json:"layer"`
	Index int32    `json:"index"`
	IoU   float64  `json:"iou"`
	Score *float64 `json:"score"`
}

// mostMember is how many bytes of a member the page shows.
const mostMember = 2000

// instance describes an instance: query layer, index, and unscored for a detection on an image that was never outlined.
func (s *session) instance(r *http.Request) (any, error) {
	a, err := s.ask(r)
	if err != nil {
		return nil, err
	}
	m, err := s.layerOf(r.URL.Query().Get("layer"))
	if err != nil {
		return nil, err
	}
	i, err := strconv.Atoi(r.URL.Query().Get("index"))
	if err != nil || i < 0 {
		return nil, errRequest
	}
	if m == nil {
		if i >= len(s.labels.Annotations) {
			return nil, errRequest
		}
		return s.describeLabel(a, i)
	}
	if r.URL.Query().Get("unscored") != "" {
		if i >= m.list.Len() {
			return nil, errRequest
		}
		return s.describeDetection(m, &m.list, i, m.positions[i], a, false)
	}
	if i >= m.Detections.List.Len() {
		return nil, errRequest
	}
	return s.describeDetection(m, &m.Detections.List, i, m.Detections.Position(i), a, true)
}

// describeLabel describes an annotation.
func (s *session) describeLabel(a *asked, i int) (*instanceInfo, error) {
	label := &s.labels.Annotations[i]
	image, ok := s.scene.ImageOf(i)
	if !ok {
		return nil, errRequest
	}
	out := s.describe(image, label.CategoryID, label.Segmentation, label.Extra)
	out.Made = s.origins.Of(s.labelsPath())
	out.File, out.Place = s.scene.File, "annotations["+strconv.Itoa(i)+"]"
	out.ID, out.Crowd = label.ID.String(), label.IsCrowd
	if score, ok, _ := label.Score(); ok {
		out.Score = &score
	}
	if !label.Missing.Has(coco.FieldBBox) {
		out.Box = &[4]float64{label.BBox.X, label.BBox.Y, label.BBox.W, label.BBox.H}
	}
	s.addNeighbours(out, a, nil, image, int32(i), label.Segmentation, paint.BoxOf(label.BBox, label.Missing))
	if a.model == nil {
		return out, nil
	}
	d, counted := a.model.Found(i, a.k, a.score)
	switch {
	case !counted:
		out.State = "not counted"
	case d == matching.Ignored:
		out.State = "ignored"
	case d == matching.None:
		out.State = "missed"
	default:
		score := a.model.Detections.List.Score(int(d))
		out.State, out.Partner = "found", &partner{Layer: s.layerName(a.model), Index: d, IoU: a.model.IoU(image, int(d), a.k), Score: &score}
	}
	return out, nil
}

// layerName is the name of a model's layer.
func (s *session) layerName(m *model) string {
	for i := range s.models {
		if s.models[i] == m {
			return strconv.Itoa(i)
		}
	}
	return ""
}

// describeDetection describes a detection of a list, at a position of the file.
func (s *session) describeDetection(m *model, list *coco.Results, i, position int, a *asked, scored bool) (*instanceInfo, error) {
	image, ok := s.labels.Index().ImageAt(list.ImageID(i))
	if !ok {
		return nil, errRequest
	}
	out := s.describe(image, list.CategoryID(i), list.Segmentation(i), list.Extra(i))
	score := list.Score(i)
	out.Made = s.origins.Of(m.path)
	out.File, out.Place, out.Score = m.Detections.Name, m.Detections.Path+"["+strconv.Itoa(position)+"]", &score
	if !list.Missing(i).Has(coco.FieldBBox) {
		b := list.BBox(i)
		out.Box = &[4]float64{b.X, b.Y, b.W, b.H}
	}
	if !scored {
		out.State = "not counted"
		return out, nil
	}
	s.addNeighbours(out, a, m, image, int32(i), list.Segmentation(i), paint.BoxOf(list.BBox(i), list.Missing(i)))
	g, counted := m.Matches(i, a.k)
	switch {
	case !counted:
		out.State = "not counted"
	case g == matching.Ignored:
		out.State = "ignored"
	case g == matching.None:
		out.State = "false"
	default:
		out.State, out.Partner = "found", &partner{Layer: labelsLayer, Index: g, IoU: m.IoU(image, i, a.k)}
	}
	return out, nil
}

// describe describes what labels and detections have in common.
func (s *session) describe(image int, category int64, seg coco.Segmentation, extra coco.Fields) *instanceInfo {
	out := &instanceInfo{Image: s.scene.Names.Name(image), Class: s.className(category), Area: -1, Members: [][2]string{}, Near: []neighbour{}}
	if seg.Kind() != coco.KindNone {
		mask, err := seg.Mask(s.sizes[image].height, s.sizes[image].width)
		if err != nil {
			out.Fault = err.Error()
		} else {
			out.Area = mask.Area()
		}
	}
	for _, f := range extra {
		if f.Key == "score" {
			continue
		}
		value := string(f.Value)
		if len(value) > mostMember {
			value = value[:mostMember] + " ..."
		}
		out.Members = append(out.Members, [2]string{f.Key, value})
	}
	return out
}

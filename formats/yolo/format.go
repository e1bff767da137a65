package yolo

import "github.com/hubdata/hubdata/formats"

// Seg is yolo-seg: labels of polygons. It reads rows of boxes too.
var Seg = formats.Format{
	Name:  "yolo-seg",
	About: "YOLO polygons with data.yaml, as ultralytics trains on; reads its predictions.json too",
	Options: []formats.Option{
		namesOption,
		verticesOption,
		scoreOption,
		firstClassOption,
		splitOption,
	},
	Export: func(set *formats.Set, options formats.Values) (formats.Exporter, error) {
		return newExporter(set, options, false)
	},
	Import:    read,
	Recognise: func(src *formats.Source) bool { polygons, ok := recognise(src); return ok && polygons },
}

// Boxes is yolo: labels of boxes. It reads rows of polygons too.
var Boxes = formats.Format{
	Name:    "yolo",
	About:   "YOLO boxes with data.yaml, as ultralytics trains on; reads its predictions.json too",
	Options: Seg.Options,
	Export: func(set *formats.Set, options formats.Values) (formats.Exporter, error) {
		return newExporter(set, options, true)
	},
	Import:    read,
	Recognise: func(src *formats.Source) bool { polygons, ok := recognise(src); return ok && !polygons },
}

// The options and their values.
var (
	namesOption = formats.Option{
		Name: "names", Default: namesPath, Choices: []string{namesPath, namesID},
		About: "export: file names of the images in the dataset, the path that they have or their id",
	}
	verticesOption = formats.Option{
		Name: "vertices", Default: verticesCut, Choices: []string{verticesCut, verticesRound, verticesPlane},
		About: "import: pixels of a polygon, those that ultralytics trains on (cut), those of outlines of" +
			" pixel numbers as supervision writes them (round), or a COCO polygon of the same points (plane)",
	}
	scoreOption = formats.Option{
		Name: "score", Default: scoreBoxes, Choices: []string{scoreBoxes, scoreAll},
		About: "import: rows that may end with a score, boxes alone or polygons too",
	}
	firstClassOption = formats.Option{
		Name: "first-class", Default: "1", Choices: []string{"1", "0"},
		About: "import: category_id of the first class in predictions.json, 0 up to ultralytics 8.3.44",
	}
	splitOption = formats.Option{
		Name: "split", Choices: []string{"", "train", "val", "test"},
		About: "import: split that predictions.json is of, where images of several splits have one name",
	}
)

const (
	namesPath     = "path"
	namesID       = "id"
	verticesCut   = "cut"
	verticesRound = "round"
	verticesPlane = "plane"
	scoreBoxes    = "boxes"
	scoreAll      = "all"
)

// choice returns the value of an option.
func choice(options formats.Values, o formats.Option) string {
	if v, ok := options[o.Name]; ok {
		return v
	}
	return o.Default
}

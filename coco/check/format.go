package check

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// utf8BOM is U+FEFF in UTF-8.
const utf8BOM = "\xef\xbb\xbf"

// HasByteOrderMark reports whether a text begins with the byte order mark of UTF-8.
// [coco.Decode] skips it; other readers of JSON fail.
func HasByteOrderMark(text []byte) bool { return bytes.HasPrefix(text, []byte(utf8BOM)) }

// FormatHead is the number of bytes that [OtherFormat] needs at most.
const FormatHead = 64 << 10

// Format is a format of files that hold annotations, but are not COCO.
type Format struct {
	Name   string // as in a sentence, such as "a labelme file"
	Advice string // what to do
}

// OtherFormat recognises a file that is neither a COCO dataset nor COCO results by its
// first bytes; see [FormatHead]. It reports false for COCO files, and for files that it
// does not know.
func OtherFormat(head []byte) (Format, bool) {
	head = head[:min(len(head), FormatHead)]
	for i := range signatures {
		if s := &signatures[i]; bytes.HasPrefix(head[min(s.at, len(head)):], []byte(s.bytes)) {
			return s.Format, true
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte(utf8BOM)), " \t\r\n")
	switch {
	case len(text) == 0:
		return Format{}, false
	case text[0] == '<':
		return xmlFormat(text), true
	case text[0] == '{' || text[0] == '[':
		return jsonFormat(text)
	}
	return tableFormat(text)
}

const export = "export it as COCO from the tool that wrote it"

// signatures are formats that begin with certain bytes.
var signatures = []struct {
	at    int
	bytes string
	Format
}{
	{0, "\xff\xfe", Format{"text in UTF-16",
		"write it as UTF-8 without a byte order mark, as PowerShell 7 does with -Encoding utf8NoBOM"}},
	{0, "\xfe\xff", Format{"text in UTF-16",
		"write it as UTF-8 without a byte order mark, as PowerShell 7 does with -Encoding utf8NoBOM"}},
	{0, "\x89PNG", labelImage}, {0, "\xff\xd8\xff", labelImage}, {0, "II*\x00", labelImage}, {0, "MM\x00*", labelImage},
	{0, "II+\x00", labelImage}, {0, "MM\x00+", labelImage}, {0, "GIF8", labelImage}, {0, "BM", labelImage},
	{8, "WEBP", labelImage},
	{0, "PK\x03\x04", archive}, {0, "7z\xbc\xaf", archive}, {0, "Rar!", archive}, {0, "BZh", archive},
	{0, "\xfd7zXZ", archive}, {257, "ustar", archive},
	{0, "PAR1", Format{"a Parquet table", "write it as COCO JSON, for example with pandas"}},
	{0, "\x93NUMPY", Format{"a numpy array", "write its masks as COCO JSON, for example with pycocotools.mask.encode"}},
	{0, "\x89HDF", Format{"an HDF5 file", "write its masks as COCO JSON, for example with pycocotools.mask.encode"}},
	{0, "\x80\x03", pickled}, {0, "\x80\x04", pickled}, {0, "\x80\x05", pickled},
}

var (
	labelImage = Format{"an image",
		"a label image holds no ids, names and classes: make a COCO file of its instances first, one mask for each"}
	archive = Format{"an archive", "unpack it, and name the JSON file in it"}
	pickled = Format{"a Python pickle",
		"let MMDetection write JSON: outfile_prefix of its CocoMetric, or --eval-options jsonfile_prefix of 2.x"}
	geoJSON = Format{"GeoJSON", "it holds outlines but no images: make a COCO file of it, with one image for each picture"}
)

func xmlFormat(text []byte) Format {
	switch {
	case bytes.Contains(text, []byte("<annotations>")) &&
		(bytes.Contains(text, []byte("<version>")) || bytes.Contains(text, []byte("<image "))):
		return Format{"CVAT XML", "export the task from CVAT as COCO 1.0"}
	case bytes.Contains(text, []byte("<annotation>")) || bytes.Contains(text, []byte("<bndbox>")):
		return Format{"Pascal VOC XML",
			"convert its folder to COCO, for example with supervision: DetectionDataset.from_pascal_voc and as_coco"}
	case bytes.Contains(text, []byte("<Annotations")) && bytes.Contains(text, []byte("<Region")):
		return Format{"Aperio ImageScope XML", "convert it to COCO in the pixels of your tiles"}
	case bytes.Contains(text, []byte("<ASAP_Annotations")):
		return Format{"ASAP XML", "convert it to COCO in the pixels of your tiles"}
	case bytes.Contains(bytes.ToLower(text[:min(len(text), 512)]), []byte("<html")):
		return Format{"a web page", "it is often an error page of a download: download the file again"}
	}
	return Format{"XML", export}
}

// jsonFormat recognises formats by the members of the first objects.
func jsonFormat(text []byte) (Format, bool) {
	list := text[0] == '['
	has := func(members map[string]string, names ...string) bool {
		for _, n := range names {
			if _, ok := members[n]; !ok {
				return false
			}
		}
		return true
	}
	m, first := headMembers(text)
	kind := strings.Trim(m["type"], `"`)
	switch {
	case kind == "FeatureCollection", kind == "Feature", has(m, "geometry", "properties"):
		return geoJSON, true
	case has(m, "shapes") && (has(m, "imagePath") || has(m, "imageData")):
		return Format{"a labelme file", "convert its folder with labelme2coco, or labelme's own examples"}, true
	case has(m, "_via_settings"), has(m, "_via_img_metadata"), has(first, "regions", "filename"):
		return Format{"a VGG Image Annotator (VIA) file", "export it from VIA as COCO"}, true
	case list && has(m, "data") && (has(m, "annotations") || has(m, "completions") || has(m, "predictions")):
		return Format{"a Label Studio export", "export it from Label Studio as COCO"}, true
	case list && has(m, "image", "annotations"):
		return Format{"CreateML JSON", export}, true
	case !list && has(m, "id", "annotations") && !has(m, "images") && strings.HasPrefix(m["annotations"], "["):
		return Format{"a file of HuBMAP outlines", "check its folder, or make COCO files with hubdata convert"}, true
	case !list && has(m, "info", "categories", "items"):
		return Format{"a Datumaro file", "convert it with: datum convert -f coco"}, true
	case list && has(m, "file_name") && (has(m, "height") || has(m, "annotations")):
		return Format{"a list of detectron2 records",
			"write it as COCO with detectron2.data.datasets.convert_to_coco_json"}, true
	}
	return Format{}, false
}

// headMembers returns the members of the first object of a text, which may be cut
// short, with the beginning of their values; and those of its first member's value.
func headMembers(text []byte) (members, first map[string]string) {
	members, first = map[string]string{}, map[string]string{}
	c := jsonscan.New(text)
	if text[0] == '[' {
		if more, err := c.BeginArray(); err != nil || !more || c.Peek() != '{' {
			return members, first
		}
	}
	_ = c.Object(func(key []byte) error { // the end is often missing
		name := string(key)
		b := c.Peek()
		start := c.Pos()
		members[name] = string(text[start:min(start+40, len(text))])
		if b == '{' && len(members) == 1 {
			return c.Object(func(key []byte) error {
				first[string(key)] = ""
				return c.Skip()
			})
		}
		err := c.Skip()
		if err == nil {
			members[name] = string(c.Text(start)[:min(40, c.Pos()-start)])
		}
		return err
	})
	return members, first
}

// tableFormat recognises text of numbers or columns by its first line.
func tableFormat(text []byte) (Format, bool) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	row := strings.TrimSpace(string(line))
	if fields := strings.Fields(row); len(fields) >= 5 && yoloRow(fields) {
		return Format{"YOLO labels",
			"convert their folder to COCO, for example with supervision: DetectionDataset.from_yolo and as_coco"}, true
	}
	for _, sep := range []string{",", ";", "\t"} {
		if n := strings.Count(row, sep); n >= 1 && printable(row) {
			return Format{"a table (CSV)",
				"for a submission of the competition use hubdata submission decode; make a COCO file of any other table"}, true
		}
	}
	return Format{}, false
}

// yoloRow reports whether a row is a class followed by fractions of the image's size.
func yoloRow(fields []string) bool {
	if n, err := strconv.Atoi(fields[0]); err != nil || n < 0 {
		return false
	}
	for _, f := range fields[1:] {
		if v, err := strconv.ParseFloat(f, 64); err != nil || !(v >= -0.5 && v <= 1.5) {
			return false
		}
	}
	return true
}

func printable(row string) bool {
	return len(row) < 4096 && !strings.ContainsFunc(row, func(r rune) bool { return r < ' ' && r != '\t' || r == '�' })
}

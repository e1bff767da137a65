package mergecmd

import (
	"encoding/json"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// writeIDMap writes what became of the ids of merged files: one source a line,
// each id a pair of the old and the new. The caller commits.
func writeIDMap(o *files.Outputs, path string, info json.RawMessage, files []*files.COCOFile, maps []coco.SourceMap) error {
	out, err := o.Create(path)
	if err != nil {
		return err
	}
	buf := append([]byte("{\n\"info\":"), info...)
	buf = append(buf, ",\n\"sources\":["...)
	for i, s := range maps {
		if i > 0 {
			buf = append(buf, ',')
		}
		head, err := jsonscan.Marshal(struct {
			Name string `json:"name"`
			File string `json:"file"`
		}{s.Name, files[i].Input.FileInfo().Name})
		if err != nil {
			return err
		}
		buf = append(append(buf, '\n'), head[:len(head)-1]...)
		buf = appendIDPairs(append(buf, `,"images":`...), s.Images)
		buf = appendIDPairs(append(buf, `,"annotations":`...), s.Annotations)
		buf = appendIDPairs(append(buf, `,"categories":`...), s.Categories)
		buf = append(buf, `,"duplicates":[`...)
		some := false
		for _, change := range s.Annotations {
			if change.Duplicate {
				if some {
					buf = append(buf, ',')
				}
				buf, some = change.Old.AppendJSON(buf), true
			}
		}
		buf = append(buf, "]}"...)
		if _, err := out.Write(buf); err != nil {
			return out.Failed(err)
		}
		buf = buf[:0]
	}
	if _, err := out.Write(append(buf, "\n]\n}\n"...)); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}

// appendIDPairs appends a list of pairs.
func appendIDPairs(buf []byte, changes []coco.IDChange) []byte {
	buf = append(buf, '[')
	for i, change := range changes {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = change.Old.AppendJSON(append(buf, '['))
		buf = append(change.New.AppendJSON(append(buf, ',')), ']')
	}
	return append(buf, ']')
}

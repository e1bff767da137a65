package demo

import (
	"bytes"
	"fmt"
	"io"
)

// WriteTileMeta writes tile_meta.csv: the tiles, ordered by id.
func (s *Set) WriteTileMeta(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("id,source_wsi,dataset,i,j\n")
	for _, t := range s.tiles {
		fmt.Fprintf(&b, "%s,%d,%d,%d,%d\n", t.ID, t.sourceWSI, t.Dataset, t.I, t.J)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// WriteSlideMeta writes wsi_meta.csv: the donors of whole-slide images 1 to 4,
// which are invented.
func (s *Set) WriteSlideMeta(w io.Writer) error {
	r := newRNG(s.seed, "donors", 0)
	var b bytes.Buffer
	b.WriteString("source_wsi,age,sex,race,height,weight,bmi\n")
	for wsi := 1; wsi <= 4; wsi++ {
		sex, race := "FM"[r.intN(2)], "WB"[r.intN(2)]
		height := 1550 + r.intN(330) // in millimetres
		weight := 520 + r.intN(560)  // in 100 grams
		// kg/m^2 times 10, rounded: weight*100 g / (height mm)^2.
		bmi := (weight*1000000 + height*height/2) / (height * height)
		fmt.Fprintf(&b, "%d,%d,%c,%c,%d.%d,%d.%d,%d.%d\n", wsi, 45+r.intN(35), sex, race,
			height/10, height%10, weight/10, weight%10, bmi/10, bmi%10)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// WriteSampleSubmission writes sample_submission.csv: a tile of tier 3 in place
// of the hidden tile, without detections.
func (s *Set) WriteSampleSubmission(w io.Writer) error {
	id := "000000000000"
	if tiles := s.tier(3); len(tiles) > 0 {
		id = tiles[0].ID
	}
	_, err := fmt.Fprintf(w, "id,height,width,prediction_string\n%s,%d,%d,\n", id, tileSize, tileSize)
	return err
}

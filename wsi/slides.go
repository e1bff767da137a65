package wsi

import (
	"errors"
	"io"
	"iter"

	"github.com/hubdata/hubdata/internal/csvtable"
)

// Slide is a row of wsi_meta.csv: a whole-slide image and the donor of its
// tissue.
type Slide struct {
	WSI    int     // number of the slide: column source_wsi
	Age    float64 // years
	Sex    string  // F or M
	Race   string  // B or W
	Height float64 // centimetres
	Weight float64 // kilograms
	BMI    float64 // kilograms per square metre
}

// ReadSlides reads wsi_meta.csv row by row: columns source_wsi, age, sex, race,
// height, weight and bmi, found by name in the header. Other columns are
// ignored. An invalid row gives a [*RowError]. The first error ends the
// sequence.
func ReadSlides(r io.Reader) iter.Seq2[Slide, error] {
	return func(yield func(Slide, error) bool) {
		t, err := csvtable.New(r, "source_wsi", "age", "sex", "race", "height", "weight", "bmi")
		if err != nil {
			yield(Slide{}, err)
			return
		}
		for {
			slide, err := readSlide(t)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(slide, err) || err != nil {
				return
			}
		}
	}
}

// readSlide reads the next row of wsi_meta.csv.
func readSlide(t *csvtable.Table) (Slide, error) {
	if err := t.Next(); err != nil {
		return Slide{}, err
	}
	var s Slide
	var err error
	if s.WSI, err = t.Integer(0); err != nil {
		return Slide{}, err
	}
	if s.Sex, err = t.Text(2); err != nil {
		return Slide{}, err
	}
	if s.Race, err = t.Text(3); err != nil {
		return Slide{}, err
	}
	for _, c := range []struct {
		k int
		v *float64
	}{{1, &s.Age}, {4, &s.Height}, {5, &s.Weight}, {6, &s.BMI}} {
		if *c.v, err = t.Number(c.k); err != nil {
			return Slide{}, err
		}
	}
	return s, nil
}

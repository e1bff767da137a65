package coco

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
)

// naiveAnnotations reads the annotations of a list without a plan.
func naiveAnnotations(text []byte, loose *looseRecord) (list []Annotation, points []FieldSet, err error) {
	s := newScanner(bytes.NewReader(text), blockSize, math.MaxInt)
	s.p.loose = loose
	err = s.results(func() error {
		return naiveList(s, "", func(p *parser, a *Annotation) error {
			err := p.anyAnnotation(a)
			if loose != nil {
				points = append(points, loose.points|FieldSet(len(loose.faults))<<15)
			}
			return err
		}, &list)
	})
	return list, points, err
}

// plannedAnnotations reads the same with a plan.
func plannedAnnotations(text []byte, loose *looseRecord) (list []Annotation, points []FieldSet, err error) {
	s := newScanner(bytes.NewReader(text), blockSize, math.MaxInt)
	s.p.loose = loose
	err = s.results(func() error {
		return naiveList(s, "", func(p *parser, a *Annotation) error {
			err := p.annotation(a)
			if loose != nil {
				points = append(points, loose.points|FieldSet(len(loose.faults))<<15)
			}
			return err
		}, &list)
	})
	return list, points, err
}

// annotationShapes are records of many shapes.
var annotationShapes = []string{
	`{"id":1,"image_id":2,"category_id":3,"segmentation":{"size":[4,5],"counts":"03a0"},"area":3.5,"bbox":[1,2.5,3,4],"iscrowd":0}`,
	`{"id":1,"image_id":2,"category_id":3,"segmentation":{"size":[4.0,5],"counts":"03a0"},"area":3,"bbox":[1,2,3,4],"iscrowd":1}`,
	`{"id": 1, "image_id": 2, "segmentation": {"size": [4, 5], "counts": "0\\\\3"}, "category_id": 3, "area": -3, "bbox": [-1, 2, 3, 4e1], "iscrowd": 2}`,
	`{"id":1,"image_id":2,"segmentation":[[1,2,3,4,5,6]],"area":1,"bbox":[1,2,3],"iscrowd":0}`,
	`{"segmentation": [[1, 2, 3, 4, 5, 6.5]], "area": 1, "iscrowd": 0, "image_id": 2, "bbox": [1, 2, 3, 4], "category_id": 1, "id": 3}`,
	`{"segmentation": [], "area": 1, "iscrowd": 0, "image_id": 2, "bbox": [1, 2, 3, 4], "category_id": 1, "id": 3}`,
	`{"segmentation": null, "area": 1, "iscrowd": 0, "image_id": 2, "bbox": [], "category_id": null, "id": 3}`,
	`{"segmentation": "", "area": NaN, "iscrowd": 0, "image_id": 2, "bbox": [1, 2, 3, 4], "category_id": 1, "id": 3}`,
	`{"segmentation": [1, 2, 3, 4, 5, 6], "area": "1", "iscrowd": 0, "image_id": 2, "bbox": [1, 2, 3, 4], "category_id": 1, "id": 3}`,
	`{"id":1,"image_id":2,"area":1,"bbox":[1,2,3,4],"iscrowd":0,"score":1,"source":"a","x":{"y":[1, 2]}}`,
	`{"id":1,"image_id":2,"area":1,"bbox":[1,2,3,4],"iscrowd":false,"score":1,"source":"b","x":null}`,
	`{"id":1,"image_id":2,"segmentation":{"counts":[1,2,17],"size":[4,5]}}`,
	`{"id":1,"image_id":2,"segmentation":{"size":[4,5],"counts":"a","more":1}}`,
	`{"id":1,"image_id":2,"segmentation":{"size":[4,5] ,"counts":"a" }}`,
	`{"id":1,"image_id":2,"segmentation":{"size":[-4,5],"counts":"a"}}`,
	`{"id":"a","image_id":2}`, `{"id":-1,"image_id":2}`, `{"id":1.0,"image_id":2}`, `{"id":1,"id":2,"image_id":2}`,
	`{"id":1}`,
	`{"id":12345678901234567,"image_id":123456789012345678901234567890}`, `{"id":01,"image_id":2}`, `5`,
}

// imageShapes are images of many shapes.
var imageShapes = []string{
	`{"id":1,"file_name":"a/b.png","height":4,"width":5}`,
	`{"id":1,"file_name":"a\\b.png","height":4,"width":5}`,
	`{"id":1,"file_name":"a\u00e9b.png","height":4.0,"width":5}`,
	`{"id":1,"file_name":"é.png","height":"4","width":5}`,
	`{"id":1,"file_name":"","height":4,"width":5}`,
	`{"id":1,"file_name":null,"height":4,"width":null}`,
	`{"id": 1, "width": 5, "height": 123456789012345678901, "file_name": "a.png", "patient": "p1", "x": [1, 2]}`,
	`{"id": 1, "width": 5, "height": 1234567890123456, "file_name": "a.png", "patient": {"a": 1}, "x": null}`,
	`{"id": 1, "image_id": 2}`, `{"id": "a", "image_id": 2}`, `{"id":-1}`, `{"id":1,"id":1}`, `{"width":5}`, `7`,
}

// checkImages reads a list of images with and without a plan.
func checkImages(t *testing.T, text []byte) {
	t.Helper()
	for _, loose := range []bool{false, true} {
		read := func(image func(*parser, *Image) error) (list []Image, points []FieldSet, err error) {
			s := newScanner(bytes.NewReader(text), blockSize, math.MaxInt)
			if loose {
				s.p.loose = new(looseRecord)
			}
			err = s.results(func() error {
				return naiveList(s, "", func(p *parser, img *Image) error {
					err := image(p, img)
					if loose {
						points = append(points, p.loose.points|FieldSet(len(p.loose.faults))<<15)
					}
					return err
				}, &list)
			})
			return list, points, err
		}
		expected, expectedPoints, expectedErr := read((*parser).anyImage)
		got, points, err := read((*parser).image)
		if errText(err) != errText(expectedErr) {
			t.Fatalf("loose %v: error %v, expected %v\n%s", loose, err, expectedErr, text)
		}
		if !reflect.DeepEqual(got, expected) || !reflect.DeepEqual(points, expectedPoints) {
			t.Fatalf("loose %v: %+v %v, expected %+v %v\n%s", loose, got, points, expected, expectedPoints, text)
		}
	}
}

// TestImagePlan reads each shape after each other one, when a plan is known.
func TestImagePlan(t *testing.T) {
	for _, first := range imageShapes {
		for _, second := range imageShapes {
			checkImages(t, []byte("["+strings.Join([]string{first, first, second, first, second, second}, ",")+
				strings.Repeat(" ", 20)+"]"))
		}
	}
}

// TestPlanOfAnotherList reads a list of annotations after one of images, when the plan of an
// image would read them.
func TestPlanOfAnotherList(t *testing.T) {
	text := `{"images":[{"id":1,"image_id":2},{"id":2,"image_id":2}],"annotations":[{"id":1,"image_id":2},{"id":2,"image_id":2}]}` + strings.Repeat(" ", 20)
	d, err := Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range d.Annotations {
		if a.ImageID != IntID(2) || len(a.Extra) > 0 || len(d.Images[i].Extra) != 1 {
			t.Errorf("annotation %d is %+v, image %+v", i, a, d.Images[i])
		}
	}
}

// checkAnnotations reads a list with and without a plan.
func checkAnnotations(t *testing.T, text []byte) {
	t.Helper()
	for _, loose := range []bool{false, true} {
		var a, b *looseRecord
		if loose {
			a, b = new(looseRecord), new(looseRecord)
		}
		expected, expectedPoints, expectedErr := naiveAnnotations(text, a)
		got, points, err := plannedAnnotations(text, b)
		if errText(err) != errText(expectedErr) {
			t.Fatalf("loose %v: error %v, expected %v\n%s", loose, err, expectedErr, text)
		}
		x, y := &Dataset{Annotations: got}, &Dataset{Annotations: expected}
		markNaN(x)
		markNaN(y)
		if !reflect.DeepEqual(x, y) || !reflect.DeepEqual(points, expectedPoints) {
			t.Fatalf("loose %v: %+v %v, expected %+v %v\n%s", loose, got, points, expected, expectedPoints, text)
		}
	}
}

// TestAnnotationPlan reads each shape after each other one, when a plan is known.
func TestAnnotationPlan(t *testing.T) {
	for _, first := range annotationShapes {
		for _, second := range annotationShapes {
			checkAnnotations(t, []byte("["+strings.Join([]string{first, first, second, first, second, second}, ",")+
				strings.Repeat(" ", 20)+"]"))
		}
	}
	s := newScanner(strings.NewReader("["+strings.Repeat(annotationShapes[4]+",", 9)+annotationShapes[4]+"]"+
		strings.Repeat(" ", 20)), blockSize, math.MaxInt)
	read := 0
	err := s.results(func() error {
		var list []Annotation
		return naiveList(s, "", func(p *parser, a *Annotation) error {
			p.begin()
			p.c.Peek()
			if p.plan.read(p, annotationPlan, new(planned)) {
				read++
				return nil
			}
			return p.annotation(a)
		}, &list)
	})
	if err != nil || read != 9 {
		t.Errorf("a plan read %d records of 9 like the first: %v", read, err)
	}
}

func FuzzAnnotationPlan(f *testing.F) {
	for i, first := range annotationShapes {
		f.Add(first, annotationShapes[(i+3)%len(annotationShapes)])
	}
	for i, first := range imageShapes {
		f.Add(first, imageShapes[(i+3)%len(imageShapes)])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		text := []byte("[" + first + "," + first + "," + second + "," + first + "                 ]")
		checkAnnotations(t, text)
		checkImages(t, text)
	})
}

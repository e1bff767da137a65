package flags

import (
	"reflect"
	"testing"
)

func TestParseMaxDets(t *testing.T) {
	for text, want := range map[string][]int{"1,10,100": {1, 10, 100}, " 7 ": {7}, "mmdet": {100, 300, 1000}, "": nil, "0": nil, "-1": nil, "x": nil} {
		if got, err := ParseMaxDets(text); !reflect.DeepEqual(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %v, %v, expected %v", text, got, err, want)
		}
	}
}

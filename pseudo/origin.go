package pseudo

import (
	"encoding/json"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Origin says what a fused instance was made of. Labels and results have it as the members
// votes and models.
type Origin struct {
	Votes  int      `json:"votes"`  // predictions that were fused
	Models []string `json:"models"` // names of their models, in the order of Labels.Models
}

// OriginOf reads the members of a label or a result. It reports false if it is not a fused
// one.
func OriginOf(extra coco.Fields) (Origin, bool) {
	var o Origin
	votes, models := extra.Get("votes"), extra.Get("models")
	ok := votes != nil && models != nil && json.Unmarshal(votes, &o.Votes) == nil && json.Unmarshal(models, &o.Models) == nil
	return o, ok && o.Models != nil
}

// Fields returns the members.
func (o *Origin) Fields() coco.Fields {
	models := []byte{'['}
	for i, m := range o.Models {
		if i > 0 {
			models = append(models, ',')
		}
		name, _ := jsonscan.Marshal(m) // a string cannot fail
		models = append(models, name...)
	}
	return coco.Fields{
		{Key: "votes", Value: strconv.AppendInt(nil, int64(o.Votes), 10)},
		{Key: "models", Value: append(models, ']')},
	}
}

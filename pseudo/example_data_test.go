package pseudo_test

import (
	"encoding/json"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
)

// Options are data: another program that reads this JSON fuses as hubdata pseudo does.
func ExampleOptions_json() {
	o, err := pseudo.Preset("winner")
	if err != nil {
		fmt.Println(err)
		return
	}
	o.Models = []pseudo.Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 2}}
	text, err := json.Marshal(o)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(text))
	var same pseudo.Options
	if err := json.Unmarshal(text, &same); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(same.Vote.Rule, same.Post)
	// Output:
	// {"models":[{"name":"a","weight":1},{"name":"b","weight":2}],"suppress":{"method":"wbf","iou":0,"by":"box","decay":"gaussian"},"fusion":{"method":"wbf","iou":0.6,"skip":0.01,"confidence":"avg","allow_overflow":false,"decay":"gaussian"},"by":"box","vote":{"rule":"count","part":0.2,"clip_box":true},"post":["close:cross:1"],"mask_above":0,"non_overlap":false}
	// count [close:cross:1]
}

// The results of hubdata pseudo say how many predictions agree, and of which models.
func ExampleOriginOf() {
	extra := coco.Fields{{Key: "votes", Value: []byte("3")}, {Key: "models", Value: []byte(`["cascade","vit"]`)}}
	origin, ok := pseudo.OriginOf(extra)
	fmt.Println(origin.Votes, origin.Models, ok)
	fmt.Printf("%s\n", origin.Fields()[1].Value)
	// Output:
	// 3 [cascade vit] true
	// ["cascade","vit"]
}

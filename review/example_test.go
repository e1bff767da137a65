package review_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/review"
)

// Two reviewers look at a pseudo-label, a program dies in the middle of a line, and the log still says what they decided.
func Example() {
	labels, err := coco.Decode(strings.NewReader(`{"images":[{"id":1,"height":9,"width":9}],"categories":[{"id":1,"name":"vessel"}],
		"annotations":[{"id":5,"image_id":1,"category_id":1,"bbox":[1,1,4,4],"area":16,"iscrowd":0,"segmentation":[[1,1,5,1,5,5,1,5]],"score":0.7}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	of, err := review.DatasetOf(labels)
	if err != nil {
		fmt.Println(err)
		return
	}
	text := review.AppendHead(nil, of)
	for _, d := range []review.Decision{
		{Annotation: coco.IntID(5), Choice: review.Reject, Reviewer: "Anna", Time: time.Unix(0, 0)},
		{Annotation: coco.IntID(5), Choice: review.Accept, Reviewer: "Ben", Time: time.Unix(60, 0)},
		{Annotation: coco.IntID(5), Choice: review.Accept, Reviewer: "Anna", Time: time.Unix(90, 0)},
	} {
		if text, err = d.Append(text); err != nil {
			fmt.Println(err)
			return
		}
	}
	text = append(text, `{"annotation":5,"deci`...)

	log, err := review.Read(strings.NewReader(string(text)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(log.Decisions), "decisions,", log.Cut, "bytes cut off, of this dataset:", log.For(of) == nil)
	var state review.State
	for i := range log.Decisions {
		state.Add(&log.Decisions[i])
	}
	fmt.Println(state.Verdict(coco.IntID(5)), state.Choices(coco.IntID(5)), state.Reviewers())
	fmt.Println(state.Agreements())
	switch state.Verdict(coco.IntID(5)) {
	case review.Accepted:
		fmt.Println("train on it")
	case review.Rejected, review.Unclear, review.Undecided:
		fmt.Println("leave it out")
	}
	// Output:
	// 3 decisions, 21 bytes cut off, of this dataset: true
	// accepted map[Anna:accept Ben:accept] [{Anna 1} {Ben 1}]
	// [{Anna Ben 1 1 1}]
	// train on it
}

// A choice is read by its name, and a line of the log says it.
func ExampleParseChoice() {
	c, err := review.ParseChoice("uncertain")
	if err != nil {
		fmt.Println(err)
		return
	}
	d := review.Decision{Annotation: coco.StringID("b7"), Choice: c, Reviewer: "Anna", Time: time.UnixMilli(1500)}
	line, err := d.Append(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = os.Stdout.Write(line)
	_, err = review.ParseChoice("maybe")
	fmt.Println(err)
	fmt.Println(review.Verdicts())
	// Output:
	// {"annotation":"b7","decision":"uncertain","by":"Anna","time":"1970-01-01T00:00:01.500Z"}
	// found the decision "maybe", expected accept, reject, uncertain or undo
	// [accepted rejected uncertain undecided]
}

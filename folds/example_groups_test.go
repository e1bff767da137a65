package folds_test

import (
	"fmt"

	"github.com/hubdata/hubdata/folds"
)

func ExampleNamesGroup() {
	fmt.Println(folds.NamesGroup("patient_id"), folds.NamesGroup("stain"))
	// Output: true false
}

// Values that all differ, or are all the same, divide nothing.
func ExampleGroupsImages() {
	fmt.Println(folds.GroupsImages([]string{"p1", "p1", "p2"}))
	fmt.Println(folds.GroupsImages([]string{"p1", "p2", "p3"}), folds.GroupsImages([]string{"p1", "p1", ""}))
	// Output:
	// true
	// false false
}

func ExampleListGroups() {
	fmt.Println(folds.ListGroups([]string{"p1", "p7"}, ", "))
	fmt.Println(folds.ListGroups(nil, ", "))
	// Output:
	// p1, p7
	// none
}

func ExampleGroupNoun() {
	fmt.Println(folds.GroupNoun("patient"), folds.GroupNoun("study"), folds.GroupNoun("patient_id"), folds.GroupNoun("path:1"))
	// Output: patients studies patient_id path:1
}

func ExampleAudit_SharedGroups() {
	plan, _ := folds.NewPlan("kfold", []string{"a", "b", "c", "d"}, []int{0, 1, 0, 1}, 2)
	patient := map[string]string{"a": "p1", "b": "p1", "c": "p2", "d": "p3"}
	var samples []folds.Sample
	for id, p := range patient {
		samples = append(samples, folds.Sample{ID: id, Groups: []string{p}})
	}
	audit, err := folds.NewAudit(plan, samples, &folds.AuditOptions{Groups: []string{"patient"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(audit.Clean(), audit.Groups(), audit.SharedGroups(), audit.Folds[0].OnBothSides("patient"))
	// Output: false [patient] [patient] [p1]
}

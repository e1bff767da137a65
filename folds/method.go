package folds

import "slices"

// Method is the name of a way to divide images.
type Method string

// The methods of [Divide], and the strategy that each uses.
const (
	MethodStratified      Method = "stratified"       // StratifiedKFold
	MethodKFold           Method = "kfold"            // KFold
	MethodGroup           Method = "group"            // GroupKFold
	MethodStratifiedGroup Method = "stratified-group" // StratifiedGroupKFold
	MethodIterative       Method = "iterative"        // IterativeKFold
	MethodSpatial         Method = "spatial"          // Spatial
	MethodQuantile        Method = "quantile"         // SpatialQuantile
	MethodSlide           Method = "wsi"              // LeaveOneGroupOut of the slides
)

// Need says whether a method uses an input.
type Need uint8

// The needs.
const (
	Ignored Need = iota
	Optional
	Required
)

// methods are the methods and their needs.
var methods = []struct {
	name           Method
	labels, groups Need
	shuffles       bool
}{
	{MethodStratified, Required, Ignored, true},
	{MethodKFold, Ignored, Ignored, true},
	{MethodGroup, Ignored, Required, true},
	{MethodStratifiedGroup, Required, Required, true},
	{MethodIterative, Required, Optional, true},
	{MethodSpatial, Ignored, Ignored, false},
	{MethodQuantile, Ignored, Ignored, false},
	{MethodSlide, Ignored, Ignored, false},
}

// Methods lists all methods.
func Methods() []Method {
	var list []Method
	for _, m := range methods {
		list = append(list, m.name)
	}
	return list
}

// ParseMethod returns the method of a name, and whether there is one.
func ParseMethod(name string) (Method, bool) {
	m := Method(name)
	return m, slices.Contains(Methods(), m)
}

// ChooseMethod returns the default method for the given inputs: labels to balance,
// groups to keep together, both or neither.
func ChooseMethod(labels, groups bool) Method {
	switch {
	case labels && groups:
		return MethodStratifiedGroup
	case groups:
		return MethodGroup
	case labels:
		return MethodStratified
	}
	return MethodKFold
}

// Labels returns whether the method balances labels.
func (m Method) Labels() Need {
	for _, known := range methods {
		if known.name == m {
			return known.labels
		}
	}
	return Ignored
}

// Groups returns whether the method keeps groups together.
func (m Method) Groups() Need {
	for _, known := range methods {
		if known.name == m {
			return known.groups
		}
	}
	return Ignored
}

// Shuffles reports whether the method can shuffle.
func (m Method) Shuffles() bool {
	for _, known := range methods {
		if known.name == m {
			return known.shuffles
		}
	}
	return false
}

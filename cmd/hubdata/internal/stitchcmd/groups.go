package stitchcmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/wholes"
)

// groupMember is the member of an image that says with which others it shares instances: folds --group keeps them on
// one side.
const groupMember = "whole_group"

// groups numbers the groups of images that share instances, from 1 in the order of their first images. An image that
// shares none is a group of its own.
func (in *input) groups(joined []wholes.Joined, kept []int) []int64 {
	parent := make([]int32, len(in.set.Images))
	for i := range parent {
		parent[i] = int32(i)
	}
	find := func(i int32) int32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for k := range joined {
		j := &joined[k]
		for _, w := range j.Wholes {
			first := find(in.of[kept[j.From[w.Parts[0]]]])
			for _, p := range w.Parts[1:] {
				other := find(in.of[kept[j.From[p]]])
				parent[max(first, other)] = min(first, other)
				first = min(first, other)
			}
		}
	}
	numbers := make([]int64, len(parent))
	next := int64(0)
	for i := range parent { // a root is the first of its group
		if root := find(int32(i)); root == int32(i) {
			next++
			numbers[i] = next
		} else {
			numbers[i] = numbers[root]
		}
	}
	return numbers
}

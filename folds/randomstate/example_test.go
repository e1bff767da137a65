package randomstate_test

import (
	"fmt"

	"github.com/hubdata/hubdata/folds/randomstate"
)

func ExampleSource_Perm() {
	fmt.Println(randomstate.New(42).Perm(10)) // numpy.random.RandomState(42).permutation(10)
	// Output: [8 1 5 0 7 2 9 4 3 6]
}

func ExampleNew() {
	s := randomstate.New(42)
	fmt.Println(s.Uint32(), s.Interval(9))
	a := []int{1, 2, 3, 4, 5}
	s.ShuffleInts(a)
	b := []rune("abcde")
	s.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	fmt.Println(a, string(b))
	// Output:
	// 1608637542 3
	// [1 2 4 3 5] dbcae
}

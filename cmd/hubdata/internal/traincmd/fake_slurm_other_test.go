//go:build !unix

package traincmd_test

import "os"

var fakeTimeOver = os.Interrupt

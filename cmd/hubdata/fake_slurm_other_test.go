//go:build !unix

package main

import "os"

var fakeTimeOver = os.Interrupt

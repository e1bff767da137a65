package rle

import "errors"

func (f *filler) center(h, w int, rings []Ring) error { return errors.New("rle: FillCenter") }

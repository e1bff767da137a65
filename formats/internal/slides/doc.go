// Package slides is what the formats of whole slides share: where an image lies on its
// slide, outlines of pixels that all of their readers fill alike, and objects that were
// read made instances.
//
// Coordinates are points of the plane in full-resolution pixels of the slide, with pixel
// (x, y) from x to x+1. Outlines go along the sides of pixels, and are filled by pixel
// centres ([rle.FillCenter]), so nothing is lost on the way out and back.
package slides

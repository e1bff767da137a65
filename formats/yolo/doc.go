// Package yolo writes and reads the labels that ultralytics trains on: polygons ([Seg]) and
// boxes ([Boxes]), with data.yaml, and reads the predictions.json of its validation.
//
// # Pixels
//
// The reader that polygons are written for is the loader of ultralytics 8.4.190. It
// multiplies the vertices, which are fractions of the width and height, in 32-bit floats,
// puts further points between them until there are 1000, cuts all of them to whole numbers,
// and fills them with cv2.fillPoly: vertex 12.9 is pixel 12, and the outline's own pixels
// belong to the mask. 8.3.50 is the first version that does so: up to 8.3.37 the points
// between the vertices replaced them, so that corners were cut off.
//
// So each vertex is written inside of the pixel that the loader is to see, towards the side of
// it that is the mask's boundary. Cut, the vertices follow the centres of the outermost
// pixels, as those of cv2.findContours do. The outermost sides are only 1/64 of a pixel inside
// of the mask's box, as the loader takes the box from the vertices; the others are 3/8 inside,
// which suits sizes of training images above that of the image. All sides are horizontal or
// vertical, so that points between the vertices are on pixels of the outline too.
//
// A row holds one polygon. Holes are part of it: the polygon goes through the mask to the
// hole, around it, and back. So are the other parts of a mask: the polygon crosses the
// background on the fewest pixels, which the loader adds to the mask. A part that is further
// away than it has pixels is left out. What the loader sees is filled again and compared
// with the mask, for each instance: see [formats.Fate].
package yolo

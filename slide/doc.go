// Package slide puts tiles in their places on whole slides, joins the instances that
// tiles cut, and cuts slides into tiles again.
//
// A [Place] says where an image lies; [Members] and [Pattern] read it from an image's
// record or its name. A [Frame] is the tiles of one slide. [Frame.Stitch] finds which
// instances of its tiles are parts of one on the slide, and a [Grid] lays tiles over a
// slide.
//
// # Coordinates
//
// Slide pixels are those of the slide's full resolution, with x to the right and y down
// from its top left corner. An image of a lower resolution has a scale: slide pixels per
// image pixel. Within a frame all tiles have one scale, and a position is in frame
// pixels: slide pixels divided by the scale. An image whose left edge is at slide pixel
// X begins at frame column X/scale.
//
// A slide has more pixels than a [rle.Mask] may have. An instance on a slide is a
// [Region]: a mask that is as small as its pixels, with its position.
package slide

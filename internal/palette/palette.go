// Package palette holds the colours of all pictures and plots. Most people can
// distinguish them, including people with any kind of colour blindness.
package palette

import (
	"image/color"
	"math"
)

// The colours of Okabe and Ito (2008), and greys.
var (
	Black     = color.RGBA{0x00, 0x00, 0x00, 0xff}
	Orange    = color.RGBA{0xe6, 0x9f, 0x00, 0xff}
	Sky       = color.RGBA{0x56, 0xb4, 0xe9, 0xff}
	Green     = color.RGBA{0x00, 0x9e, 0x73, 0xff}
	Yellow    = color.RGBA{0xf0, 0xe4, 0x42, 0xff}
	Blue      = color.RGBA{0x00, 0x72, 0xb2, 0xff}
	Vermilion = color.RGBA{0xd5, 0x5e, 0x00, 0xff}
	Purple    = color.RGBA{0xcc, 0x79, 0xa7, 0xff}
	Grey      = color.RGBA{0x80, 0x80, 0x80, 0xff}
	Pale      = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}
	White     = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

// Lines returns the colours of lines on white, in the order of use.
func Lines() []color.RGBA {
	return []color.RGBA{Blue, Vermilion, Green, Purple, Orange, Sky, Black}
}

// overlays returns the colours of what is drawn over tissue, in the order of
// use. Tissue itself is purple, pink and white.
func overlays() []color.RGBA {
	return []color.RGBA{Yellow, Sky, Orange, Green, Vermilion, Blue, Purple}
}

// Overlay returns the i-th colour of what is drawn over tissue. After [Overlays] colours
// they repeat.
func Overlay(i int) color.RGBA { return overlays()[i%Overlays] }

// Overlays is the number of different colours of [Overlay].
const Overlays = 7

// ramp is matplotlib's viridis in steps of a tenth. It becomes evenly lighter.
var ramp = [...]color.RGBA{
	{0x44, 0x01, 0x54, 0xff}, {0x48, 0x24, 0x75, 0xff}, {0x41, 0x44, 0x87, 0xff}, {0x35, 0x5f, 0x8d, 0xff}, {0x2a, 0x78, 0x8e, 0xff},
	{0x21, 0x91, 0x8c, 0xff}, {0x22, 0xa8, 0x84, 0xff}, {0x44, 0xbf, 0x70, 0xff}, {0x7a, 0xd1, 0x51, 0xff}, {0xbd, 0xdf, 0x26, 0xff},
	{0xfd, 0xe7, 0x25, 0xff},
}

// Ramp returns the colour of a value from 0, dark, to 1, light. Values outside
// have the colour of the nearer end, NaN that of 0.
func Ramp(v float64) color.RGBA {
	if !(v > 0) { // also true for NaN
		v = 0
	}
	v = float64(min(v, 1) * float64(len(ramp)-1))
	i := min(int(v), len(ramp)-2)
	f := v - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(float64(a)*(1-f)) + float64(float64(b)*f))) }
	a, b := ramp[i], ramp[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

// Dark reports whether a colour is perceived as nearer to black than to white.
func Dark(c color.RGBA) bool { return 299*int(c.R)+587*int(c.G)+114*int(c.B) < 128*1000 }

// Contrast returns the contrast of two colours as WCAG 2 defines it, from 1 to 21. Text
// is readable from 4.5 on, lines and areas from 3.
func Contrast(a, b color.RGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return float64(0.2126*linear(c.R)) + float64(0.7152*linear(c.G)) + float64(0.0722*linear(c.B))
}

package demo

import (
	"image"
	"image/color"

	"github.com/hubdata/hubdata/rle"
)

// The colours of a PAS-stained kidney, somewhat simplified. Each has shades
// from light to dark for texture.
const (
	inkStroma = iota
	inkEpithelium
	inkMembrane
	inkLumen
	inkNucleus
	inkWall
	inkTuft
	inkCell // red blood cells
	inks
)

// shades is the number of shades of each ink.
const shades = 4

var inkColors = [inks]color.RGBA{
	inkStroma:     {0xcf, 0x93, 0xc6, 0xff},
	inkEpithelium: {0xb9, 0x80, 0xc0, 0xff},
	inkMembrane:   {0x9a, 0x30, 0x93, 0xff},
	inkLumen:      {0xec, 0xe2, 0xee, 0xff},
	inkNucleus:    {0x59, 0x45, 0x86, 0xff},
	inkWall:       {0xb0, 0x4f, 0xa6, 0xff},
	inkTuft:       {0xa6, 0x68, 0xb4, 0xff},
	inkCell:       {0xc9, 0xae, 0xc0, 0xff},
}

// canvas is a tile being painted: the ink of each pixel, row by row.
type canvas struct {
	inks []uint8
	pts  rle.Ring
	ring []pixel
}

// Image draws a tile: the vessels that are outlined in the same set, glomeruli,
// and tubules around them, which are not outlined. The tile must belong to the
// set.
func (s *Set) Image(t Tile) *image.RGBA {
	cv := &canvas{inks: make([]uint8, tileSize*tileSize)}
	r := newRNG(s.seed, "image", t.num)
	sc := s.scene(&t)
	var taken []disc
	for _, list := range [...][]thing{sc.vessels, sc.glomeruli} {
		for _, th := range list {
			taken = append(taken, th.discs...)
		}
	}
	for range 1100 { // tubules, wherever there is room
		radius := r.between(9, 34)
		th := blob(r, vec{r.between(-20, tileSize+20), r.between(-20, tileSize+20)}, radius, 0.05)
		if !meets(th.discs, taken, 1) {
			taken = append(taken, th.discs...)
			cv.tubule(r, th, radius)
		}
	}
	for range 130 { // cells between the tubules
		at := vec{r.between(0, tileSize), r.between(0, tileSize)}
		if !meets([]disc{{at, 3}}, taken, 0) {
			cv.dot(r, at, r.between(1.6, 3.2), inkNucleus, anyInk)
		}
	}
	for _, th := range sc.glomeruli {
		cv.glomerulus(r, th)
	}
	for _, th := range sc.vessels {
		cv.vessel(r, th)
	}
	return cv.develop(r)
}

// area paints the inside of a contour.
func (cv *canvas) area(c contour, ink uint8) {
	cv.ring = c.trace(cv.ring[:0], nil, false)
	if len(cv.ring) == 0 {
		return
	}
	// The outline has integer coordinates inside the tile, so it cannot fail.
	m, pts, err := fill(cv.ring, cv.pts)
	cv.pts = pts
	if err != nil {
		return
	}
	pos := 0
	for i, n := range m.Runs() {
		if i%2 == 1 {
			for k := pos; k < pos+int(n); k++ {
				cv.inks[k%tileSize*tileSize+k/tileSize] = ink
			}
		}
		pos += int(n)
	}
}

// anyInk allows a dot to be painted over everything.
const anyInk = inks

// dot paints a slightly elongated disc wherever the current ink is over.
func (cv *canvas) dot(r *rng, at vec, radius float64, ink, over uint8) {
	rx, ry := float64(radius*r.between(0.8, 1.25)), float64(radius*r.between(0.8, 1.25))
	for y := max(0, int(at.y-ry)); y <= min(tileSize-1, int(at.y+ry)); y++ {
		for x := max(0, int(at.x-rx)); x <= min(tileSize-1, int(at.x+rx)); x++ {
			dx, dy := (float64(x)-at.x)/rx, (float64(y)-at.y)/ry
			p := &cv.inks[y*tileSize+x]
			if float64(dx*dx)+float64(dy*dy) <= 1 && (over == anyInk || *p == over) {
				*p = ink
			}
		}
	}
}

// tubule paints a ring of cells, with their nuclei, around a lumen.
func (cv *canvas) tubule(r *rng, th thing, radius float64) {
	at := th.discs[0].at
	cv.area(th.outline, inkMembrane)
	cv.area(th.outline.moved(r, vec{}, -1.6, 0), inkEpithelium)
	if radius < 12 {
		return
	}
	thick := radius * r.between(0.35, 0.6)
	cv.area(th.outline.moved(r, vec{}, -thick, 0.12*radius), inkLumen)
	for k, n := 0, int(radius/3); k < n; k++ {
		p := th.outline[(k*len(th.outline)/n)%len(th.outline)]
		in := 1 - float64(min(6, 0.5*thick)/radius) - float64(0.08*r.float())
		cv.dot(r, vec{at.x + float64(in*(p.x-at.x)), at.y + float64(in*(p.y-at.y))}, r.between(2, 3.3), inkNucleus, anyInk)
	}
}

// glomerulus paints a capsule, the space inside it and the tuft of capillaries.
func (cv *canvas) glomerulus(r *rng, th thing) {
	d := th.discs[0]
	cv.area(th.outline, inkMembrane)
	cv.area(th.outline.moved(r, vec{}, -2.5, 0), inkLumen)
	tuft := th.outline.moved(r, vec{}, -8, 3)
	cv.area(tuft, inkTuft)
	inside := func(part float64) vec {
		p := tuft[r.intN(len(tuft))]
		in := 1 - float64((1-part)*r.float())
		return vec{d.at.x + float64(in*part*(p.x-d.at.x)), d.at.y + float64(in*part*(p.y-d.at.y))}
	}
	for range int(d.r * 1.6) {
		loop := blob(r, inside(0.88), r.between(4, 9), 0.1)
		cv.area(loop.outline, inkMembrane)
		cv.area(loop.outline.moved(r, vec{}, -1.4, 0), uint8(inkTuft+r.intN(2)*(inkLumen-inkTuft)))
	}
	for range int(d.r * 1.3) {
		cv.dot(r, inside(0.92), r.between(1.8, 3), inkNucleus, anyInk)
	}
}

// vessel paints a wall around a lumen that holds some blood. The outline of a
// vessel is the outer side of its wall.
func (cv *canvas) vessel(r *rng, th thing) {
	cv.area(th.outline, inkWall)
	smallest := th.discs[0].r
	for _, d := range th.discs {
		smallest = min(smallest, d.r)
	}
	wall := min(6, max(1.5, 0.22*smallest))
	cv.area(th.outline.moved(r, vec{}, -wall*0.55, 0), inkMembrane)
	cv.area(th.outline.moved(r, vec{}, -wall, 0.4), inkLumen)
	for _, d := range th.discs {
		for range int(d.r * r.between(0, 1.1)) {
			off := direction(r.intN(turns))
			far := r.float() * max(0, float64(d.r*0.55)-wall)
			cv.dot(r, vec{d.at.x + float64(far*off.x), d.at.y + float64(far*off.y)}, r.between(1.5, 2.5), inkCell, inkLumen)
		}
		// The lining's nuclei lie flat on the wall.
		off, far := direction(r.intN(turns)), d.r-wall
		if len(th.discs) == 1 && r.chance(0.8) && d.r < 20 {
			far *= 0.75
			cv.dot(r, vec{d.at.x + float64(far*off.x), d.at.y + float64(far*off.y)}, 2, inkNucleus, anyInk)
		}
	}
}

// develop gives every pixel the colour of its ink, in a shade that follows a
// soft texture. The colours are few so that a tile's file stays small.
func (cv *canvas) develop(r *rng) *image.RGBA {
	// The stain of a whole tile is stronger or weaker.
	stain := r.intN(36) - 14
	var palette [inks][shades][3]uint8
	for ink, c := range inkColors {
		for k := range shades {
			dark := k*9 + stain
			if ink == inkLumen {
				dark = k * 2
			}
			palette[ink][k] = [3]uint8{darker(c.R, dark/2), darker(c.G, dark), darker(c.B, dark/2)}
		}
	}
	const size = 8 // pixels between the corners of the texture's lattice
	const n = tileSize/size + 1
	var lattice [n * n]int
	for i := range lattice {
		lattice[i] = r.intN(shades * 256)
	}
	img := image.NewRGBA(image.Rect(0, 0, tileSize, tileSize))
	for y := range tileSize {
		row, fy := lattice[y/size*n:], y%size
		for x := range tileSize {
			k, fx := x/size, x%size
			top := row[k]*(size-fx) + row[k+1]*fx
			low := row[n+k]*(size-fx) + row[n+k+1]*fx
			v := (top*(size-fy) + low*fy) / (size * size * 256)
			c := palette[cv.inks[y*tileSize+x]][v]
			p := img.Pix[y*img.Stride+4*x:]
			p[0], p[1], p[2], p[3] = c[0], c[1], c[2], 0xff
		}
	}
	return img
}

// darker subtracts amount from a channel of a colour.
func darker(v uint8, amount int) uint8 { return uint8(max(0, min(255, int(v)-amount))) }

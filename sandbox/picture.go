package sandbox

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"math/rand/v2"
)

const (
	pictureSize = 256
	frameSize   = 128
	frames      = 16
	shades      = 64
)

// moods are the colours of a picture, from its darkest part to its lightest.
var moods = [][]color.RGBA{
	{{18, 24, 48, 255}, {52, 84, 120, 255}, {214, 128, 92, 255}, {252, 226, 178, 255}},
	{{20, 34, 30, 255}, {58, 104, 80, 255}, {160, 182, 112, 255}, {244, 240, 214, 255}},
	{{38, 20, 46, 255}, {120, 52, 92, 255}, {226, 120, 110, 255}, {255, 220, 190, 255}},
	{{16, 28, 40, 255}, {28, 98, 118, 255}, {112, 190, 184, 255}, {240, 248, 238, 255}},
	{{46, 34, 26, 255}, {132, 92, 56, 255}, {212, 172, 104, 255}, {250, 240, 216, 255}},
	{{22, 22, 30, 255}, {74, 78, 104, 255}, {168, 166, 190, 255}, {246, 240, 246, 255}},
}

// pattern says how light a point is; x, y and the result are from 0 to 1.
type pattern func(x, y float64) float64

func drawPNG(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1)) // #nosec G404 -- the same seed must draw the same picture
	palette := gradient(moods[r.IntN(len(moods))])
	var b bytes.Buffer
	if err := png.Encode(&b, paint(pictureSize, palette, patterns[r.IntN(len(patterns))](r))); err != nil {
		panic(err) // a buffer takes everything, and the picture is well-formed
	}
	return b.Bytes()
}

// drawGIF lets the colours of one picture wander.
func drawGIF(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1)) // #nosec G404
	palette := gradient(moods[r.IntN(len(moods))])
	// There and back again, so that turning the palette shows no seam.
	for i := shades - 1; i >= 0; i-- {
		palette = append(palette, palette[i])
	}
	still := paint(frameSize, palette, patterns[r.IntN(len(patterns))](r))
	var film gif.GIF
	for i := range frames {
		turn := i * len(palette) / frames
		turned := append(append(color.Palette{}, palette[turn:]...), palette[:turn]...)
		film.Image = append(film.Image, &image.Paletted{Pix: still.Pix, Stride: still.Stride, Rect: still.Rect, Palette: turned})
		film.Delay = append(film.Delay, 12) // hundredths of a second
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &film); err != nil {
		panic(err) // as above
	}
	return b.Bytes()
}

func gradient(mood []color.RGBA) color.Palette {
	p := color.Palette{}
	for i := range shades {
		at := float64(i) / (shades - 1) * float64(len(mood)-1)
		k := min(int(at), len(mood)-2)
		a, b, f := mood[k], mood[k+1], at-float64(k)
		blend := func(a, b uint8) uint8 { return uint8(float64(a) + f*(float64(b)-float64(a))) }
		p = append(p, color.RGBA{blend(a.R, b.R), blend(a.G, b.G), blend(a.B, b.B), 255})
	}
	return p
}

func paint(size int, palette color.Palette, light pattern) *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, size, size), palette)
	for y := range size {
		for x := range size {
			v := light(float64(x)/float64(size), float64(y)/float64(size))
			m.Pix[y*m.Stride+x] = uint8(min(max(v, 0), 1) * float64(shades-1)) // #nosec G115 -- below 64
		}
	}
	return m
}

var patterns = []func(*rand.Rand) pattern{ripples, hills, tiles, drift, moons}

// ripples are rings in water from three stones.
func ripples(r *rand.Rand) pattern {
	type stone struct{ x, y, f float64 }
	var stones []stone
	for range 3 {
		stones = append(stones, stone{r.Float64(), r.Float64(), 20 + 30*r.Float64()})
	}
	return func(x, y float64) float64 {
		v := 0.0
		for _, s := range stones {
			v += math.Sin(math.Hypot(x-s.x, y-s.y)*s.f) / 3
		}
		return 0.5 + v/2
	}
}

// hills stand one behind the other under a low sun.
func hills(r *rand.Rand) pattern {
	sunX, sunY, size := 0.2+0.6*r.Float64(), 0.2+0.2*r.Float64(), 0.06+0.06*r.Float64()
	a, b := 3+4*r.Float64(), 6.28*r.Float64()
	return func(x, y float64) float64 {
		v := 0.95 - 0.35*math.Abs(y-sunY)
		if math.Hypot(x-sunX, y-sunY) < size {
			v = 1
		}
		for i := range 5 {
			k := float64(i)
			ridge := 0.42 + 0.11*k + 0.05*math.Sin(a*x+b*(k+1)) + 0.02*math.Sin(3.1*a*x+b*k)
			if y > ridge {
				v = 0.6 - 0.13*k + 0.1*(y-ridge)
			}
		}
		return v
	}
}

// tiles are quarter circles, each turned one way or the other.
func tiles(r *rand.Rand) pattern {
	const n = 8
	var turned [n * n]bool
	for i := range turned {
		turned[i] = r.IntN(2) == 0
	}
	return func(x, y float64) float64 {
		i, j := min(int(x*n), n-1), min(int(y*n), n-1)
		u, v := x*n-float64(i), y*n-float64(j)
		if turned[j*n+i] {
			u = 1 - u
		}
		d := min(math.Abs(math.Hypot(u, v)-0.5), math.Abs(math.Hypot(1-u, 1-v)-0.5))
		return 0.95 - 0.8*math.Exp(-d*d*70) - 0.15*y
	}
}

// drift is a slow fold of waves into waves.
func drift(r *rand.Rand) pattern {
	a, b, c := 2+3*r.Float64(), 2+3*r.Float64(), 6.28*r.Float64()
	return func(x, y float64) float64 {
		u := x + 0.3*math.Sin(a*y*3+c)
		v := y + 0.3*math.Sin(b*u*3-c)
		return 0.5 + 0.25*math.Sin(a*u*4) + 0.25*math.Cos(b*v*4+c)
	}
}

// moons are a grid of discs in all phases.
func moons(r *rand.Rand) pattern {
	n := float64(4 + r.IntN(4))
	phase, slope := 6.28*r.Float64(), 1+2*r.Float64()
	return func(x, y float64) float64 {
		i, j := math.Floor(x*n), math.Floor(y*n)
		u, v := x*n-i-0.5, y*n-j-0.5
		back := 0.12 + 0.12*y
		if math.Hypot(u, v) > 0.4 {
			return back
		}
		if math.Hypot(u-0.6*math.Sin(phase+slope*i+j), v) < 0.4 {
			return back + 0.2
		}
		return 0.7 + 0.3*(1-y)
	}
}

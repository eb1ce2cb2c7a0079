package risk

import (
	"math"
	"math/bits"
)

// stream is a xoshiro256++ generator.
type stream struct{ a, b, c, d uint64 }

// newStream seeds a generator from numbers, through splitmix64 as its authors advise.
func newStream(seed uint64, numbers ...uint64) stream {
	x := seed
	next := func() uint64 {
		x += 0x9e3779b97f4a7c15
		z := x
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	for _, n := range numbers {
		x = next() ^ n*0xd1342543de82ef95
	}
	return stream{next(), next(), next(), next()}
}

func (s *stream) bits() uint64 {
	out := bits.RotateLeft64(s.a+s.d, 23) + s.a
	t := s.b << 17
	s.c ^= s.a
	s.d ^= s.b
	s.b ^= s.c
	s.a ^= s.d
	s.c ^= t
	s.d = bits.RotateLeft64(s.d, 45)
	return out
}

// unit is uniform in (0,1): never 0 or 1.
func (s *stream) unit() float64 { return (float64(s.bits()>>12) + 0.5) * (1.0 / (1 << 52)) }

// The ziggurat of Marsaglia and Tsang (The ziggurat method for generating random
// variables, J. Stat. Software 5, 2000) with 256 layers of the normal density.
const (
	layers   = 256
	zigRight = 3.6541528853610088 // where the lowest layer's rectangle ends
	zigArea  = 0.00492867323399   // of each layer
)

type ziggurat struct {
	x [layers + 1]float64 // right ends, falling; x[layers] = 0
	f [layers + 1]float64 // density at them
}

var normalLayers = func() *ziggurat {
	z := &ziggurat{}
	density := func(x float64) float64 { return math.Exp(-x * x / 2) }
	z.x[0] = zigArea / density(zigRight)
	z.x[1] = zigRight
	for i := 2; i < layers; i++ {
		z.x[i] = math.Sqrt(-2 * math.Log(zigArea/z.x[i-1]+density(z.x[i-1])))
	}
	z.x[layers] = 0
	for i := range z.f {
		z.f[i] = density(z.x[i])
	}
	return z
}()

// normal is standard normal.
func (s *stream) normal() float64 {
	z := normalLayers
	for {
		b := s.bits()
		i := b & (layers - 1)
		u := (float64(int64(b)>>11) + 0.5) * (1.0 / (1 << 52)) // in (-1,1)
		x := u * z.x[i]
		if math.Abs(x) < z.x[i+1] {
			return x
		}
		if i == 0 { // the tail
			for {
				x := -math.Log(s.unit()) / zigRight
				y := -math.Log(s.unit())
				if y+y > x*x {
					if u < 0 {
						return -zigRight - x
					}
					return zigRight + x
				}
			}
		}
		if z.f[i]+s.unit()*(z.f[i+1]-z.f[i]) < math.Exp(-x*x/2) {
			return x
		}
	}
}

// gamma has the shape a ≥ 1 (Marsaglia and Tsang, A simple method for generating
// gamma variables, ACM TOMS 26, 2000).
func (s *stream) gamma(a float64) float64 {
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.normal()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		u := s.unit()
		if u < 1-0.0331*x*x*x*x || math.Log(u) < x*x/2+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}

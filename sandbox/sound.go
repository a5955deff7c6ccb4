package sandbox

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
)

const sampleRate = 16_000 // a second, mono, 16 bits

// playWAV makes a short sound: plucked notes of a pentatonic scale.
func playWAV(seed uint64, kind string) []byte {
	r := rand.New(rand.NewPCG(seed, 2)) // #nosec G404 -- the same seed must sound the same
	notes, gap := 3, 0.2
	if kind == "music" {
		notes, gap = 8, 0.25
	}
	wave := make([]float64, int(sampleRate*(gap*float64(notes)+0.6)))
	for i := range notes {
		step := []float64{0, 2, 4, 7, 9, 12}[r.IntN(6)]
		pluck(wave[int(sampleRate*gap*float64(i)):], 220*math.Pow(2, step/12))
	}
	samples := make([]int16, len(wave))
	for i, v := range wave {
		samples[i] = int16(math.Tanh(v) * 24_000)
	}
	return wav(samples)
}

// pluck adds a note of that frequency in hertz, and one an octave above.
func pluck(wave []float64, frequency float64) {
	for i := range wave {
		t := float64(i) / sampleRate
		wave[i] += math.Exp(-4*t) * (0.5*math.Sin(2*math.Pi*frequency*t) + 0.15*math.Sin(4*math.Pi*frequency*t))
	}
}

func wav(samples []int16) []byte {
	size := uint32(2 * len(samples)) // #nosec G115 -- some seconds
	var b bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), 36 + size, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1),
		uint32(sampleRate), uint32(2 * sampleRate), uint16(2), uint16(16), []byte("data"), size, samples,
	} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			panic(err) // a buffer takes everything, and the parts have fixed sizes
		}
	}
	return b.Bytes()
}

package tune

import (
	"fmt"
	"math/rand/v2"
)

// A sampler draws settings of a space for so many models, each once.
type sampler struct {
	space  *Space
	models int
	rng    *rand.Rand
	seen   map[string]bool
	all    []Setting // of a small space, shuffled; nil: settings are drawn
	next   int
}

// small is the number of settings up to which a space is tried whole.
const small = 1 << 16

func newSampler(s *Space, models int, seed uint64) *sampler {
	out := &sampler{space: s, models: models, rng: rand.New(rand.NewPCG(seed, 1)), seen: map[string]bool{}}
	if s.Size(small+1) > small {
		return out
	}
	at := make(Setting, len(s.Knobs))
	for more := true; more; {
		out.all = append(out.all, append(Setting(nil), at...))
		more = false
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < len(s.Knobs[i].Values) {
				more = true
				break
			}
			at[i] = 0
		}
	}
	out.rng.Shuffle(len(out.all), func(i, j int) { out.all[i], out.all[j] = out.all[j], out.all[i] })
	return out
}

// fresh notes a setting, and says whether it is new.
func (s *sampler) fresh(at Setting) bool {
	key := fmt.Sprint(at)
	if s.seen[key] {
		return false
	}
	s.seen[key] = true
	return true
}

// draw returns up to n settings that it has not returned before; fewer: there are no more,
// or new ones are too rare.
func (s *sampler) draw(n int) []Setting {
	var out []Setting
	for tries := 0; len(out) < n && tries < 100*n; tries++ {
		var at Setting
		if s.all != nil {
			if s.next == len(s.all) {
				break
			}
			at = s.all[s.next]
			s.next++
			tries--
		} else {
			at = make(Setting, len(s.space.Knobs))
			for i, k := range s.space.Knobs {
				at[i] = s.rng.IntN(len(k.Values))
			}
		}
		s.space.canonical(at)
		if s.space.weighs(at, s.models) && s.fresh(at) {
			out = append(out, at)
		}
	}
	return out
}

// neighbours returns the settings for so many models that differ in one knob.
func (s *Space) neighbours(at Setting, models int) []Setting {
	var out []Setting
	seen := map[string]bool{fmt.Sprint(at): true}
	for i, k := range s.Knobs {
		for v := range k.Values {
			other := append(Setting(nil), at...)
			other[i] = v
			s.canonical(other)
			if key := fmt.Sprint(other); !seen[key] && s.weighs(other, models) {
				seen[key] = true
				out = append(out, other)
			}
		}
	}
	return out
}

package rollout

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Plan settles the targets of a rollout among members, the kiosks of its groups:
// which wave each is in, and the order. The order is by a hash of rollout and
// kiosk, so that it is another one each time and can be computed again. Members
// that no wave reaches are no targets. A named kiosk that is no member, or no
// member at all, is ErrSpec.
func Plan(id string, s Spec, members []string) ([]Target, error) {
	order := shuffled(id, members)
	if len(order) == 0 || len(order) > MaxTargets {
		return nil, fmt.Errorf("%w: groups: %d kiosks, want 1 to %d", ErrSpec, len(order), MaxTargets)
	}
	member, placed := map[string]bool{}, map[string]bool{}
	for _, k := range order {
		member[k] = true
	}
	var out []Target
	place := func(kiosk string, wave int) {
		placed[kiosk] = true
		out = append(out, Target{Kiosk: kiosk, Wave: wave, Rank: len(out)})
	}
	for _, w := range s.Waves { // named ones are not drawn into an earlier wave
		for _, k := range w.Kiosks {
			if !member[k] {
				return nil, fmt.Errorf("%w: waves: kiosk %s is not in the groups", ErrSpec, k)
			}
		}
	}
	named := namedIn(s.Waves)
	for i, w := range s.Waves {
		for _, k := range w.Kiosks {
			place(k, i)
		}
		want := share(len(order), w.Percent)
		for _, k := range order {
			if len(out) >= want {
				break
			}
			if at, later := named[k]; !placed[k] && !(later && at > i) {
				place(k, i)
			}
		}
	}
	return out, nil
}

// share is percent of n, rounded up, so that the first wave is never empty.
func share(n, percent int) int { return (n*percent + 99) / 100 }

func namedIn(waves []Wave) map[string]int {
	named := map[string]int{}
	for i, w := range waves {
		for _, k := range w.Kiosks {
			named[k] = i
		}
	}
	return named
}

func shuffled(id string, kiosks []string) []string {
	out := slices.Clone(kiosks)
	slices.Sort(out)
	out = slices.Compact(out)
	key := func(k string) []byte {
		sum := sha256.Sum256([]byte(id + "\x00" + k))
		return sum[:]
	}
	slices.SortFunc(out, func(a, b string) int { return bytes.Compare(key(a), key(b)) })
	return out
}

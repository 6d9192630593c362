package meterissuersim_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/payments/money"
)

// TestManyCuts: a sale that is written in any number of visits, with the meter tried in
// between, each of them cut anywhere. What was written stays, and is loaded once.
func TestManyCuts(t *testing.T) {
	all := kinds()
	names := slices.Sorted(maps.Keys(all))
	rapid.Check(t, func(rt *rapid.T) {
		c, m, issuer := all[rapid.SampledFrom(names).Draw(rt, "card")](t), meter(), right()
		written := false
		look := func() {
			f, ok := read(bare{c})
			switch {
			case !ok:
				rt.Fatal("the card cannot be read")
			case f.Count == 5 && f.Purse == 10000:
				written = true
			case written || f.Count != 4 || f.Purse != 5000:
				rt.Fatalf("written %t, and the card has purchase %d, %s", written, f.Count, f.Purse)
			}
			if len(m.Loads) > 1 || len(m.Loads) == 1 && !written || m.Left != 12000+10000*money.Amount(len(m.Loads)) {
				rt.Fatalf("written %t, the meter loaded %+v, left %s", written, m.Loads, m.Left)
			}
		}

		for range rapid.IntRange(0, 8).Draw(rt, "visits") {
			tear := rapid.SampledFrom([]cardsim.Tear{cardsim.TearOld, cardsim.TearNew}).Draw(rt, "tear")
			chipOf(c).SetTear(tear, 1)
			chipOf(c).CutAfter(rapid.IntRange(0, 45).Draw(rt, "cut"))
			if rapid.Bool().Draw(rt, "meter") {
				m.Insert(c, meterissuersim.TestKeys(), now)
			} else {
				write(bare{c}, issuer)
			}
			chipOf(c).CutAfter(-1)
			restoreTries(c)
			look()
		}

		write(bare{c}, issuer)
		look()
		m.Insert(c, meterissuersim.TestKeys(), now)
		look()
		m.Insert(c, meterissuersim.TestKeys(), now)
		if f, _ := read(bare{c}); !written || len(m.Loads) != 1 || m.Count != 5 || f.Loaded != 5 || f.Left != 22000 {
			rt.Fatalf("at the end: written %t, loaded %+v, the card is %+v", written, m.Loads, f)
		}
	})
}

// restoreTries: each presentation of a code that is cut costs a memory card a try. A right
// one gives them back.
func restoreTries(c *cardsim.Card) {
	if c.Memory == nil {
		return
	}
	c.Memory.PowerOn()
	defer c.PowerOff()
	keys := meterissuersim.TestKeys()
	for _, code := range [][]byte{keys.SLE4442[:], keys.AT88SC102[:]} {
		_, _ = c.Memory.Verify(code) // the one of the wrong length is none
	}
}

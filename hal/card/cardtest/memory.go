package cardtest

import (
	"bytes"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// memoryCases are about memory cards, whatever the reader takes. Never written to.
var memoryCases = []testCase{
	{"chips it does not take", needNothing, otherChips},
}

// chipCase is a case for each chip that the reader takes.
type chipCase struct {
	name string
	code bool // needs a chip with a code
	burn bool // needs protection bits that can be written
	run  func(r *run, chip card.Chip)
}

// chipCases never change.
var chipCases = []chipCase{
	{"reads", false, false, readsChip},
	{"not selected", false, false, notSelected},
	{"another card", false, false, anotherCard},
	{"range", false, false, chipRange},
	{"writes", false, false, writesChip},
	{"writes only after the code", true, false, writesAfterCode},
	{"wrong code", true, false, wrongCode},
	{"last try", true, false, lastTry},
	{"locked", true, false, locked},
	{"no code", false, false, noCode},
	{"protection", true, true, protection},
	{"power lost in a verification", true, false, powerLostInVerify},
	{"power lost in a write", false, false, powerLostInWrite},
	{"damaged line", false, false, chipOnDamagedLine},
}

func otherChips(r *run) {
	for _, chip := range []card.Chip{card.SLE4442, card.SLE4428, card.AT24C, card.AT88SC102} {
		able := false
		for _, c := range r.able.Chips {
			able = able || c == chip
		}
		if able {
			continue
		}
		c, _, _ := chipCard(chip)
		r.insert(c)
		r.want(card.Command{Op: card.Select, Chip: chip}, card.NotDone, card.ErrUnsupported)
		r.leave()
	}
}

func readsChip(r *run, chip card.Chip) {
	c, m, _ := chipCard(chip)
	fill(m)
	r.insert(c)
	atr := r.want(card.Command{Op: card.Select, Chip: chip}, card.Done, nil)
	if want := firstBytes(chip); !bytes.Equal(atr, want) {
		r.Errorf("answer to reset % X, want % X", atr, want)
	}

	all := held(m)
	at, _ := place(chip)
	for _, span := range [][2]int{{0, 1}, {at, 20}, {0, min(m.Size(), 1000)}, {m.Size() - 200, 100}} {
		from, n := max(span[0], 0), span[1]
		if chip == card.AT88SC102 {
			from, n = 22, min(n, 64) // the rest has secrets
		}
		got := r.want(card.Command{Op: card.Read, Address: from, Length: n}, card.Done, nil)
		if !bytes.Equal(got, all[from:from+n]) {
			r.Errorf("bytes %d to %d differ from the card's", from, from+n-1)
		}
	}

	r.leave()
}

// fill gives the user memory bytes that name their place.
func fill(m cardsim.Memory) {
	from, to := 32, m.Size()
	var b []byte
	switch m := m.(type) {
	case *cardsim.SLE4442:
		b = m.Main
	case *cardsim.SLE4428:
		b, to = m.Main, 1021
	case *cardsim.AT24C:
		b, from = m.Main, 0
	case *cardsim.AT88SC102:
		b, from, to = m.Main, 22, 86
	}

	for i := from; i < to; i++ {
		b[i] = byte(i*31 + i>>8)
	}
}

func firstBytes(chip card.Chip) []byte {
	switch chip {
	case card.SLE4442:
		return []byte{0xA2, 0x13, 0x10, 0x91}
	case card.SLE4428:
		return []byte{0x92, 0x23, 0x10, 0x91}
	}
	return nil
}

func notSelected(r *run, chip card.Chip) {
	c, m, psc := chipCard(chip)
	r.insert(c)
	steps := m.Steps()
	r.want(card.Command{Op: card.Read, Length: 4}, card.NotDone, card.ErrNotPowered)
	r.want(card.Command{Op: card.Write, Address: 64, Data: []byte{1}}, card.NotDone, card.ErrNotPowered)
	if hasCode(chip) {
		r.want(card.Command{Op: card.Tries}, card.NotDone, card.ErrNotPowered)
		r.want(card.Command{Op: card.Verify, Data: psc}, card.NotDone, card.ErrNotPowered)
	}
	if m.Steps() != steps {
		r.Error("the chip was worked")
	}
}

func anotherCard(r *run, chip card.Chip) {
	c, _ := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.Select, Chip: chip}, card.NotDone, nil)
	r.want(card.Command{Op: card.Read, Length: 4}, card.NotDone, card.ErrNotPowered)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	r.leave()
}

func chipRange(r *run, chip card.Chip) {
	m, _ := r.selected(chip)
	for _, c := range []card.Command{
		{Op: card.Read, Address: m.Size() - 1, Length: 2},
		{Op: card.Read, Address: 1 << 20, Length: 1},
		{Op: card.Write, Address: m.Size() - 1, Data: []byte{1, 2}},
	} {
		r.refused(c, card.ErrArgument)
	}
}

// bytesFor are test bytes that need bits set and cleared.
func bytesFor(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(0x11 + 29*i)
	}
	return b
}

// writesChip writes, twice over, across pieces and pages.
func writesChip(r *run, chip card.Chip) {
	m, psc := r.selected(chip)
	if hasCode(chip) {
		r.want(card.Command{Op: card.Verify, Data: psc}, card.Done, nil)
	}

	at, _ := place(chip)
	n := min(150, m.Size()-at)
	if chip == card.AT88SC102 {
		n = 40
	}

	for _, data := range [][]byte{bytesFor(n), make([]byte, n), bytesFor(n)[:n-3]} {
		before := held(m)
		r.want(card.Command{Op: card.Write, Address: at, Data: data}, card.Done, nil)
		copy(before[at:], data)
		if chip == card.AT88SC102 {
			copy(before[160:176], held(m)[160:176]) // erase counter
		}
		if !bytes.Equal(held(m), before) {
			r.Fatal("the card does not hold what was written, where it was written")
		}
		got := r.want(card.Command{Op: card.Read, Address: at, Length: len(data)}, card.Done, nil)
		if !bytes.Equal(got, data) {
			r.Error("reads back otherwise")
		}
	}

	r.leave()
}

func writesAfterCode(r *run, chip card.Chip) {
	m, psc := r.selected(chip)
	at, tries := place(chip)
	before := held(m)
	r.refused(card.Command{Op: card.Write, Address: at, Data: []byte{1, 2, 3, 4}}, card.ErrProtected)
	if !bytes.Equal(held(m), before) {
		r.Error("the card was changed")
	}
	if got := r.want(card.Command{Op: card.Tries}, card.Done, nil); !bytes.Equal(got, []byte{byte(tries)}) {
		r.Errorf("tries %v, want %d", got, tries)
	}

	r.want(card.Command{Op: card.Verify, Data: psc}, card.Done, nil)
	r.want(card.Command{Op: card.Write, Address: at, Data: []byte{1, 2, 3, 4}}, card.Done, nil)
	// Power off: the code is forgotten.
	r.want(card.Command{Op: card.PowerOff}, card.Done, nil)
	r.want(card.Command{Op: card.Select, Chip: chip}, card.Done, nil)
	r.refused(card.Command{Op: card.Write, Address: at, Data: []byte{5}}, card.ErrProtected)
}

func wrongCode(r *run, chip card.Chip) {
	m, psc := r.selected(chip)
	_, tries := place(chip)
	got := r.want(card.Command{Op: card.Verify, Data: wrongPSC(psc)}, card.NotDone, card.ErrWrongPSC)
	if !bytes.Equal(got, []byte{byte(tries - 1)}) || triesHeld(m) != tries-1 {
		r.Errorf("tries left: told %v, card %d; want %d", got, triesHeld(m), tries-1)
	}

	r.refused(card.Command{Op: card.Verify, Data: psc[:1]}, card.ErrArgument)
	if triesHeld(m) != tries-1 {
		r.Error("a code of the wrong size cost a try")
	}

	r.want(card.Command{Op: card.Verify, Data: psc}, card.Done, nil)
	if triesHeld(m) != tries {
		r.Errorf("%d tries after the right code, want %d", triesHeld(m), tries)
	}
}

func lastTry(r *run, chip card.Chip) {
	_, tries := place(chip)
	for _, right := range []bool{true, false} {
		c, m, psc := chipCard(chip)
		spend(m, tries-1, wrongPSC(psc))
		r.insert(c)
		r.want(card.Command{Op: card.Select, Chip: chip}, card.Done, nil)
		r.want(card.Command{Op: card.Verify, Data: psc}, card.NotDone, card.ErrLastTry)
		if triesHeld(m) != 1 {
			r.Fatalf("%d tries left, want 1: the card was touched", triesHeld(m))
		}
		if right {
			r.want(card.Command{Op: card.Verify, Data: psc, LastTry: true}, card.Done, nil)
			r.leave()
			continue
		}
		got := r.want(card.Command{Op: card.Verify, Data: wrongPSC(psc), LastTry: true}, card.NotDone, card.ErrWrongPSC)
		if !bytes.Equal(got, []byte{0}) {
			r.Errorf("tries left: %v, want 0", got)
		}
		r.leave()
	}
}

func locked(r *run, chip card.Chip) {
	_, tries := place(chip)
	c, m, psc := chipCard(chip)
	spend(m, tries, wrongPSC(psc))
	r.insert(c)
	r.want(card.Command{Op: card.Select, Chip: chip}, card.Done, nil)
	r.want(card.Command{Op: card.Verify, Data: psc, LastTry: true}, card.NotDone, card.ErrLocked)
	if got := r.want(card.Command{Op: card.Tries}, card.Done, nil); !bytes.Equal(got, []byte{0}) {
		r.Errorf("tries %v, want 0", got)
	}
	at, _ := place(chip)
	r.want(card.Command{Op: card.Read, Address: at, Length: 4}, card.Done, nil)
	r.refused(card.Command{Op: card.Write, Address: at, Data: []byte{5}}, card.ErrProtected)
}

func noCode(r *run, chip card.Chip) {
	if hasCode(chip) {
		r.Skip("the chip has a code")
	}
	r.selected(chip)
	r.want(card.Command{Op: card.Tries}, card.NotDone, card.ErrUnsupported)
	r.want(card.Command{Op: card.Verify, Data: []byte{1, 2, 3}}, card.NotDone, card.ErrUnsupported)
	r.want(card.Command{Op: card.Read, Area: card.Protection, Length: 1}, card.NotDone, nil)
}

func protection(r *run, chip card.Chip) {
	m, psc := r.selected(chip)
	read := func() []byte {
		return r.want(card.Command{Op: card.Read, Area: card.Protection, Length: 4}, card.Done, nil)
	}

	if got := read(); !bytes.Equal(got, []byte{0xF0, 0xFF, 0xFF, 0xFF}) {
		r.Fatalf("protection % X, want F0 FF FF FF", got)
	}

	burn := card.Command{Op: card.Write, Area: card.Protection, Address: 1, Data: []byte{0x7F, 0xFE}} // bytes 15 and 16
	r.refused(burn, card.ErrProtected)
	r.want(card.Command{Op: card.Verify, Data: psc}, card.Done, nil)
	r.want(card.Command{Op: card.Write, Address: 14, Data: []byte{1, 2, 3}}, card.Done, nil)
	r.want(burn, card.Done, nil)
	if got := read(); !bytes.Equal(got, []byte{0xF0, 0x7F, 0xFE, 0xFF}) {
		r.Errorf("protection % X, want F0 7F FE FF", got)
	}

	r.want(card.Command{Op: card.Write, Address: 14, Data: []byte{9}}, card.Done, nil)
	r.refused(card.Command{Op: card.Write, Address: 15, Data: []byte{9}}, card.ErrProtected)
	if got := held(m)[14:17]; !bytes.Equal(got, []byte{9, 2, 3}) {
		r.Errorf("bytes 14 to 16 are % X", got)
	}

	// A write that meets a protected byte in the middle: what was written before it
	// is not denied.
	before := held(m)
	ev := r.refused(card.Command{Op: card.Write, Address: 12, Data: []byte{1, 2, 3, 4, 5}}, card.ErrProtected)
	if ev.Kind == card.NotDone && !bytes.Equal(held(m), before) {
		r.Error("not done, and the card was changed")
	}
}

package cardtest

import (
	"bytes"
	"errors"
	"math/rand/v2"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// powerLostInVerify: whatever native step the power is lost in, at most one try is
// gone, and then the owner gets Unknown.
func powerLostInVerify(r *run, chip card.Chip) {
	_, tries := place(chip)
	for n := range 12 {
		for _, tear := range []cardsim.Tear{cardsim.TearOld, cardsim.TearNew} {
			m, psc := r.selected(chip)
			m.SetTear(tear, 0)
			m.CutAfter(n)
			ev := r.Rig.Do(card.Command{Op: card.Verify, Data: psc})
			left := triesHeld(m)
			switch {
			case left < tries-1:
				r.Errorf("cut after %d steps: %d tries lost", n, tries-left)
			case left == tries-1 && ev.Kind != card.Unknown:
				r.Errorf("cut after %d steps cost a try, outcome %v, %v", n, ev.Kind, ev.Err)
			case ev.Kind == card.Done && left != tries:
				r.Errorf("cut after %d steps: done with %d tries", n, left)
			}
			m.CutAfter(-1)
			r.leave()
		}
	}
}

// powerLostInWrite: if a byte changed, the owner is not given the outcome that nothing was
// done.
func powerLostInWrite(r *run, chip card.Chip) {
	at, _ := place(chip)
	for n := range 6 {
		m, psc := r.selected(chip)
		if psc != nil {
			r.want(card.Command{Op: card.Verify, Data: psc}, card.Done, nil)
		}
		m.SetTear(cardsim.TearNew, 0)
		before := held(m)
		m.CutAfter(n)
		ev := r.Rig.Do(card.Command{Op: card.Write, Address: at, Data: bytesFor(20)})
		m.CutAfter(-1)
		changed := !bytes.Equal(held(m), before)
		if ev.Kind == card.NotDone && changed || ev.Kind == card.Done && !bytes.Equal(held(m)[at:at+20], bytesFor(20)) {
			r.Errorf("cut after %d steps: %v, %v, changed %t", n, ev.Kind, ev.Err, changed)
		}
		if errors.Is(ev.Err, card.ErrNoCard) {
			r.Errorf("cut after %d steps: %v", n, ev.Err)
		}
		r.leave()
	}
}

// chipOnDamagedLine: whatever the line does, Done is what the card holds, NotDone
// left it as it was, and no try of the code is lost for good.
func chipOnDamagedLine(r *run, chip card.Chip) {
	if !r.able.Serial {
		r.Skip("the line cannot be disturbed")
	}

	c, m, psc := chipCard(chip)
	at, tries := place(chip)
	r.insert(c)
	rnd := rand.New(rand.NewPCG(3, uint64(chip)))
	ready := false
	done := 0
	for n := range 400 {
		r.ToHost, r.ToDevice = damage(rnd), damage(rnd)
		if !ready {
			r.AwaitMedia(card.Present, card.Latched)
			ready = r.Rig.Do(card.Command{Op: card.Select, Chip: chip}).Kind == card.Done
			if left := triesHeld(m); left < tries-1 {
				r.Fatalf("%d tries of %d left", left, tries)
			}
			ready = ready && (psc == nil || r.verified(m, psc, tries))
			continue
		}
		data, before := bytesFor(20), held(m)
		data[0] = byte(n)
		ev := r.Rig.Do(card.Command{Op: card.Write, Address: at, Data: data})
		now := held(m)
		switch {
		case ev.Kind == card.Done && !bytes.Equal(now[at:at+20], data):
			r.Errorf("write %d done, and the card does not hold it", n)
		case ev.Kind == card.NotDone && !bytes.Equal(now, before):
			r.Errorf("write %d not done (%v), and the card was changed", n, ev.Err)
		}
		got := r.Rig.Do(card.Command{Op: card.Read, Address: at, Length: 20})
		if got.Kind == card.Done && !bytes.Equal(got.Data, now[at:at+20]) {
			r.Errorf("read %d is not what the card holds", n)
		}
		if ev.Kind == card.Done {
			done++
		}
		ready = !errors.Is(ev.Err, card.ErrNotPowered) && !errors.Is(ev.Err, card.ErrSilent) && !errors.Is(ev.Err, card.ErrProtected)
	}

	if done < 100 {
		r.Errorf("%d writes done: hardly any", done)
	}
}

// verified presents the code on a damaged line: Done is verified, and a code that
// may not have been presented costs nothing.
func (r *run) verified(m cardsim.Memory, psc []byte, tries int) bool {
	r.Helper()
	ev := r.Rig.Do(card.Command{Op: card.Verify, Data: psc})
	if left := triesHeld(m); left != tries {
		r.Errorf("%d tries of %d after the right code (%v, %v)", left, tries, ev.Kind, ev.Err)
	}
	return ev.Kind == card.Done
}

package metercard

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/vendorsim"
	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/uplink/wire"
)

// FuzzTroubles lets troubles happen in any order while a card is written, and then lets
// everything work again: at the end the leg says what the card holds. The rig checks at
// each tick that the card has no other purchase than the one before and the one sold.
func FuzzTroubles(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 3, 10, 0, 4, 200, 8, 9, 50})
	f.Add([]byte{5, 1, 2, 30, 6, 7, 90, 8})
	f.Add([]byte{11, 20, 1, 12, 8, 8, 3, 3, 3})
	f.Add([]byte{40, 14, 60, 15, 200, 14, 0, 90, 8, 14})
	f.Fuzz(func(t *testing.T, what []byte) {
		if len(what) > 40 {
			return
		}
		form := []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102}[len(what)%3]
		r := newRigOf(t, form)
		if len(what)%2 == 0 {
			r = newLibraryRig(t, form)
		}
		r.wants = true
		r.until(Ready)
		r.pays()
		r.sells()
		for _, b := range what {
			if r.cut(func() { r.happens(b) }) {
				r.slot.PowerCut(r.now)
				r.slot.PowerOn(r.now)
				r.start()
			}
		}

		r.office.silent, r.office.spoil, r.away, r.leaves, r.sealed = false, nil, false, false, false
		r.fault(cardtest.FaultSilent, true)
		r.fault(cardtest.FaultJam, true)
		if r.maker != nil {
			r.fault(vendorsim.FaultCrash, true)
			r.fault(vendorsim.FaultHang, true)
		}
		r.ends()
		r.honest()
	})
}

// happens is one trouble, or some time.
func (r *rig) happens(b byte) {
	switch b {
	case 0:
		r.pull()
	case 1:
		r.fault(cardtest.FaultSilent, !r.toggle(b))
	case 2:
		r.fault(cardtest.FaultLostReply, false)
	case 3:
		r.office.silent = r.toggle(b)
	case 4:
		r.tear(cardsim.TearOld)
	case 5:
		r.tear(cardsim.TearNew)
	case 6:
		f := factsOf(r.form)
		f.Serial = "0102030405060799"
		r.others = append(r.others, meterCard(r.t, f))
	case 7:
		r.office.spoil = nil
		if r.toggle(b) {
			r.office.spoil = func(s *script.Script) { s.Round++ }
		}
	case 8:
		panic(errPower)
	case 9:
		r.away = r.toggle(b)
	case 10:
		r.leaves = r.toggle(b)
	case 11:
		r.sealed = r.toggle(b)
	case 12:
		r.d.Leave(r.now)
	case 13:
		r.fault(cardtest.FaultJam, !r.toggle(b))
	case 14, 15:
		if r.maker != nil {
			r.fault(map[byte]string{14: vendorsim.FaultCrash, 15: vendorsim.FaultHang}[b], false)
		}
	default:
		r.run(time.Duration(b) * 50 * time.Millisecond)
	}
}

// toggle turns what has this number over, and says how it is now.
func (r *rig) toggle(b byte) bool {
	r.on[b] = !r.on[b]

	return r.on[b]
}

// FuzzInputs gives the desk what no driver and no head office says: it never fails, and
// without steps that are signed and meant it never orders what can change a card.
func FuzzInputs(f *testing.F) {
	f.Add([]byte{1, 1, 3, 0, 2, 1, 0, 4}, []byte(`{}`))
	f.Add([]byte{1, 1, 4, 2, 2, 9, 9, 9, 2, 3}, []byte(`{"script":{"v":1,"body":"e30=","sig":"AQID"}}`))
	f.Add([]byte{1, 1, 3, 2, 1, 3, 2, 2, 3, 2, 3, 3}, []byte(`{"reason":"keys-away"}`))
	f.Add([]byte{1, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1, 3, 250}, []byte(`{"order":{"v":1,"body":"e30=","sig":"AQID"}}`))
	f.Fuzz(func(t *testing.T, what, body []byte) {
		if len(what) > 400 {
			return
		}
		r := newRig(t)
		if len(what)%2 == 1 {
			r = newLibraryRig(t, metercard.SLE4442)
		}
		r.pays()
		r.sells()
		now := noon
		errs := []error{nil, card.ErrNoCard, card.ErrMute, card.ErrPulled, card.ErrSilent, card.ErrUnsupported, errors.New("a word")}
		var cmd uint32
		do := func(effects []tender.Effect) {
			for _, e := range effects {
				o, ok := e.(tender.Order)
				if !ok {
					continue
				}
				c := o.Command.(card.Command)
				if cmd = c.ID; changes(c) {
					t.Fatalf("ordered %v", c)
				}
			}
		}
		drain := func() {
			for more := true; more; {
				d, ok := r.d.Decide(r, false)
				if !ok {
					return
				}
				more = r.commitOnly(d, do)
			}
		}
		do(r.d.Want(now, Wish{Card: true, Serial: r.facts().Serial, Txn: serial}))
		for i := 0; i+2 < len(what); i += 3 {
			kind, a, b := what[i], what[i+1], what[i+2]
			now = now.Add(time.Duration(b) * 100 * time.Millisecond)
			e := card.Event{Kind: card.Kind(kind % 6), ID: cmd, Err: errs[int(a)%len(errs)]}
			switch {
			case e.Kind == card.StatusChanged:
				e.Status = card.Status{State: hal.DeviceState(a % 6), Media: card.Media(b % 7)}
			case e.Kind == card.Done && len(body) > 0:
				e.Data = append(card.Secret(nil), body[int(a)%len(body):]...)
				e.Fields = card.Fields{"serial": card.Secret("0102030405060708"), "form": card.Secret("sle4442"), "count": bytes.Clone(e.Data), "amount": card.Secret("5000")}
			}
			if kind >= 250 {
				r.d.Answered(now, tender.Ask{Op: wire.OpCardSteps, Key: serial}, wire.Reply{Body: json.RawMessage(body)})
			} else if err := r.d.Heard(now, e); err != nil {
				t.Fatal(err)
			}
			drain()
			if d, due := r.d.Turn(now, r); due {
				r.commitOnly(d, do)
			}
			_, _, _ = r.d.Face(), r.d.Troubles(), r.d.Report()
			if w := r.d.Wake(now, r, time.Second); !w.IsZero() && w.Before(now.Add(-time.Hour)) {
				t.Fatalf("wakes at %s, now %s", w, now)
			}
		}
		if s := r.txn().Status(); s != payments.Writing && s != payments.Unwritten && s != payments.Posted {
			t.Fatalf("it is %s", s)
		}
	})
}

// commitOnly makes a decision durable, and gives its effects to do.
func (r *rig) commitOnly(d tender.Decision, do func([]tender.Effect)) (more bool) {
	r.t.Helper()
	next := d.Txn
	for _, e := range d.Events {
		var err error
		if next, _, err = payments.Step(next, next.Serial, e); err != nil {
			r.t.Fatal(err)
		}
	}
	if next.Serial != "" {
		r.txns[next.Serial] = next
	}
	effects, more := r.d.Settle(r.now, true)
	do(effects)

	return more
}

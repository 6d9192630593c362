package metercard

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/payments"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/post"
	"wattkiosk/uplink/wire"
)

// trouble is one that happens at an order to the reader.
type trouble struct {
	do      func(r *rig)
	unsound bool // the purchase may stay unwritten
	library bool // it is of a library only
}

// troubles are what can happen at an order to the reader while a card is written. Each
// may leave the purchase unwritten only where the customer, or the reader, did not come
// back.
var troubles = map[string]trouble{
	"the card is pulled out": {do: func(r *rig) { r.pull() }},
	"it is pulled out, and another is put in first": {do: func(r *rig) {
		r.pull()
		f := factsOf(r.form)
		f.Serial = "0102030405060799"
		r.others = append(r.others, meterCard(r.t, f))
	}},
	"it is pulled out, and a bank card is put in first": {do: func(r *rig) {
		r.pull()
		r.others = append(r.others, cardsim.BankCards()[cardsim.BankFunds])
	}},
	"it is pulled out and taken away":          {do: func(r *rig) { r.pull(); r.away = true }, unsound: true},
	"the answer is lost":                       {do: func(r *rig) { r.fault(cardtest.FaultLostReply, false) }},
	"the next step loses the card's power":     {do: func(r *rig) { r.tear(cardsim.TearOld) }},
	"the next step is done, and then no power": {do: func(r *rig) { r.tear(cardsim.TearNew) }},
	"the reader falls silent":                  {do: func(r *rig) { r.fault(cardtest.FaultSilent, false) }, unsound: true},
	"the reader falls silent for ten seconds": {do: func(r *rig) {
		r.fault(cardtest.FaultSilent, false)
		r.later = append(r.later, later{r.now.Add(10 * second), func() { r.fault(cardtest.FaultSilent, true) }})
	}, unsound: true},
	"head office falls silent": {do: func(r *rig) { r.office.silent = true }, unsound: true},
	"head office falls silent awhile": {do: func(r *rig) {
		r.office.silent = true
		r.later = append(r.later, later{r.now.Add(10 * second), func() { r.office.silent = false }})
	}, unsound: true},
	"the library crashes":                               {do: func(r *rig) { r.maker.Crash() }, library: true},
	"the library hangs":                                 {do: func(r *rig) { r.maker.Hang() }, library: true},
	"the library crashes, and the card is pulled":       {do: func(r *rig) { r.maker.Crash(); r.pull() }, library: true},
	"the library loses its keys":                        {do: func(r *rig) { r.maker.Library.KeysAway = true }, unsound: true, library: true},
	"the kiosk loses its power":                         {do: func(*rig) { panic(errPower) }},
	"the kiosk loses its power, and the card is pulled": {do: func(r *rig) { r.pull(); panic(errPower) }},
	"the kiosk loses its power, and nobody comes back":  {do: func(r *rig) { r.pull(); r.away = true; panic(errPower) }, unsound: true},
}

// pull tears the customer's card out of the reader, if it is inside.
func (r *rig) pull() { _, _ = r.slot.PullCard(r.now) }

func (r *rig) fault(kind string, clear bool) {
	r.t.Helper()
	if err := r.slot.Fault(kind, clear); err != nil {
		r.t.Fatal(err)
	}
}

// tear takes the card's power at its next step.
func (r *rig) tear(how cardsim.Tear) {
	var chip interface {
		CutAfter(n int)
		SetTear(t cardsim.Tear, seed uint64)
	} = r.mine.Memory
	if m, ok := r.mine.Processor.(*cardsim.MeterCard); ok {
		chip = m
	}
	chip.SetTear(how, 1)
	chip.CutAfter(0)
}

// TestPowerCutAtEveryRecord cuts the kiosk's power before and after each record, with the
// card inside: it is written all the same, and the same purchase is never written twice.
func TestPowerCutAtEveryRecord(t *testing.T) {
	for k := 1; ; k++ {
		r := newRig(t)
		r.wants = true
		r.until(Ready)
		r.pays()
		cut := false
		r.record = func(n int) {
			if n == k {
				cut, r.record = true, nil
				panic(errPower)
			}
		}
		if r.cut(func() { r.sells(); r.ends() }) {
			r.slot.PowerCut(r.now)
			r.slot.PowerOn(r.now)
			r.start()
			r.ends()
		}
		if !cut {
			if k < 5 {
				t.Errorf("only %d records", (k-1)/2)
			}

			return
		}
		r.honest()
		if r.txn().Status() != payments.Posted {
			t.Errorf("cut %d: %s, %q", k, r.txn().Status(), r.did)
		}
	}
}

// TestRewrite: another visit writes what was sold before, under the serial of its sale.
func TestRewrite(t *testing.T) {
	r := newRig(t)
	r.rewrites()

	if r.txn().Status() != payments.Posted || !slices.Equal(r.did, []string{"begun 1", "written", "eject"}) {
		t.Errorf("%s, %q", r.txn().Status(), r.did)
	}
	for _, a := range r.office.asked {
		if a.Txn != serial || a.Sale != original {
			t.Errorf("asked for the steps of %s in %s", a.Sale, a.Txn)
		}
	}
}

// TestTheCardIsHeld while it is inside, so that no result is shown and no slip is printed
// before it is out; one that is stuck holds nothing.
func TestTheCardIsHeld(t *testing.T) {
	r := newRig(t)
	held := map[Step]bool{}
	note := func() {
		f := r.d.Face()
		if was, seen := held[f.Step]; seen && was != f.Holds {
			t.Errorf("%s holds %t and %t", f.Step, was, f.Holds)
		}
		held[f.Step] = f.Holds
	}
	r.wants = true
	for range 2000 {
		if f := r.d.Face(); f.Step == Ready && r.live == "" {
			r.pays()
			r.sells()
		}
		r.once()
		note()
	}
	want := map[Step]bool{None: false, Waiting: false, Reading: true, Ready: true, Writing: true, Checking: true, TakeCard: true}
	for s, holds := range want {
		if got, seen := held[s]; !seen || got != holds {
			t.Errorf("%q: seen %t, holds %t, want %t", s, seen, got, holds)
		}
	}
}

// TestHostileScripts: what is not for this card, transaction, session and round, or would
// touch what it must not, is not carried out at all: the card has seen no step that can
// change it, and is as it was.
func TestHostileScripts(t *testing.T) {
	for name, spoil := range hostile() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			spoil(&r.office)
			changed := 0
			r.seen = func(c card.Command) {
				if changes(c) {
					changed++
				}
			}
			r.buys()
			r.honest()

			if changed != 0 || r.txn().Status() != payments.Unwritten || truth(t, r.mine) != r.facts() {
				t.Errorf("%d changes, %s, card %+v", changed, r.txn().Status(), truth(t, r.mine))
			}
			why := whyHostile(name)
			if want := []string{"begun 1", "unwritten " + why, "gave up: " + why, "eject"}; !slices.Equal(r.did, want) {
				t.Errorf("%q, want %q", r.did, want)
			}
		})
	}
}

// TestARoundPlayedBack: steps that were carried out in this very session are not carried out
// again, whoever gives them a second time.
func TestARoundPlayedBack(t *testing.T) {
	r := newRig(t)
	var first *wire.Signed
	r.office.forge = func(s *wire.Signed) {
		if first == nil {
			first = &wire.Signed{V: s.V, Body: bytes.Clone(s.Body), Sig: bytes.Clone(s.Sig)}
		}
		*s = wire.Signed{V: first.V, Body: bytes.Clone(first.Body), Sig: bytes.Clone(first.Sig)}
	}
	r.buys()
	r.honest()
	if want := []string{"begun 1", "unwritten script", "gave up: script", "eject"}; !slices.Equal(r.did, want) || len(r.office.asked) != 2 {
		t.Errorf("%q after %d questions, want %q", r.did, len(r.office.asked), want)
	}
}

// TestRefusals: head office gives no steps, and why is in the journal and on the page.
func TestRefusals(t *testing.T) {
	for name, c := range refusals() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.office.answer = c.answer(r)
			r.buys()
			r.honest()

			if want := []string{"begun 1", "unwritten " + c.why, "gave up: " + c.why, "eject"}; !slices.Equal(r.did, want) {
				t.Errorf("%q, want %q", r.did, want)
			}
			if !slices.Contains(r.faces, "take-card ("+c.why+")") {
				t.Errorf("pages %q", r.faces)
			}
		})
	}
}

// TestHeldAlready: a card that has the purchase is written without a step.
func TestHeldAlready(t *testing.T) {
	for _, state := range []metercard.State{metercard.Due, metercard.NotSure} {
		r := newRig(t)
		r.wants = true
		r.until(Ready)
		r.pays()
		r.sells()
		if state == metercard.NotSure {
			r.step(metercard.WriteBegun{N: 1, Card: r.sold().Card, Count: 5, Amount: bought})
			r.step(metercard.WriteEnded{N: 1, Outcome: metercard.Unsure, Why: Pulled})
		}
		f := r.facts()
		f.Count, f.Purse, f.Loaded, f.Left = 5, bought, 0, 0
		r.pull()
		r.mine = meterCard(t, f)
		r.ends()

		want := []string{"begun 1", "written", "eject"}
		if state == metercard.NotSure {
			want = want[1:]
		}
		if !slices.Equal(r.did, want) || len(r.office.asked) != 0 || r.txn().Status() != payments.Posted {
			t.Errorf("from %s: %q, want %q; asked %d times, %s", state, r.did, want, len(r.office.asked), r.txn().Status())
		}
	}
}

// TestOtherCounts: a card that is not one purchase before what was sold is not touched. One
// that has counted as far, or farther, may have had it from another visit: nobody has seen
// it without it.
func TestOtherCounts(t *testing.T) {
	for _, count := range []uint32{0, 3, 6, 7} {
		r := newRig(t)
		r.wants = true
		r.until(Ready)
		r.pays()
		r.pull()
		f := r.facts()
		f.Count, f.Loaded = count, count
		r.mine = meterCard(t, f)
		was := truth(t, r.mine)
		r.free = true
		r.sells()
		r.ends()

		want := []string{"gave up: count-differs", "eject"}
		if count > 5 {
			want = append([]string{"begun 1", "unsure count-differs"}, want...)
		}
		if !slices.Equal(r.did, want) || truth(t, r.mine) != was || len(r.office.asked) != 0 {
			t.Errorf("count %d: %q, want %q; card %+v", count, r.did, want, truth(t, r.mine))
		}
		if l := r.txn().Write; l.Sure != (count < 5) || l.State != metercard.GoneAway {
			t.Errorf("count %d: %+v", count, l)
		}
	}
}

// TestFartherThanUnsure: a card that could not be read back, and comes with a later
// purchase on it, was not seen without the one that was sold.
func TestFartherThanUnsure(t *testing.T) {
	r := newRig(t)
	r.wants = true
	r.until(Ready)
	r.pays()
	r.sells()
	r.step(metercard.WriteBegun{N: 1, Card: r.sold().Card, Count: 5, Amount: bought})
	r.step(metercard.WriteEnded{N: 1, Outcome: metercard.Unsure, Why: Pulled})
	f := r.facts()
	f.Count, f.Loaded = 6, 5
	r.pull()
	r.mine = meterCard(t, f)
	r.free = true
	r.ends()

	if want := []string{"gave up: count-differs", "eject"}; !slices.Equal(r.did, want) {
		t.Errorf("%q, want %q", r.did, want)
	}
	if l := r.txn().Write; l.Sure || l.Fact() != leg.Unknown || r.txn().Status() != payments.Unwritten {
		t.Errorf("%+v, %s", l, r.txn().Status())
	}
}

// TestNobodyIsThere: a sale that is done after its customer has left is left to another
// visit at once, and the gate stays shut.
func TestNobodyIsThere(t *testing.T) {
	r := newRig(t)
	r.run(second)
	r.pays()
	r.live = ""
	r.sells()
	r.seen = func(c card.Command) {
		if c.Op == card.Accept {
			t.Error("the gate opens")
		}
	}
	began := r.now
	r.ends()
	if want := []string{"gave up: no-card"}; !slices.Equal(r.did, want) || r.now.Sub(began) > HearWait+second {
		t.Errorf("%q, want %q; after %s", r.did, want, r.now.Sub(began))
	}
}

// TestCardExchangedUnseen: what is read back from another card says nothing of this one.
func TestCardExchangedUnseen(t *testing.T) {
	for k := 1; ; k++ {
		r := newRig(t)
		f := r.facts()
		f.Serial, f.Count, f.Purse = "0102030405060799", 5, bought
		mine, other := r.mine, meterCard(t, f)
		x := &exchanged{Processor: mine.Processor}
		r.mine, r.free = &cardsim.Card{ID: "two", Processor: x}, true
		r.wants = true
		r.until(Ready)
		r.pays()
		r.at[r.orders+k] = func() { x.Processor = other.Processor; r.away = true }
		r.sells()
		r.ends()

		left := r.txn().Write.State == metercard.GoneAway
		if x.Processor == mine.Processor {
			return
		}
		if on := truth(t, mine).Count == 5; !left && !on || left && r.txn().Write.Sure && on {
			t.Errorf("at order %d: the leg says %+v, the card %+v", k, r.txn().Write, truth(t, mine))
		}
	}
}

// TestCardThatHoldsNeither: a card that holds neither what it held before nor what was sold
// was not seen without the purchase, whenever it comes to hold that.
func TestCardThatHoldsNeither(t *testing.T) {
	for k := 1; ; k++ {
		r := newRig(t)
		f := r.facts()
		f.Count, f.Purse = 5, 1
		mine, odd := r.mine, meterCard(t, f)
		x := &exchanged{Processor: mine.Processor}
		r.mine, r.free = &cardsim.Card{ID: "odd", Processor: x}, true
		r.wants = true
		r.until(Ready)
		r.pays()
		r.at[r.orders+k] = func() { x.Processor = odd.Processor }
		r.sells()
		r.ends()

		if x.Processor == mine.Processor {
			return
		}
		if l := r.txn().Write; l.State == metercard.GoneAway && l.Sure || l.State == metercard.On && truth(t, mine).Count != 5 {
			t.Errorf("at order %d: %q, the leg says %+v", k, r.did, l)
		}
	}
}

// TestCardThatForgetsAStep answers a step as ever and keeps nothing of it: where it kept its
// meter's last word (返写信息文件), which the meter would refuse, it is not written.
func TestCardThatForgetsAStep(t *testing.T) {
	stale := 0
	for k := 1; ; k++ {
		r := newRig(t)
		m := r.mine.Processor.(*cardsim.MeterCard)
		r.wants = true
		r.until(Ready)
		r.pays()
		began := false
		r.at[r.orders+k] = func() { m.Worn, began = true, true }
		r.at[r.orders+k+1] = func() { m.Worn = false }
		r.sells()
		r.ends()

		if !began {
			break
		}
		l, f := r.txn().Write, truth(t, r.mine)
		if f.Count == 5 && f.Loaded != 0 {
			stale++
			if l.State == metercard.On || l.Sure || l.Why != NotCleared {
				t.Errorf("order %d: the card has purchase %d and its meter's word of %d: the leg says %+v", k, f.Count, f.Loaded, l)
			}
		}
	}
	if stale != 1 {
		t.Errorf("%d times the return file stayed, want once", stale)
	}
}

// exchanged is a chip that becomes another one.
type exchanged struct{ cardsim.Processor }

// TestAnotherCard is given back while that of the purchase is wanted.
func TestAnotherCard(t *testing.T) {
	r := newRig(t)
	r.wants = true
	r.until(Ready)
	r.pays()
	r.pull()
	f := r.facts()
	f.Serial = "0102030405060799"
	r.others = append(r.others, meterCard(t, f))
	r.until(TakeCard)
	if f := r.d.Face(); f.Why != OtherCard || f.Known {
		t.Errorf("%+v", f)
	}
	r.until(Ready)
	if f := r.d.Face(); f.Facts != r.facts() {
		t.Errorf("%+v", f)
	}
}

// TestAttempts: what is pulled out of each write is not tried for ever.
func TestAttempts(t *testing.T) {
	r := newRig(t)
	r.seen = func(c card.Command) {
		if changes(c) {
			r.pull()
		}
	}
	r.buys()
	r.honest()
	want := []string{"begun 1", "unsure pulled", "unwritten pulled", "begun 2", "unsure pulled", "unwritten pulled", "begun 3", "unsure pulled", "unwritten pulled", "gave up: attempts", "eject"}
	if !slices.Equal(r.did, want) {
		t.Errorf("%q, want %q", r.did, want)
	}
}

// TestCardThatRefuses every write is tried three times.
func TestCardThatRefuses(t *testing.T) {
	r := newRig(t)
	r.office.spoil = func(s *script.Script) {
		for _, step := range s.Steps {
			if step.Purse {
				step.Data[len(step.Data)-1]++ // of the MAC
			}
		}
	}
	r.buys()
	r.honest()
	want := []string{"begun 1", "unwritten card-refused", "begun 2", "unwritten card-refused", "begun 3", "unwritten card-refused", "gave up: card-refused", "eject"}
	if !slices.Equal(r.did, want) {
		t.Errorf("%q, want %q", r.did, want)
	}
}

// TestWaitsForHeadOffice are bounded, and what is away for the moment is asked again.
func TestWaitsForHeadOffice(t *testing.T) {
	harmless := func(r *rig) {
		r.office.delay = 15 * second
		r.office.answer = func(int) *wire.Reply {
			return r.sign(r.office.asked[len(r.office.asked)-1], []script.Step{{Op: script.APDU, Data: script.Bytes{0x00, 0x84, 0x00, 0x00, 0x08}}}, false)
		}
	}
	for name, c := range map[string]struct {
		how   func(*rig)
		want  []string
		least time.Duration
		most  time.Duration
	}{
		"silent": {
			func(r *rig) { r.office.silent = true },
			[]string{"begun 1", "unwritten silent", "begun 2", "unwritten silent", "gave up: silent", "eject"},
			2 * StepsWait, 2*StepsWait + 10*second,
		},
		"slow, and without end": {
			harmless,
			[]string{"begun 1", "unwritten too-long", "begun 2", "unwritten too-long", "begun 3", "unwritten too-long", "gave up: too-long", "eject"},
			3 * SessionLimit, 3*SessionLimit + 10*second,
		},
		"keys away for a moment": {
			func(r *rig) {
				n := 0
				r.office.answer = func(int) *wire.Reply {
					if n++; n == 2 {
						r.office.answer = nil
					}

					return r.reply(wire.CardSteps{Reason: mis.KeysAway})
				}
			},
			[]string{"begun 1", "written", "eject"},
			5 * second, StepsWait,
		},
		"unavailable for a moment": {
			func(r *rig) {
				r.office.answer = func(int) *wire.Reply {
					r.office.answer = nil

					return &wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnavailable}}
				}
			},
			[]string{"begun 1", "written", "eject"},
			5 * second, StepsWait,
		},
	} {
		r := newRig(t)
		c.how(r)
		r.wants = true
		r.until(Ready)
		began := r.now
		r.buys()
		r.honest()
		if took := r.now.Sub(began); !slices.Equal(r.did, c.want) || took < c.least || took > c.most {
			t.Errorf("%s: %q, want %q; after %s", name, r.did, c.want, took)
		}
	}
}

// TestAnswerThatIsLost: the card-meter system gives no round twice, so that the write
// begins again from its first one.
func TestAnswerThatIsLost(t *testing.T) {
	r := newRig(t)
	var lose func(round int) *wire.Reply
	lose = func(round int) *wire.Reply {
		r.office.answer = nil
		reply := r.answer(r.office.asked[len(r.office.asked)-1])
		if round == 1 {
			return &wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnavailable}}
		}
		r.office.answer = lose

		return reply
	}
	r.office.answer = lose
	r.buys()
	r.honest()
	if want := []string{"begun 1", "unwritten not-payable", "begun 2", "written", "eject"}; !slices.Equal(r.did, want) {
		t.Errorf("%q, want %q", r.did, want)
	}
}

// TestCardThatDoesNotComeOut holds nothing back, and is tried again.
func TestCardThatDoesNotComeOut(t *testing.T) {
	r := newRig(t)
	r.slot.(*cardtest.FakeReader).Force(card.Eject, cardtest.Forced{Kind: card.NotDone, Err: card.ErrDevice})
	r.wants = true
	r.until(Ready)
	r.pays()
	r.sells()
	r.until(Stuck)
	if f := r.d.Face(); f.Holds {
		t.Errorf("it holds the result: %+v", f)
	}
	began := r.now
	r.ends()
	if took := r.now.Sub(began); took < StuckRetry || took > StuckRetry+second || r.txn().Status() != payments.Posted {
		t.Errorf("it is out after %s: %q", took, r.did)
	}
}

// TestCardInADeadReader: a card in a reader that does not answer any more holds up nobody
// but who needs the reader; it comes out once that answers again, or was taken out by hand.
func TestCardInADeadReader(t *testing.T) {
	for _, pulled := range []bool{false, true} {
		r := newRig(t)
		r.wants = true
		r.until(Ready)
		r.pays()
		r.sells()
		r.until(Writing)
		r.fault(cardtest.FaultSilent, false)
		r.until(Stuck)
		began := r.now
		r.until(Left)
		if took := r.now.Sub(began); took < LeaveAfter-StuckRetry || took > LeaveAfter+StuckRetry {
			t.Errorf("it is left after %s", took)
		}
		r.ends()
		if f := r.d.Face(); f.Holds || !r.troubled("meter-card-left") || !r.troubled("meter-reader") || r.d.Unsettled() != "" || r.txn().Status() != payments.Unwritten {
			t.Errorf("%+v, %+v, unsettled %q, %s", f, r.d.Troubles(), r.d.Unsettled(), r.txn().Status())
		}

		r.run(10 * time.Minute)
		if f := r.d.Face(); f.Step != Left {
			t.Errorf("ten minutes later: %+v", f)
		}
		if pulled {
			r.pull()
		}
		r.fault(cardtest.FaultSilent, true)
		r.run(15 * second)
		after := r.faces[slices.Index(r.faces, string(Left)+" (reader)"):]
		if f := r.d.Face(); f.Step != None || r.troubled("meter-card-left") || slices.Contains(after, string(TakeCard)+" (reader)") == pulled {
			t.Errorf("pulled %t: %+v, %q", pulled, f, r.faces)
		}
	}
}

// TestTheCustomerHasNoCard: who says so is not kept waiting.
func TestTheCustomerHasNoCard(t *testing.T) {
	r := newRig(t)
	r.wants = true
	r.until(Ready)
	r.pays()
	r.d.Leave(r.now)
	r.run(second)
	if r.txn().Status() != payments.Posting {
		t.Fatalf("before the sale: %s", r.txn().Status())
	}
	r.sells()
	r.until(Writing)
	r.d.Leave(r.now) // the card is inside
	r.pull()
	r.away = true
	r.until(PutBack)
	began := r.now
	r.d.Leave(r.now)
	r.ends()
	if r.now.Sub(began) > second || !slices.Contains(r.did, "gave up: customer") {
		t.Errorf("after %s: %q", r.now.Sub(began), r.did)
	}
}

// TestForgottenCard: who does not take the card is warned, and it is kept; a reader that
// cannot keep it leaves it at the gate.
func TestForgottenCard(t *testing.T) {
	for _, full := range []bool{false, true} {
		r := newRig(t)
		r.leaves = true
		r.wants = true
		r.until(Ready)
		r.fault(cardtest.FaultBinFull, !full)
		r.pays()
		r.sells()
		r.until(Forgotten)
		if r.d.Face().Holds {
			t.Error("the result waits for a card that nobody takes")
		}
		if full {
			r.until(Left)
			if f := r.d.Face(); f.Kept || f.Holds || !f.Stays || !r.troubled("meter-card-left") || r.d.Unsettled() != "" {
				t.Errorf("the bin is full: %+v, %+v, unsettled %q", f, r.d.Troubles(), r.d.Unsettled())
			}
			r.leaves = false
			_, _ = r.slot.TakeCard(r.now)
			r.ends()

			continue
		}
		r.ends()
		if !r.has("card-captured") || !r.d.Face().Kept || len(r.slot.Retained()) != 1 {
			t.Errorf("%q, %+v, %d in the bin", r.did, r.d.Face(), len(r.slot.Retained()))
		}
	}
}

// binned are rigs of readers with a bin: two that tell that it is full, and a maker's library
// that has no word for it but its refusal of a card.
func binned(t *testing.T) map[string]struct {
	rig    *rig
	senses bool
} {
	crt571 := readers()["crt571"]

	return map[string]struct {
		rig    *rig
		senses bool
	}{
		"fake":    {newRig(t), true},
		"crt571":  {newRigAt(t, metercard.CPU, crt571.slot(), crt571.driver), true},
		"library": {newLibraryRig(t, metercard.CPU), false},
	}
}

// TestACardThatWaitsIsKept: what a full bin had no room for waits at the gate. Its customer is
// told that it stays, staff are told of card and bin, the next customer is neither offered it nor
// asked to take it, and once there is room it is kept, as the card of the purchase that it was
// left after; whoever stands there by then is told nothing of it.
func TestACardThatWaitsIsKept(t *testing.T) {
	for name, b := range binned(t) {
		t.Run(name, func(t *testing.T) {
			r := b.rig
			r.t = t
			r.leaves, r.wants = true, true
			r.until(Ready)
			r.fault(cardtest.FaultBinFull, false)
			r.pays()
			r.sells()
			r.until(Forgotten)
			r.until(Left)
			if f := r.d.Face(); !f.Stays || f.Kept || f.Holds || !r.troubled("meter-card-left") || !r.troubled("meter-bin") || r.d.Unsettled() != "" {
				t.Errorf("%+v, %+v, unsettled %q", f, r.d.Troubles(), r.d.Unsettled())
			}
			if report := r.d.Report().(Report); !report.BinFull {
				t.Errorf("%+v", report)
			}

			r.live = "10000001000000000099" // another's
			r.faces = nil
			ejects := r.times("eject")
			r.run(LeftRetry * 7 / 2)
			captures := r.times("capture")
			if ejects != r.times("eject") || strings.Join(slices.Compact(r.faces), ", ") != string(Left) || r.d.Face().Known {
				t.Errorf("the next customer sees %q: %q, %+v", r.faces, r.did, r.d.Face())
			}
			if b.senses && captures != 1 || !b.senses && captures != 4 {
				t.Errorf("a full bin is tried %d times in %v", captures, LeftRetry*7/2)
			}
			if !r.troubled("meter-card-left") || !r.troubled("meter-bin") || len(r.slot.Retained()) != 0 || len(r.kept) != 0 {
				t.Errorf("%+v, %d in the bin, kept as of %q", r.d.Troubles(), len(r.slot.Retained()), r.kept)
			}

			began := r.now
			r.fault(cardtest.FaultBinFull, true)
			r.until(None)
			if r.troubled("meter-card-left") || r.troubled("meter-bin") || len(r.slot.Retained()) != 1 || r.d.Face().Kept || r.d.Face().Why != "" {
				t.Errorf("%+v, %d in the bin, %+v", r.d.Troubles(), len(r.slot.Retained()), r.d.Face())
			}
			if took := r.now.Sub(began); took > LeftRetry+CardWait || b.senses && took > CardWait {
				t.Errorf("it is kept %v after the bin was emptied", took)
			}
			if !slices.Equal(r.kept, []string{serial}) {
				t.Errorf("kept as of %q", r.kept)
			}
		})
	}
}

// TestACardThatWaitsIsTaken: who takes it at last, be it while it is tried to keep it, ends the
// trouble, and nothing is said to have been kept.
func TestACardThatWaitsIsTaken(t *testing.T) {
	for name, b := range binned(t) {
		for _, when := range []string{"between tries", "at a try"} {
			t.Run(name+" "+when, func(t *testing.T) {
				r := b.rig
				if when == "at a try" {
					r = binned(t)[name].rig
				}
				r.t = t
				r.leaves, r.wants = true, true
				r.until(Ready)
				r.fault(cardtest.FaultBinFull, false)
				r.pays()
				r.sells()
				r.until(Left)
				r.wants = false

				if when == "at a try" {
					r.fault(cardtest.FaultBinFull, true)
					r.at[r.orders+1] = func() { _, _ = r.slot.TakeCard(r.now) }
				} else if _, err := r.slot.TakeCard(r.now); err != nil {
					t.Fatal(err)
				}
				r.until(None)
				if len(r.slot.Retained()) != 0 || len(r.kept) != 0 || r.troubled("meter-card-left") || b.senses && when == "at a try" && r.troubled("meter-bin") {
					t.Errorf("%d in the bin, kept as of %q, %+v", len(r.slot.Retained()), r.kept, r.d.Troubles())
				}
			})
		}
	}
}

// times is how often something was done.
func (r *rig) times(what string) (n int) {
	for _, d := range r.did {
		if d == what {
			n++
		}
	}

	return n
}

// TestACardThatASilentReaderDidNotKeep: who leaves a card at the gate of a reader that falls
// silent stops the sale of power until it answers again, and no longer.
func TestACardThatASilentReaderDidNotKeep(t *testing.T) {
	for _, silence := range []struct {
		name string
		last time.Duration
	}{{"short", KeepAfter}, {"long", 2 * LeaveAfter}} {
		t.Run(silence.name, func(t *testing.T) {
			r := newRig(t)
			r.leaves, r.wants = true, true
			r.until(Ready)
			r.pays()
			r.sells()
			r.until(Forgotten)
			r.fault(cardtest.FaultSilent, false)
			r.run(silence.last)
			if silence.last > LeaveAfter {
				r.until(Left)
			}
			r.live = "10000001000000000099" // another's

			r.fault(cardtest.FaultSilent, true)
			r.until(None)
			if r.troubled("meter-card-left") || len(r.slot.Retained()) != 1 {
				t.Errorf("%+v, %d in the bin", r.d.Troubles(), len(r.slot.Retained()))
			}
			if silence.last > LeaveAfter && !slices.Equal(r.kept, []string{serial}) {
				t.Errorf("kept as of %q", r.kept)
			}
		})
	}
}

func (r *rig) troubled(code string) bool {
	return slices.ContainsFunc(r.d.Troubles(), func(t tender.Trouble) bool { return t.Code == code && t.On })
}

// TestReaderWithoutABin: a contact reader cannot keep a card. It says so from the first one
// on that nobody takes, and a card that is pulled out at last ends the trouble.
func TestReaderWithoutABin(t *testing.T) {
	pcsc := readers()["pcsc"]
	r := newRigAt(t, metercard.CPU, pcsc.slot(), pcsc.driver)
	for n := range 2 {
		r.leaves, r.wants = true, true
		r.until(Ready)
		r.wants = false
		r.until(Forgotten)
		if f := r.d.Face(); f.Stays != (n > 0) {
			t.Errorf("card %d is forgotten: %+v", n, f)
		}
		r.until(Left)
		if f := r.d.Face(); !f.Stays || f.Kept || !r.troubled("meter-card-left") {
			t.Errorf("card %d is left: %+v, %+v", n, f, r.d.Troubles())
		}
		r.run(10 * KeepAfter)
		if f := r.d.Face(); f.Step != Left {
			t.Errorf("card %d after a while: %+v", n, f)
		}

		r.pull()
		r.until(None)
		if r.troubled("meter-card-left") {
			t.Errorf("card %d is out: %+v", n, r.d.Troubles())
		}
	}
}

// TestJournalThatIsFull: nothing is written onto a card that cannot be recorded first.
func TestJournalThatIsFull(t *testing.T) {
	r := newRig(t)
	r.wants = true
	r.until(Ready)
	r.pays()
	r.sells()
	r.sealed = true
	r.seen = func(c card.Command) {
		if changes(c) {
			t.Error("the card is changed")
		}
	}
	r.away = true
	r.run(30 * second)
	if len(r.did) != 1 || r.did[0] != "eject" || !slices.Contains(r.faces, "take-card (journal)") {
		t.Errorf("%q, pages %q", r.did, r.faces)
	}

	r.sealed, r.away, r.seen = false, false, nil
	r.ends()
	r.honest()
	if r.txn().Status() != payments.Posted {
		t.Errorf("%s: %q", r.txn().Status(), r.did)
	}
}

// TestWishWhileTheJournalIsFull: what the visit wants meanwhile is done once the journal
// takes records again.
func TestWishWhileTheJournalIsFull(t *testing.T) {
	r := newRig(t)
	r.leaves = true
	r.wants = true
	r.until(Ready)
	r.wants = false
	r.until(Kept)
	r.sealed = true
	r.run(5 * second)
	if r.d.Waiting() != 1 {
		t.Fatalf("%d reports wait, the page says %+v", r.d.Waiting(), r.d.Face())
	}
	r.wants, r.free = true, true
	r.run(second)
	r.sealed = false
	r.mine = meterCard(t, r.facts())
	r.until(Ready)
	if !r.has("card-captured") {
		t.Errorf("%q", r.did)
	}
}

// TestUnreadableCards come back with the reason, and the gate opens again.
func TestUnreadableCards(t *testing.T) {
	blankChip := &cardsim.Card{ID: "mute", Processor: &cardsim.Script{}}
	for name, c := range map[string]*cardsim.Card{
		"bank card": cardsim.BankCards()[cardsim.BankFunds], "stripe only": cardsim.BankCards()[cardsim.BankStripe], "mute": blankChip,
	} {
		r := newRig(t)
		mine := r.mine
		r.mine, r.free = c, true
		r.wants = true
		r.until(TakeCard)
		if f := r.d.Face(); f.Why != Unreadable || f.Known {
			t.Errorf("%s: %+v", name, f)
		}
		r.mine, r.free = mine, false
		r.until(Ready)
		if f := r.d.Face(); f.Facts != r.facts() || f.Why != "" {
			t.Errorf("%s, then a meter card: %+v", name, f)
		}
	}
}

// TestCardThatSaysSomethingElseEachTime is not readable; one that was read wrongly once
// is.
func TestCardThatSaysSomethingElseEachTime(t *testing.T) {
	for wrong, want := range map[int]Step{1: Ready, 2: Ready, 1000: TakeCard} {
		r := newRig(t)
		reads := 0
		chip := r.mine.Processor.(*cardsim.MeterCard)
		liar := &cardsim.Script{ATR: chip.ATR}
		liar.Answer = func(apdu []byte) []byte {
			answer := chip.Transmit(apdu)
			if slices.Equal(apdu, []byte{0x00, 0xB0, 0x82, 0x00, 0x08}) {
				if reads++; reads <= wrong && reads != 1 || wrong == 1 && reads == 1 {
					answer[3] ^= byte(reads)
				}
			}

			return answer
		}
		chip.Reset(false)
		r.mine = &cardsim.Card{ID: "liar", Processor: &restarts{liar, chip}}
		r.free = true
		r.wants = true
		r.until(want)
		if want == TakeCard && reads != 3 {
			t.Errorf("it was read %d times, want 3", reads)
		}
	}
}

// TestTheLastCardIsForgotten when another visit wants one.
func TestTheLastCardIsForgotten(t *testing.T) {
	r := newRig(t)
	r.mine, r.free = cardsim.BankCards()[cardsim.BankFunds], true
	r.wants = true
	r.until(TakeCard)
	r.wants = false
	r.until(None)
	if f := r.d.Face(); f.Why != Unreadable {
		t.Errorf("the visit is not told: %+v", f)
	}
	r.wants = true
	r.until(Waiting)
	if f := r.d.Face(); f.Why != "" {
		t.Errorf("the next one is told: %+v", f)
	}
}

// TestOneAtATime: what is sold late, for somebody who has left, does not disturb the
// customer who stands there.
func TestOneAtATime(t *testing.T) {
	const other = "10000001000000000004"
	r := newRig(t)
	r.wants = true
	r.until(Ready)
	r.pays()
	late := r.txns[serial]
	late.Serial = other
	late, _, err := payments.Step(late, other, post.OutcomeLearned{Status: post.Posted, ToAdvance: bought, Sold: r.sold()})
	if err != nil {
		t.Fatal(err)
	}
	r.txns[other] = late
	r.sells()
	r.until(Writing)
	r.d.Write(r.now, late)
	r.ends()

	if s := r.txns[other].Status(); s != payments.Unwritten || r.txn().Status() != payments.Posted {
		t.Errorf("the late one is %s, the other %s: %q", s, r.txn().Status(), r.did)
	}
}

// TestWithoutAKey nothing that head office signs can be checked, so nothing is written.
func TestWithoutAKey(t *testing.T) {
	r := newRig(t)
	r.d = New(Config{Reader: true})
	r.buys()
	r.honest()
	if want := []string{"gave up: no-key", "eject"}; !slices.Equal(r.did, want) || len(r.office.asked) != 0 {
		t.Errorf("%q, want %q; asked %d times", r.did, want, len(r.office.asked))
	}
	if !slices.ContainsFunc(r.d.Troubles(), func(t tender.Trouble) bool { return t.Code == "meter-key" && t.On }) {
		t.Errorf("%+v", r.d.Troubles())
	}
}

// restarts gives a script the resets of the card behind it.
type restarts struct {
	*cardsim.Script
	chip *cardsim.MeterCard
}

func (r *restarts) Reset(warm bool) []byte { r.Script.Reset(warm); return r.chip.Reset(false) }

// TestInputsAreBounded.
func TestInputsAreBounded(t *testing.T) {
	d := New(Config{Reader: true})
	for range MaxInputs {
		if err := d.Heard(noon, card.Event{Kind: card.StatusChanged}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Heard(noon, card.Event{}); !errors.Is(err, ErrInputs) {
		t.Errorf("one more: %v", err)
	}
	if err := New(Config{}).Heard(noon, "a word"); err == nil {
		t.Error("a word was taken for a report")
	}
}

// TestWithoutAReader: what an earlier run left is left to another visit.
func TestWithoutAReader(t *testing.T) {
	r := newRig(t)
	r.slot.PowerCut(r.now)
	r.run(second)
	r.pays()
	r.begins()
	r.d = New(Config{})
	for _, open := range r.Open() {
		r.d.Write(r.now, open)
	}
	r.ends()
	if want := []string{"unsure power-cut", "gave up: reader"}; !slices.Equal(r.did, want) {
		t.Errorf("%q, want %q", r.did, want)
	}
	if got := r.d.Troubles(); len(got) != 0 {
		t.Errorf("it watches %+v", got)
	}
}

// begins has the sale done and a write begun, past the desk.
func (r *rig) begins() {
	r.t.Helper()
	r.sells()
	r.step(metercard.WriteBegun{N: 1, Card: r.sold().Card, Count: 5, Amount: bought})
}

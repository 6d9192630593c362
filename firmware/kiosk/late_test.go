package kiosk

import (
	"testing"
	"time"

	till "wattkiosk/firmware/tender/cash"
	"wattkiosk/hal/bill"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/cassette"
)

// givenUp is a payment of 100.00 whose second note, of 50.00, was on its way when
// the power went, and about which the validator said nothing in time.
func givenUp(t *testing.T) *rig {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.validator(bill.Escrowed, 5000)
	r.ordered(bill.Stack)
	r.restart()
	r.validator(bill.Silent, 0)
	r.now = r.now.Add(till.NotePatience + time.Second)
	r.do(Tick{})
	r.now = r.now.Add(till.ClosePatience + time.Second)
	r.do(Tick{})
	if n := r.c.money.last.Cash.Notes[1]; n.State != cash.StateUnresolved || r.c.money.last.Cash.Total != 10000 {
		t.Fatalf("the note is %s, the total %s", n.State, r.c.money.last.Cash.Total)
	}
	return r
}

// TestLateTruthIsKept: the validator comes back and says where the note is, after
// everybody had given it up. The total stays; the note's case has its answer.
func TestLateTruthIsKept(t *testing.T) {
	for _, c := range []struct {
		name   string
		says   []bill.Event
		state  cash.NoteState
		inside cassette.Tally
	}{
		{"in the cassette, at power-up", []bill.Event{{Kind: bill.PoweredUpInStacker}}, cash.StateFound, cassette.Tally{Notes: 2, Total: 15000}},
		{"stacked", []bill.Event{{Kind: bill.Stacked, Value: 5000}}, cash.StateFound, cassette.Tally{Notes: 2, Total: 15000}},
		{"returned", []bill.Event{{Kind: bill.Returned, Value: 5000}}, cash.StateReturned, cassette.Tally{Notes: 1, Total: 10000}},
		{"in the path, then returned", []bill.Event{{Kind: bill.PoweredUpInValidator}, {Kind: bill.Returned}}, cash.StateReturned, cassette.Tally{Notes: 1, Total: 10000}},
		{"in the path, and no more", []bill.Event{{Kind: bill.PoweredUpInValidator}}, cash.StateUnresolved, cassette.Tally{Notes: 1, Total: 10000}},
		{"another one returned", []bill.Event{{Kind: bill.Returned, Value: 2000}}, cash.StateUnresolved, cassette.Tally{Notes: 1, Total: 10000}},
	} {
		r := givenUp(t)
		for _, e := range c.says {
			r.do(Validator{e})
		}
		n := r.c.money.last.Cash.Notes[1]
		if n.State != c.state || r.c.Status().Cash.Inside() != c.inside || r.c.money.last.Total() != 10000 || r.count("stray-note") != 0 {
			t.Errorf("%s: the note is %s, cassette %+v, total %s", c.name, n.State, r.c.Status().Cash.Inside(), r.c.money.last.Total())
		}
	}
}

// TestLateTruthOutlivesTheRecords: the note is found after the payment's records were
// trimmed, and once more after that.
func TestLateTruthOutlivesTheRecords(t *testing.T) {
	r := givenUp(t)
	r.do(Link{Up: true})
	a := r.asked()
	r.reply(a[len(a)-1], posted(r.c.money.last.Serial, 10000))
	r.retire()
	r.restart()
	if n := r.c.money.last.Cash.Notes; len(n) != 2 || n[1].State != cash.StateUnresolved {
		t.Fatalf("the last payment is %+v", r.c.money.last)
	}
	r.validator(bill.PoweredUpInStacker, 0)
	for range 2 {
		if n := r.c.money.last.Cash.Notes; len(n) != 2 || n[1].State != cash.StateFound || r.c.Status().Cash.Inside() != (cassette.Tally{Notes: 2, Total: 15000}) {
			t.Errorf("notes %+v, cassette %+v", n, r.c.Status().Cash.Inside())
		}
		r.restart()
	}
}

// TestALostNoteIsNotTheNextOneReturned: the end of a note is missed, and the next
// one goes back. That says nothing of the first.
func TestALostNoteIsNotTheNextOneReturned(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.validator(bill.Escrowed, 10000)
	r.ordered(bill.Stack)
	r.validator(bill.Silent, 0)
	r.do(Validator{bill.Event{Kind: bill.Lost, Value: 10000, Detail: "note unaccounted for"}})
	r.validator(bill.Escrowed, 2000)
	r.ordered(bill.Return)
	r.validator(bill.Returned, 2000)
	r.ordered(bill.Confirm)
	r.validator(bill.Disabled, 0)
	if u, back := r.count("note-unresolved"), r.count("note-returned"); u != 1 || back != 0 {
		t.Errorf("%d unresolved, %d returned; want 1, 0", u, back)
	}
	if s := r.c.money.last.Status(); s != payments.Disputed {
		t.Errorf("the payment is %s", s)
	}
}

// TestALostNoteThatNobodyOrdered: the validator began to stack it without an order, and
// nobody heard how that ended, nor what it is worth. It is a case, and no customer's.
func TestALostNoteThatNobodyOrdered(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.validator(bill.Accepting, 0)
	r.validator(bill.Stacking, 0)
	r.validator(bill.Silent, 0)
	r.validator(bill.Lost, 0)
	r.validator(bill.Disabled, 0)
	if n := r.count("stray-note"); n != 1 {
		t.Errorf("%d stray notes, want 1", n)
	}
	if k := r.c.Status().Cash.Inside(); k != (cassette.Tally{}) {
		t.Errorf("the cassette is said to hold %+v", k)
	}
	if s := r.c.money.last.Status(); s != payments.Cancelled {
		t.Errorf("the payment is %s", s)
	}
}

// TestANoteInTheCassetteThatNobodyOrdered: at power-up with nothing open, and after
// an order to give it back.
func TestANoteInTheCassetteThatNobodyOrdered(t *testing.T) {
	r := newRig(t)
	r.validator(bill.PoweredUpInStacker, 0)
	r.ordered(bill.Confirm)
	if n := r.count("stray-note"); n != 1 || r.c.Status().Cash.Inside().Notes != 1 {
		t.Errorf("nothing open: %d stray notes, cassette %+v", n, r.c.Status().Cash.Inside())
	}

	r = newRig(t)
	r.toCash()
	r.note(10000)
	r.touch("finish-cash")
	r.validator(bill.Accepting, 0)
	r.validator(bill.Escrowed, 5000) // while it closes
	r.ordered(bill.Return)
	r.validator(bill.Silent, 0)
	r.validator(bill.PoweredUpInStacker, 0)
	r.validator(bill.Disabled, 0)
	if n := r.count("stray-note"); n != 1 || r.c.money.last.Total() != 10000 {
		t.Errorf("ordered back: %d stray notes, total %s", n, r.c.money.last.Total())
	}
}

// TestANoteThatStaysInThePathIsACase: the device promises to give it back at its
// power-up, and jams. Nobody has it in hand.
func TestANoteThatStaysInThePathIsACase(t *testing.T) {
	for _, accepted := range []bool{true, false} {
		r := newRig(t)
		r.toCash()
		r.validator(bill.Accepting, 0)
		if accepted { // else the power goes before
			r.validator(bill.Escrowed, 10000)
		}
		r.restart()
		r.validator(bill.PoweredUpInValidator, 0)
		if n := r.count("note-returned"); n != 0 {
			t.Errorf("accepted %v: booked as returned on a promise", accepted)
		}
		r.do(Validator{bill.Event{Kind: bill.Jammed, Detail: "validator"}})
		for range 12 {
			r.now = r.now.Add(10 * time.Second)
			r.do(Tick{})
		}
		if n := r.count("note-unresolved") + r.count("stray-note"); n != 1 || r.c.Status().Cash.Inside().Notes != 0 {
			t.Errorf("accepted %v: %d cases, cassette %+v; want 1, none", accepted, n, r.c.Status().Cash.Inside())
		}
	}
}

// TestWhyAPaymentWasClosed: the journal says who ended it.
func TestWhyAPaymentWasClosed(t *testing.T) {
	for want, end := range map[string]func(r *rig){
		"customer": func(r *rig) { r.touch("finish-cash") },
		"timeout": func(r *rig) {
			r.now = r.now.Add(2 * time.Minute)
			r.do(Tick{})
			r.now = r.now.Add(2 * time.Minute)
			r.do(Tick{})
		},
		"device":    func(r *rig) { r.validator(bill.Jammed, 0) },
		"power-cut": func(r *rig) { r.restart() },
	} {
		r := newRig(t)
		r.toCash()
		r.note(10000)
		end(r)
		r.validator(bill.Disabled, 0)
		if got := r.c.money.last.Cash; !got.Closed || got.Reason != want || got.Total != 10000 {
			t.Errorf("closed %v because of %q, want %q", got.Closed, got.Reason, want)
		}
	}

	cfg := config
	cfg.MaxTotal = 10500
	r := newRigOf(t, cfg)
	r.toCash()
	r.note(5000)
	if r.c.money.last.Cash.Closed {
		t.Error("closed before the limit")
	}
	r.validator(bill.Escrowed, 5000)
	r.ordered(bill.Stack)
	r.validator(bill.Stacked, 5000)
	r.validator(bill.Disabled, 0)
	if got := r.c.money.last.Cash; got.Reason != "limit" || got.Total != 10000 { // 5.00 is left, and the smallest note is 10.00
		t.Errorf("closed because of %q with %s", got.Reason, got.Total)
	}
}

// TestAValidatorThatDoesNotOpenIsNoticed: before any customer at its start, or in
// front of one, whether its driver refuses the order or nothing happens.
func TestAValidatorThatDoesNotOpenIsNoticed(t *testing.T) {
	refuse := func(r *rig) {
		r.do(Validator{bill.Event{Kind: bill.Refused, Op: bill.Enable, Detail: "knows none of the values"}})
	}
	wait := func(r *rig) {
		r.now = r.now.Add(till.ProbePatience)
		r.do(Tick{})
	}
	for name, fails := range map[string]func(*rig){"refused": refuse, "silent": wait} {
		r := newRig(t)
		r.shy = true
		r.validator(bill.PoweredUp, 0)
		r.validator(bill.Disabled, 0)
		r.ordered(bill.Enable)
		fails(r)
		r.screen("out-of-service")
		if b := r.c.Status().Blocks; len(b) != 1 || b[0] != "validator" || r.count("alarm") != 1 {
			t.Errorf("%s, at rest: blocks %v, %d alarms", name, b, r.count("alarm"))
		}

		r = newRig(t)
		r.shy = true
		r.touch("start")
		r.touch("pay-bill")
		r.touch("account", "number", "1000000001")
		r.answer(verified)
		r.touch("confirm")
		r.touch("tender", "kind", "cash")
		fails(r)
		r.validator(bill.Disabled, 0)
		if b := r.c.Status().Blocks; len(b) != 1 || b[0] != "validator" || r.c.money.last.Status() != payments.Cancelled || r.c.money.last.Cash.Reason != "device" {
			t.Errorf("%s, with a customer: blocks %v, %s because of %q", name, b, r.c.money.last.Status(), r.c.money.last.Cash.Reason)
		}
		r.screen("done")

		r.shy = false
		r.now = r.now.Add(till.ProbeEvery + time.Minute)
		r.do(Tick{}) // it is tried again, and opens
		if b := r.c.Status().Blocks; len(b) != 0 || r.count("alarm") != 2 {
			t.Errorf("%s: it opens again, and blocks %v, %d alarms", name, b, r.count("alarm"))
		}
	}
}

// TestAFullCassetteEndsWithItself: the condition follows the device, and a customer
// who is there keeps what they have put in.
func TestAFullCassetteEndsWithItself(t *testing.T) {
	r := newRig(t)
	r.toCash()
	r.note(10000)
	r.validator(bill.CassetteFull, 0)
	r.now = r.now.Add(till.ClosePatience)
	r.do(Tick{})
	r.answerPosted(10000)
	r.screen("done")
	r.touch("finish")
	r.screen("out-of-service")
	r.validator(bill.Disabled, 0)
	r.screen("idle")
}

// TestARepeatAfterAnEmptyVisit: the next customer came and went without a note, then
// the program started again, and the device repeats the last note that it stacked.
func TestARepeatAfterAnEmptyVisit(t *testing.T) {
	for _, trimmed := range []bool{false, true} {
		r := newRig(t)
		r.toCash()
		r.note(10000)
		r.do(Link{Up: true})
		r.finish()
		r.answerPosted(10000)
		r.printed()
		r.now = r.now.Add(10 * time.Minute)
		r.do(Tick{})
		r.toCash()
		if trimmed {
			r.retire()
		}

		r.restart()
		r.validator(bill.Stacked, 10000)
		r.ordered(bill.Confirm)
		if r.count("stray-note") != 0 || r.c.Status().Cash.Inside() != (cassette.Tally{Notes: 1, Total: 10000}) {
			t.Errorf("trimmed %v: %d stray notes, cassette %+v", trimmed, r.count("stray-note"), r.c.Status().Cash.Inside())
		}
	}
}

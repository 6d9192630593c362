package order

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/qr"
)

var t0 = time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)

func fresh(mode qr.Mode) Order {
	return New(Order{Serial: "10000001000000000005", Kiosk: "10000001", Account: "1000000001", Amount: 8640, Mode: mode}, Life, t0)
}

// in is an order in a state, of mode shown, with an hour of life left unless over.
func in(s State, change ...func(*Order)) Order {
	o := fresh(qr.Shown)
	o.State, o.Until = s, t0.Add(time.Hour)
	if s.Final() {
		o.NextAt = time.Time{}
	}
	for _, c := range change {
		c(&o)
	}

	return o
}

func over(o *Order)    { o.Until = t0 }
func doubted(o *Order) { o.Doubt = true }
func told(o *Order)    { o.Told = true }
func back(o *Order)    { o.Back = true }
func scanned(o *Order) { o.Mode = qr.Scanned }
func failed(o *Order)  { o.Failures = 1 }
func thrice(o *Order)  { o.Refusals = 3 }
func oldOver(o *Order) { o.Until = t0.Add(-straySettle) }
func calling(e Effect) func(*Order) {
	return func(o *Order) { o.InFlight, o.NextAt = e, t0.Add(Lease) }
}

// refundLost is an order whose refund nobody answered.
func refundLost(t *testing.T) Order {
	t.Helper()
	o, _, err := Step(in(Refunding, calling(Refund)), Event{Kind: Answered, To: Refund, Now: t0})
	if err != nil {
		t.Fatal(err)
	}

	return o
}

var (
	yes     = call.Answer{Outcome: call.Done, Code: "10000"}
	no      = call.Answer{Outcome: call.NotDone, Code: "40004"}
	notNow  = call.Answer{Outcome: call.NotDone, Retry: true, Code: "none"}
	undone  = call.Answer{Outcome: call.NotDone, Undone: true, Code: "closed"}
	later   = call.Answer{Outcome: call.Unknown, Wait: true, Code: "10003"}
	silence = call.Answer{}
)

// TestTable walks the package comment: a state, an event, what follows.
func TestTable(t *testing.T) {
	answered := func(to Effect, a call.Answer) Event { return Event{Kind: Answered, To: to, Answer: a, Now: t0} }
	dueNow := Event{Kind: Due, Now: t0}
	for _, c := range []struct {
		name string
		o    Order
		e    Event
		want string
	}{
		{"placing, due", in(Placing), dueNow, "placing place"},
		{"placing, placed", in(Placing, calling(Place)), answered(Place, yes), "waiting +2s"},
		{"placing, refused", in(Placing, calling(Place)), answered(Place, no), "waiting +0s"},
		{"placing, not now", in(Placing, calling(Place)), answered(Place, notNow), "placing +1s"},
		{"placing, silence", in(Placing, calling(Place)), answered(Place, silence), "placing +1s"},
		{"placing, over", in(Placing, over), dueNow, "waiting +0s"},

		{"collecting, with the code", in(Collecting), Event{Kind: Due, Now: t0, Code: true}, "collecting collect"},
		{"collecting, without", in(Collecting), dueNow, "waiting +0s"},
		{"collecting, paid", in(Collecting, calling(Collect)), answered(Collect, yes), "paid"},
		{"collecting, refused", in(Collecting, calling(Collect)), answered(Collect, no), "waiting +2s"},
		{"collecting, password", in(Collecting, calling(Collect)), answered(Collect, later), "waiting +2s"},
		{"collecting, silence", in(Collecting, calling(Collect)), answered(Collect, silence), "waiting +2s"},

		{"waiting, due", in(Waiting), dueNow, "waiting ask"},
		{"waiting, paid", in(Waiting, calling(Ask)), answered(Ask, yes), "paid"},
		{"waiting, not yet", in(Waiting, calling(Ask)), answered(Ask, later), "waiting +2s"},
		{"waiting, not there yet", in(Waiting, calling(Ask)), answered(Ask, notNow), "waiting +2s"},
		{"waiting, not there after a refusal", in(Waiting, calling(Ask), doubted), answered(Ask, notNow), "not-paid"},
		{"waiting, never", in(Waiting, calling(Ask)), answered(Ask, no), "not-paid"},
		{"waiting, given back", in(Waiting, calling(Ask)), answered(Ask, undone), "not-paid"},
		{"waiting, silence", in(Waiting, calling(Ask)), answered(Ask, silence), "waiting +2s"},
		{"waiting, over", in(Waiting, over), dueNow, "waiting ask"},
		{"waiting, over and paid", in(Waiting, over, calling(Ask)), answered(Ask, yes), "paid"},
		{"waiting, over and not yet", in(Waiting, over, calling(Ask)), answered(Ask, later), "closing +0s"},
		{"waiting, over and not there", in(Waiting, over, calling(Ask)), answered(Ask, notNow), "closing +0s"},
		{"waiting, over and silence", in(Waiting, over, calling(Ask)), answered(Ask, silence), "waiting +1s"},
		{"waiting, over and left", in(Waiting, over), Event{Kind: Abandon, Now: t0}, "closing +0s"},
		{"waiting, left", in(Waiting), Event{Kind: Abandon, Now: t0, Why: "customer"}, "closing +0s"},
		{"waiting, left in a call", in(Waiting, calling(Ask)), Event{Kind: Abandon, Now: t0}, "waiting +30s"},

		{"closing, due", in(Closing), dueNow, "closing close"},
		{"closing, closed", in(Closing, calling(Close)), answered(Close, yes), "ending +0s"},
		{"closing, refused", in(Closing, calling(Close)), answered(Close, no), "closing +0s"},
		{"closing, silence", in(Closing, calling(Close)), answered(Close, silence), "closing +1s"},
		{"closing, asks after a refusal", in(Closing, doubted), dueNow, "closing ask"},
		{"closing, was paid", in(Closing, calling(Ask), doubted), answered(Ask, yes), "paid late"},
		{"closing, was closed", in(Closing, calling(Ask), doubted), answered(Ask, no), "not-paid"},
		{"closing, is not there", in(Closing, calling(Ask), doubted), answered(Ask, notNow), "closing +1s"},
		{"closing, is not there for long", in(Closing, calling(Ask), doubted, oldOver), answered(Ask, notNow), "not-paid"},
		{"closing, left", in(Closing), Event{Kind: Abandon, Now: t0}, "closing +0s"},

		{"ending, due", in(Ending), dueNow, "ending ask"},
		{"ending, paid", in(Ending, calling(Ask)), answered(Ask, yes), "paid late"},
		{"ending, not paid", in(Ending, calling(Ask)), answered(Ask, notNow), "not-paid"},
		{"ending, silence", in(Ending, calling(Ask)), answered(Ask, silence), "ending +1s"},
		{"ending, later", in(Ending, calling(Ask)), answered(Ask, later), "ending +1s"},

		{"paid, due", in(Paid), dueNow, "illegal"},
		{"paid, not wanted", in(Paid), Event{Kind: GiveBack, Now: t0, Why: "posting-refused"}, "refunding +0s"},
		{"not paid, given back", in(NotPaid), Event{Kind: GiveBack, Now: t0}, "illegal"},
		{"refunded, given back", in(Refunded), Event{Kind: GiveBack, Now: t0}, "refunded"},

		{"refunding, due", in(Refunding), dueNow, "refunding refund"},
		{"refunding, done", in(Refunding, calling(Refund)), answered(Refund, yes), "refunded"},
		{"refunding, silence", in(Refunding, calling(Refund)), answered(Refund, silence), "refunding +1s"},
		{"refunding, refused", in(Refunding, calling(Refund)), answered(Refund, no), "refunding +2s"},
		{"refunding, asks after a refusal", in(Refunding, doubted), dueNow, "refunding ask-refund"},
		{"refunding, was refunded", in(Refunding, calling(AskRefund), doubted), answered(AskRefund, yes), "refunded"},
		{"refunding, none known", in(Refunding, calling(AskRefund), doubted), answered(AskRefund, notNow), "refunding +1s"},
		{"refunding, none known after the second refusal", in(Refunding, calling(AskRefund), doubted, func(o *Order) { o.Refusals = 2 }), answered(AskRefund, notNow), "refunding +1s"},
		{"refunding, asks after silence", refundLost(t), Event{Kind: Due, Now: t0.Add(time.Second)}, "refunding ask-refund"},
		{"refunding, none known after the third", in(Refunding, calling(AskRefund), doubted, thrice), answered(AskRefund, notNow), "kept raise"},
		{"refunding, refused for good", in(Refunding, calling(AskRefund), doubted), answered(AskRefund, no), "kept raise"},

		{"notice, waiting", in(Waiting), Event{Kind: Noticed, Now: t0, Answer: yes}, "paid"},
		{"notice, closing", in(Closing), Event{Kind: Noticed, Now: t0, Answer: yes}, "paid late"},
		{"notice, not paid", in(NotPaid), Event{Kind: Noticed, Now: t0, Answer: yes}, "paid late"},
		{"notice, not paid and told", in(NotPaid, told), Event{Kind: Noticed, Now: t0, Answer: yes}, "refunding late +0s"},
		{"notice, not paid and given back", in(NotPaid, told, back), Event{Kind: Noticed, Now: t0, Answer: yes}, "not-paid"},
		{"notice, a collection is being closed", in(Closing, scanned, calling(Close)), Event{Kind: Noticed, Now: t0, Answer: yes}, "closing +30s"},
		{"notice, a collection may be closed", in(Closing, scanned, failed), Event{Kind: Noticed, Now: t0, Answer: yes}, "closing +0s"},
		{"notice, a collection is not closed yet", in(Closing, scanned), Event{Kind: Noticed, Now: t0, Answer: yes}, "paid late"},
		{"notice, a code is being closed", in(Closing, calling(Close)), Event{Kind: Noticed, Now: t0, Answer: yes}, "closing +30s"},
		{"notice, a code may be closed", in(Closing, failed), Event{Kind: Noticed, Now: t0, Answer: yes}, "closing +0s"},
		{"notice, the last question is due", in(Ending), Event{Kind: Noticed, Now: t0, Answer: yes}, "ending +0s"},
		{"notice, paid", in(Paid), Event{Kind: Noticed, Now: t0, Answer: yes}, "paid"},
		{"notice, refunded", in(Refunded), Event{Kind: Noticed, Now: t0, Answer: yes}, "refunded"},
		{"a hint", in(Waiting, func(o *Order) { o.NextAt = t0.Add(time.Minute) }), Event{Kind: Noticed, Now: t0, Answer: later}, "waiting +0s"},
		{"a late answer to a question", in(NotPaid, told), answered(Ask, yes), "refunding late +0s"},
		{"a late answer to a placing", in(NotPaid, told), answered(Place, yes), "not-paid"},
		{"a late answer to a closing", in(Waiting), answered(Close, yes), "waiting +0s"},

		{"a call is lost", in(Waiting, calling(Ask), func(o *Order) { o.NextAt = t0 }), dueNow, "waiting +1s"},
		{"a collection is lost", in(Collecting, calling(Collect), func(o *Order) { o.NextAt = t0 }), dueNow, "waiting +0s"},
	} {
		next, effect, err := Step(c.o, c.e)
		got := string(next.State)
		if next.Late {
			got += " late"
		}
		if effect != "" {
			got += " " + string(effect)
		} else if !next.NextAt.IsZero() {
			got += fmt.Sprintf(" +%v", next.NextAt.Sub(t0))
		}
		if err != nil {
			if !errors.Is(err, call.ErrIllegal) || !cmp.Equal(c.o, next) {
				t.Errorf("%s: %v", c.name, err)
			}
			got = "illegal"
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRefundSerials(t *testing.T) {
	for serial, want := range map[string]string{
		"10000001000000000005": "10000001009000000005", "20000001000000000005": "20000001009000000005", "90000001010000000005": "90000001019000000005", "": "",
	} {
		if got := (Order{Serial: serial}).RefundSerial(); got != want {
			t.Errorf("%q: %q, want %q", serial, got, want)
		}
	}
}

// bank is an acquirer of one order, with its own account of it. It may give back what
// it closes.
type bank struct {
	givesBack                bool
	exists, closed, refunded bool
	paid                     int
}

func (b *bank) serve(e Effect, paysNow bool) call.Answer {
	if b.refunded && (e == Ask || e == Close) {
		return map[Effect]call.Answer{Ask: undone, Close: yes}[e]
	}
	if paysNow && b.exists && !b.closed && b.paid == 0 {
		b.paid++
	}
	switch e {
	case Place, Collect:
		if b.paid > 0 {
			return no
		}
		b.exists = true
		if e == Collect && b.paid == 0 {
			return later
		}

		return yes
	case Ask:
		switch {
		case b.paid > 0:
			return yes
		case b.closed:
			return no
		case !b.exists:
			return notNow
		}

		return later
	case Close:
		if b.paid > 0 && b.givesBack {
			b.refunded = true

			return yes
		}
		if !b.exists || b.paid > 0 {
			return no
		}
		b.closed = true

		return yes
	case Refund:
		b.refunded = true

		return yes
	}
	if b.refunded {
		return yes
	}

	return notNow
}

// TestMoneyEndsWhereTheKioskWasTold plays lost answers, lost requests, restarts, late
// payments, notices that come or do not, and customers who leave; then it lets the
// order come to its end. What the acquirer holds is what the order says, and nobody
// who was told "not paid" has paid.
func TestMoneyEndsWhereTheKioskWasTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mode := rapid.SampledFrom([]qr.Mode{qr.Shown, qr.Scanned}).Draw(t, "mode")
		o, b, now := fresh(mode), &bank{givesBack: mode == qr.Scanned || rapid.Bool().Draw(t, "gives back")}, t0
		step := func(e Event) Effect {
			e.Now = now
			next, effect, err := Step(o, e)
			if err != nil {
				t.Fatalf("%+v in %+v: %v", e, o, err)
			}
			o = next

			return effect
		}
		carry := func(e Effect, calm bool) {
			pays := rapid.IntRange(0, 9).Draw(t, "pays") == 0 && !calm
			reaches := calm || rapid.IntRange(0, 5).Draw(t, "reaches") > 0
			answers := calm || rapid.IntRange(0, 5).Draw(t, "answers") > 0
			a := call.Answer{}
			if reaches {
				a = b.serve(e, pays)
			}
			if b.paid > 0 && !calm && rapid.IntRange(0, 3).Draw(t, "notice meanwhile") == 0 {
				step(Event{Kind: Noticed, Answer: yes})
			}
			if !answers {
				a = call.Answer{}
			}
			if calm || rapid.IntRange(0, 9).Draw(t, "restart") > 0 {
				step(Event{Kind: Answered, To: e, Answer: a, Word: Word{Gone: e == Close && b.refunded && a == yes}})
			}
		}

		for i := range 400 {
			calm := i > 200
			now = now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "seconds")) * time.Second)
			if calm {
				now = now.Add(time.Minute)
			}
			switch rapid.IntRange(0, 19).Draw(t, "what") {
			case 0:
				step(Event{Kind: Abandon, Why: "customer"})
			case 1:
				step(Event{Kind: Tell})
			case 2:
				if b.paid > 0 {
					step(Event{Kind: Noticed, Answer: yes})
				}
			case 3:
				if o.State == Paid && !calm && rapid.IntRange(0, 9).Draw(t, "refused") == 0 {
					step(Event{Kind: GiveBack, Why: "posting-refused"})
				}
			}
			if o.Due(now) {
				if e := step(Event{Kind: Due, Code: true}); e != "" {
					carry(e, calm)
				}
			}
		}
		if b.paid > 0 && o.State == NotPaid {
			step(Event{Kind: Noticed, Answer: yes}) // the notice comes in the end
			for o.Open() {
				now = now.Add(time.Minute)
				if e := step(Event{Kind: Due}); e != "" {
					carry(e, true)
				}
			}
		}

		if o.Open() {
			t.Fatalf("still open: %+v, acquirer %+v", o, *b)
		}
		holds := b.paid > 0 && !b.refunded
		if holds != (o.State == Paid) || b.refunded != (o.State == Refunded || o.State == NotPaid && o.Back) || holds && o.Told {
			t.Fatalf("order %s (told %v), acquirer %+v", o.State, o.Told, *b)
		}
	})
}

// TestATimeOfAClockThatWasAheadEnds: an order was abandoned while the clock was years
// ahead. It is not waited for until then: what the acquirer does not know is not paid
// once an order that is late would have arrived.
func TestATimeOfAClockThatWasAheadEnds(t *testing.T) {
	now := t0
	none := call.Answer{Outcome: call.NotDone, Retry: true}
	o := fresh(qr.Shown)
	ahead := now.AddDate(13, 0, 0)
	o, _, err := Step(o, Event{Kind: Abandon, Now: ahead, Why: "customer"})
	if err != nil || o.State != Closing {
		t.Fatal(o, err)
	}

	end := now.Add(Life + straySettle + backoffMax)
	for o.Open() && now.Before(end) {
		var effect Effect
		if o, effect, err = Step(o, Event{Kind: Due, Now: now}); err != nil {
			t.Fatal(err)
		}
		if effect != "" {
			if o, _, err = Step(o, Event{Kind: Answered, Now: now, To: effect, Answer: none, Word: Word{Reason: "no-order"}}); err != nil {
				t.Fatal(err)
			}
		}
		if o.NextAt.After(now) {
			now = o.NextAt
		}
	}
	if o.State != NotPaid || o.Why != "customer" {
		t.Errorf("at %s: %+v", now, o)
	}
}

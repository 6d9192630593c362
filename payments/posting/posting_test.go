package posting

import (
	"errors"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
)

var (
	t0    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	order = mis.Payment{Serial: "10000001000000000005", Account: "1000000001", Amount: 13000, BusinessDate: "20261123"}
	yes   = mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: 13000, ToArrears: 12850, ToAdvance: 150, Reference: "M1"}
)

// run drives a posting with answers until they are used up or it has ended. It
// fails if the calls that it makes are others.
func run(t *testing.T, p Posting, replies ...mis.Reply) Posting {
	t.Helper()
	for i, r := range replies {
		next, effect, err := Step(p, Event{Kind: call.Due, Now: p.NextAt})
		if err != nil || p.Request(effect).Op != r.Op {
			t.Fatalf("call %d is %q, %v; want %s", i, effect, err, r.Op)
		}
		if p, _, err = Step(next, Event{Kind: call.Answered, Now: p.NextAt, Reply: r}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func post(r mis.PostResult) mis.Reply { return mis.Reply{Op: mis.OpPost, Post: r} }
func ask(r mis.PostResult) mis.Reply  { return mis.Reply{Op: mis.OpAsk, Post: r} }

// codes are what the MIS of these tests says.
var codes = mis.Codes{
	{Code: "1002", Meaning: mis.SaysFailed},
	{Code: "1003", Meaning: mis.SaysNone},
	{Code: "1006", Meaning: mis.SaysBadPacket},
	{Code: "1035", Meaning: mis.SaysNoPartial},
	{Code: "1036", Meaning: mis.SaysNoArrears},
	{Code: "1042", Meaning: mis.SaysNotCalculated},
	{Code: "1043", Meaning: mis.SaysCalculating},
	{Code: "11007", Meaning: mis.SaysReversed},
	{Code: "1001", Meaning: mis.SaysOK},
	{Code: "1005", Meaning: mis.SaysInvalidReversal},
	{Code: "1015", Meaning: mis.SaysNoNextDay},
	{Code: "11006", Meaning: mis.SaysOtherOperator},
	{Code: "11065", Meaning: mis.SaysInvoicePrinted},
}

func reverse(code mis.Code) mis.Reply {
	v := codes.Classify(mis.OpReverse, code)
	return mis.Reply{Op: mis.OpReverse, Reverse: mis.ReverseResult{Outcome: v.Outcome, Wait: v.Wait, Code: code}}
}

// said is what the MIS's code alone makes of a post or an ask.
func said(op mis.Op, code mis.Code) mis.Reply {
	v := codes.Classify(op, code)
	return mis.Reply{Op: op, Post: mis.PostResult{Outcome: v.Outcome, Retry: v.Retry, Wait: v.Wait, Reversed: v.Reversed, Reason: v.Reason, Code: code}}
}

func TestPosted(t *testing.T) {
	p := run(t, New(order, t0), post(yes))
	if p.State != Posted || p.Reference != "M1" || p.ToArrears != 12850 || p.ToAdvance != 150 || p.Code != "1001" || p.Reason != "" {
		t.Errorf("%+v", p)
	}
}

func TestWhatTheBooksSay(t *testing.T) {
	less, split := yes, yes
	less.Amount, less.ToAdvance = 12900, 50
	split.ToAdvance = 151
	undone := said(mis.OpAsk, "11007")
	for name, c := range map[string]struct {
		p      Posting
		state  State
		code   string
		reason string
	}{
		"refused":             {run(t, New(order, t0), said(mis.OpPost, "1035"), said(mis.OpAsk, "1003")), Owed, "1035", "the MIS refused the posting"},
		"never calculated":    {run(t, New(order, t0), said(mis.OpPost, "1043"), said(mis.OpPost, "1042"), said(mis.OpAsk, "1003")), Owed, "1042", "the MIS refused the posting"},
		"refusal was an echo": {run(t, New(order, t0), said(mis.OpPost, "1036"), ask(yes)), Posted, "1001", ""},
		"another amount":      {run(t, New(order, t0), post(less)), Disputed, "1001", "the MIS booked 129.00, the order is 130.00"},
		"another split":       {run(t, New(order, t0), post(mis.PostResult{}), ask(split)), Disputed, "1001", "the MIS booked it as 128.50 to arrears and 1.51 to advance"},
		"reversed there":      {run(t, New(order, t0), post(mis.PostResult{}), undone), Owed, "11007", "the posting was reversed in the MIS"},
	} {
		if c.p.State != c.state || c.p.Code != c.code || c.p.Reason != c.reason {
			t.Errorf("%s: %s, %s, %q", name, c.p.State, c.p.Code, c.p.Reason)
		}
	}
}

// Refused is kept in our words, for the kiosk to show.
func TestRefusalIsKept(t *testing.T) {
	if p := run(t, New(order, t0), said(mis.OpPost, "1035"), said(mis.OpAsk, "1003")); p.Refusal != mis.NoPartial {
		t.Errorf("refusal %q", p.Refusal)
	}
}

// A single damaged frame does not make the money owed.
func TestOneBadPacketIsTriedAgain(t *testing.T) {
	p := run(t, New(order, t0), said(mis.OpPost, "1006"), said(mis.OpAsk, "1003"), post(yes))
	if p.State != Posted {
		t.Errorf("%s: %s", p.State, p.Reason)
	}
	var bad []mis.Reply
	for range 5 {
		bad = append(bad, said(mis.OpPost, "1006"), said(mis.OpAsk, "1003"))
	}
	if p := run(t, New(order, t0), bad...); p.State != Owed || p.Reason != "the MIS keeps answering the posting without booking it" {
		t.Errorf("%s: %s", p.State, p.Reason)
	}
}

// A MIS that is calculating, or says "failed" to a question, is waited for: a
// posting that it booked is not reversed.
func TestCalculatingIsWaitedFor(t *testing.T) {
	for _, code := range []mis.Code{"1043", "1002"} {
		p := run(t, New(order, t0), post(mis.PostResult{}))
		for p.NextAt.Before(t0.Add(3 * time.Hour)) {
			p = run(t, p, said(mis.OpAsk, code))
		}
		if p = run(t, p, ask(yes)); p.State != Posted {
			t.Errorf("%s for three hours: %s, %s", code, p.State, p.Reason)
		}
	}
}

// An answer that says nothing leads to a reversal after half an hour, not sooner.
func TestUnusableAnswersReverseAfterHalfAnHour(t *testing.T) {
	p := run(t, New(order, t0), post(mis.PostResult{}))
	for p.State == Asking {
		p = run(t, p, said(mis.OpAsk, "9999"))
	}
	if age := p.NextAt.Sub(t0); p.State != Reversing || age < 30*time.Minute || age > 40*time.Minute {
		t.Fatalf("%s after %s", p.State, age)
	}
	if q := run(t, p, reverse("1005"), said(mis.OpAsk, "1003")); q.State != Owed || q.Reason != "never posted: the MIS had nothing to reverse" {
		t.Errorf("%s: %s", q.State, q.Reason)
	}
	if q := run(t, p, reverse("1015"), ask(yes)); q.State != Posted {
		t.Errorf("%s: %s", q.State, q.Reason)
	}
	if q := run(t, p, reverse("1001")); q.State != Owed || q.Reason != "the posting was reversed" {
		t.Errorf("%s: %s", q.State, q.Reason)
	}
}

func TestRefusedReversalStaysPosted(t *testing.T) {
	for _, code := range []mis.Code{"1003", "1005", "1015", "11006", "11065"} {
		p, err := Apply(run(t, New(order, t0), post(yes)), NoCase, Reverse, t0)
		if err != nil {
			t.Fatal(err)
		}
		p = run(t, p, reverse(code))
		want := "the MIS refused the reversal; the payment stays posted (" + string(code) + ")"
		if p.State != Posted || p.Reference != "M1" || p.Code != "1001" || p.Testimony() != want {
			t.Errorf("%s: %s, %q, %q", code, p.State, p.Reason, p.Testimony())
		}
	}
}

func TestAllowed(t *testing.T) {
	ended := func(s State) Posting { p := New(order, t0); p.State = s; return p }
	flying := ended(Asking)
	flying.InFlight = true
	for _, c := range []struct {
		p    Posting
		m    Matter
		a    Action
		want bool
	}{
		{ended(Ordered), NoCase, Retry, true},
		{ended(Asking), CaseOpen, Retry, true},
		{flying, NoCase, Retry, false},
		{ended(Posted), NoCase, Retry, false},
		{ended(Owed), CaseOpen, Retry, true},
		{ended(Owed), CaseClosed, Retry, false},
		{ended(Owed), NoCase, Retry, false},
		{ended(Disputed), CaseOpen, Retry, true},
		{ended(Disputed), CaseClosed, Retry, false},
		{ended(Posted), NoCase, Reverse, true},
		{ended(Posted), CaseClosed, Reverse, true},
		{ended(Disputed), CaseOpen, Reverse, true},
		{ended(Disputed), CaseClosed, Reverse, false},
		{ended(Owed), CaseOpen, Reverse, false},
		{ended(Ordered), NoCase, Reverse, false},
		{ended(Owed), CaseOpen, "burn", false},
	} {
		err := Allowed(c.p, c.m, c.a)
		if (err == nil) != c.want || err != nil && !errors.Is(err, ErrAction) {
			t.Errorf("%s of %s, case %d: %v", c.a, Word(c.p.State), c.m, err)
		}
	}
	for s, want := range map[State]bool{Ordered: false, Asking: false, Reversing: false, Posted: true, Owed: true, Disputed: true} {
		if err := MayClose(ended(s)); (err == nil) != want {
			t.Errorf("closing the case of one that is %s: %v", Word(s), err)
		}
	}
}

func TestWordsOfTheBooks(t *testing.T) {
	for s, want := range map[State]string{Ordered: "ordered", Calling: "calling", Asking: "asking", Reversing: "reversing", Posted: "posted", Owed: "owed", Disputed: "disputed"} {
		got, err := ParseWord(want)
		if Word(s) != want || got != s || err != nil {
			t.Errorf("%s: %q, %s, %v", s, Word(s), got, err)
		}
	}
	if _, err := ParseWord("done"); err == nil {
		t.Error("done is no word of the books")
	}
}

func TestReversalSerialIsStable(t *testing.T) {
	if got := ReversalSerial(order.Serial); got != "R0000001000000000005" || len(got) != 20 {
		t.Error(got)
	}
	if got := BookingSerial(order.Serial); got != "B0000001000000000005" || len(got) != 20 {
		t.Error(got)
	}
}

package cardsystemtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// everything is one request of each operation, each with what the ledger shows once it was
// carried out; nil for what changes nothing. The sale of the suite is booked before it,
// but for the sale itself.
var everything = []struct {
	request cardsystem.Request
	shows   func(cardsystemsim.Entry) bool
}{
	{quote(meter1()), nil},
	{sale(), func(e cardsystemsim.Entry) bool { return e.Booked == 1 }},
	{ask(serial), nil},
	{reverse(today), func(e cardsystemsim.Entry) bool { return e.Reversed }},
	{steps(meter1(), 0), nil},
	{report(metercard.Unsure, 0), func(e cardsystemsim.Entry) bool { return e.Written == metercard.Unsure }},
	{totals(today), nil},
}

// silentFault is a fault that leaves a call without an answer that may be believed.
type silentFault struct {
	fault   cardsystemsim.Fault
	carried bool            // the request was carried out
	ops     []cardsystem.Op // that it applies to; nil is all
}

var silent = []silentFault{
	{cardsystemsim.NoReply, true, nil},
	{cardsystemsim.LoseRequest, false, nil},
	{cardsystemsim.Slow, true, nil},
	{cardsystemsim.Garbage, true, nil},
	{cardsystemsim.Oversized, true, nil},
	{cardsystemsim.OtherSerial, true, []cardsystem.Op{cardsystem.OpSell, cardsystem.OpAsk, cardsystem.OpReverse, cardsystem.OpSteps, cardsystem.OpReport}},
	{cardsystemsim.OtherCard, true, []cardsystem.Op{cardsystem.OpQuote, cardsystem.OpSell, cardsystem.OpAsk, cardsystem.OpSteps}},
	{cardsystemsim.OtherCount, true, []cardsystem.Op{cardsystem.OpSell, cardsystem.OpAsk}},
	{cardsystemsim.OtherRequest, true, []cardsystem.Op{cardsystem.OpReverse, cardsystem.OpSteps, cardsystem.OpTotals}},
}

// testSilent makes each operation under the fault: the outcome is unknown, and asking
// tells what became of it.
func (r Road) testSilent(t *testing.T, f silentFault) {
	for _, c := range everything {
		if f.ops != nil && !slices.Contains(f.ops, c.request.Op) {
			continue
		}
		t.Run(string(c.request.Op), func(t *testing.T) {
			w := r.begin(t)
			if c.request.Op != cardsystem.OpSell && c.request.Op != cardsystem.OpQuote {
				w.call(sale())
			}
			request := c.request
			if request.Op == cardsystem.OpAsk {
				request.Payment = sale().Payment // so that the card can be compared
			}

			w.set(f.fault, 1)
			w.unanswered(request)
			ctx, cancel := context.WithTimeout(t.Context(), ample)
			defer cancel()
			if err := w.sim.Until(ctx, f.fault); err != nil {
				t.Fatalf("it never reached the system: %v", err)
			}

			e, _ := w.sim.Entry(serial)
			if c.shows != nil && c.shows(e) != f.carried {
				t.Errorf("carried out: %v, want %v", c.shows(e), f.carried)
			}
			again := w.call(request)
			if outcomeOf(again) != mis.Done {
				t.Errorf("again: %+v", again)
			}
			if e := w.entry(serial, request.Op != cardsystem.OpQuote); e.Booked > 1 {
				t.Errorf("entry: %+v", e)
			}
		})
	}
}

// testDuplicate: what was received twice was carried out once.
func testDuplicate(t *testing.T, w *world) {
	w.set(cardsystemsim.Duplicate, 1)
	if p := w.call(sale()).Post; p.Outcome != mis.Done || p.Sold != hundred {
		t.Errorf("sale: %+v", p)
	}
	if e := w.entry(serial, true); e.Booked != 1 || e.Attempts != 2 {
		t.Errorf("entry: %+v", e)
	}
	w.set(cardsystemsim.Duplicate, 1)
	if r := w.call(reverse(today)).Reverse; r.Outcome != mis.Done || r.Code != w.says.Reversed {
		t.Errorf("reversal: %+v", r)
	}
}

// testAnswerTwice: the second copy of an answer is no answer to what is asked next, though
// that is the same question. A road that cannot tell which of the two is meant has none.
func testAnswerTwice(t *testing.T, w *world) {
	for range 4 {
		w.set(cardsystemsim.AnswerTwice, 1)
		if reply, err := w.road.Call(t.Context(), ask(serial)); reply.Post.Outcome == mis.Done || err == nil && (reply.Post.Outcome != mis.NotDone || !reply.Post.Retry) {
			t.Errorf("asked: %+v, %v", reply.Post, err)
		}
	}
	w.sim.Answer(sale())
	for range 4 {
		if p := w.call(ask(serial)).Post; p.Outcome != mis.Done || p.Sold != hundred {
			t.Errorf("asked once it was sold: %+v", p)
		}
	}
	w.set(cardsystemsim.AnswerTwice, 1)
	if reply, err := w.road.Call(t.Context(), reverse(today)); reply.Reverse.Outcome == mis.NotDone || err == nil && reply.Reverse.Outcome != mis.Done {
		t.Errorf("reversed: %+v, %v", reply.Reverse, err)
	}
	if p := w.call(ask(serial)).Post; !p.Reversed {
		t.Errorf("asked once it was reversed: %+v", p)
	}
	if e := w.entry(serial, true); e.Booked != 1 || !e.Reversed {
		t.Errorf("entry: %+v", e)
	}
}

// testLateAnswer: an answer that comes when nobody waits for it any more is no answer to
// what the same client asks meanwhile, though that is the same question.
func testLateAnswer(t *testing.T, w *world) {
	const late = 200 * time.Millisecond
	w.sim.SetSlow(late)
	w.set(cardsystemsim.Slow, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if w.sim.Until(t.Context(), cardsystemsim.Slow) == nil {
			cancel()
		}
	}()
	reply, err := w.road.Call(ctx, ask(serial))
	asked := time.Now()
	if err == nil {
		t.Error("given up: no error")
	}
	nothing(t, cardsystem.OpAsk, reply)

	w.sim.Answer(sale())
	for time.Since(asked) < 2*late { // its answer "none" comes meanwhile
		if p := w.call(ask(serial)).Post; p.Outcome != mis.Done || p.Sold != hundred {
			t.Fatalf("asked once it was sold: %+v", p)
		}
	}
}

// testError: a refusal that is not true is still true of the ledger: nothing was done.
func testError(t *testing.T, w *world) {
	seen := map[mis.Outcome]int{}
	for range 24 {
		w.set(cardsystemsim.Error, 1)
		p := w.call(sale()).Post
		seen[p.Outcome]++
		if p.Outcome == mis.Done || p.Code == "" || p.Code == w.says.OK {
			t.Errorf("sale: %+v", p)
		}
		w.entry(serial, false)
	}
	if seen[mis.Unknown] == 0 || seen[mis.NotDone] == 0 {
		t.Errorf("outcomes seen: %v", seen)
	}

	w.call(sale())
	for range 8 {
		for _, r := range []cardsystem.Request{ask(serial), reverse(today), steps(meter1(), 0), report(metercard.Written, 5)} {
			w.set(cardsystemsim.Error, 1)
			if reply := w.call(r); outcomeOf(reply) == mis.Done {
				t.Errorf("%s: %+v", r.Op, reply)
			}
		}
	}
	if e := w.entry(serial, true); e.Reversed || e.Written != "" {
		t.Errorf("entry: %+v", e)
	}
	if p := w.call(ask(serial)).Post; p.Outcome != mis.Done || p.Sold != hundred {
		t.Errorf("ask: %+v", p)
	}
}

func testBusy(t *testing.T, w *world) {
	w.set(cardsystemsim.Busy, 1)
	if q := w.call(quote(meter1())).Quote; q.Outcome != mis.NotDone || q.Reason != mis.NotNow {
		t.Errorf("quote: %+v", q)
	}
	w.call(sale())
	w.set(cardsystemsim.Busy, 2)
	if p := w.call(ask(serial)).Post; p.Outcome != mis.Unknown || !p.Wait {
		t.Errorf("ask: %+v", p)
	}
	if r := w.call(reverse(today)).Reverse; r.Outcome != mis.Unknown || !r.Wait {
		t.Errorf("reversal: %+v", r)
	}
}

func testKeysAway(t *testing.T, w *world) {
	w.call(sale())
	w.set(cardsystemsim.KeysAway, 1)
	if s := w.call(steps(meter1(), 0)).Steps; s.Outcome != mis.NotDone || s.Reason != mis.KeysAway {
		t.Errorf("steps: %+v", s)
	}
	if s := w.call(steps(meter1(), 0)).Steps; s.Outcome != mis.Done {
		t.Errorf("steps once they are back: %+v", s)
	}
	w.sim.SetEncryptor(nil)
	if s := w.call(steps(meter1(), 0)).Steps; s.Outcome != mis.NotDone || s.Reason != mis.KeysAway {
		t.Errorf("steps without an encryption service: %+v", s)
	}
}

// testLateSale: the sale arrives after the question whether it did was answered "none",
// and a repeat does not book it twice.
func testLateSale(t *testing.T, w *world) {
	w.set(cardsystemsim.LateSale, 1)
	w.unanswered(sale())
	w.entry(serial, false)
	if p := w.call(ask(serial)).Post; p.Outcome != mis.NotDone || !p.Retry {
		t.Errorf("ask: %+v", p)
	}
	if p := w.call(sale()).Post; p.Outcome != mis.Done || p.Sold != hundred {
		t.Errorf("sale: %+v", p)
	}
	if e := w.entry(serial, true); e.Booked != 1 || e.Attempts != 2 {
		t.Errorf("entry: %+v", e)
	}
}

func testDown(t *testing.T, w *world) {
	w.call(sale())
	w.set(cardsystemsim.Down, cardsystemsim.Forever)
	for _, r := range []cardsystem.Request{quote(meter1()), sell(second, second2(2), "1000000005", 3000), ask(serial), reverse(today), steps(meter1(), 0), report(metercard.Written, 5), totals(today)} {
		reply, err := w.hasty.Call(t.Context(), r)
		if err == nil {
			t.Errorf("%s while it is down: no error", r.Op)
		}
		if p := reply.Post; reply.Code() != "" || outcomeOf(reply) == mis.Done || outcomeOf(reply) == mis.NotDone && (r.Op != cardsystem.OpSell || !p.Retry) {
			t.Errorf("%s while it is down: %+v", r.Op, reply)
		}
	}
	w.entry(second, false)
	if e := w.entry(serial, true); e.Reversed || e.Written != "" {
		t.Errorf("entry: %+v", e)
	}
}

// testCancelled ends the caller's context during and before a call.
func testCancelled(t *testing.T, w *world) {
	ctx, cancel := context.WithCancel(t.Context())
	w.set(cardsystemsim.NoReply, 1)
	go func() {
		if err := w.sim.Until(t.Context(), cardsystemsim.NoReply); err == nil {
			cancel()
		}
	}()
	reply, err := w.road.Call(ctx, sale())
	if err == nil {
		t.Error("cancelled during the call: no error")
	}
	nothing(t, cardsystem.OpSell, reply)
	cancel()
	reply, err = w.road.Call(ctx, sell(second, second2(2), "1000000005", 3000))
	if err == nil || reply.Post.Outcome == mis.Done {
		t.Errorf("cancelled before the call: %+v, %v", reply.Post, err)
	}
	w.entry(serial, true)
	w.entry(second, false)
}

// testNoCrossTalk makes many calls at once; each gets its own answer.
func testNoCrossTalk(t *testing.T, w *world) {
	const calls = 24
	var all sync.WaitGroup
	for i := range calls {
		account, card := fmt.Sprintf("20000000%02d", i), fmt.Sprintf("00000000000001%02d", i)
		if err := w.sim.AddAccount(cardsystemsim.Account{Number: account, Name: fmt.Sprint("客户", i)}); err != nil {
			t.Fatal(err)
		}
		if err := w.sim.AddCard(cardsystemsim.Card{Serial: card, Account: account}); err != nil {
			t.Fatal(err)
		}

		all.Go(func() {
			f := metercard.Facts{Serial: card, Form: metercard.CPU, Kind: metercard.Purchase}
			amount, serial := money.Amount(100+i), fmt.Sprintf("00000001020000%06d", i)
			for _, r := range []cardsystem.Request{quote(f), sell(serial, f, account, amount), ask(serial)} {
				reply, err := w.road.Call(t.Context(), r)
				switch {
				case err != nil || outcomeOf(reply) != mis.Done:
					t.Errorf("%s of %d: %+v, %v", r.Op, i, reply, err)
				case r.Op == cardsystem.OpQuote && reply.Quote.Quote.Account != account:
					t.Errorf("quote of %d: %+v", i, reply.Quote)
				case r.Op != cardsystem.OpQuote && (reply.Post.Amount != amount || reply.Post.Sold.Card != card || reply.Post.Sold.Count != 1):
					t.Errorf("%s of %d: %+v", r.Op, i, reply.Post)
				}
			}
		})
	}
	all.Wait()
}

package mistest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
)

const lost = "20261123000000000001"

func (s *suite) testNoReply(t *testing.T) {
	w := s.begin(t)
	w.unanswered(missim.NoReply, post(lost, "1000000001", 12850))
	w.booked(lost, true)
	w.account("1000000001", 0, 0)
	w.unanswered(missim.NoReply, ask(lost))
	if p := w.call(ask(lost)).Post; p.Outcome != mis.Done || p.Amount != 12850 || p.ToArrears != 12850 {
		t.Errorf("ask: %+v", p)
	}
	w.unanswered(missim.NoReply, reverse("R"+lost[1:], lost, today))
	if e := w.booked(lost, true); !e.Reversed {
		t.Error("the reversal without a reply was not carried out")
	}
	w.unanswered(missim.NoReply, query("1000000001"))
}

func (s *suite) testLoseRequest(t *testing.T) {
	w := s.begin(t)
	w.unanswered(missim.LoseRequest, post(lost, "1000000001", 12850))
	w.booked(lost, false)
	if p := w.call(ask(lost)).Post; p.Outcome != mis.NotDone || p.Code != w.codes.None || !p.Retry {
		t.Errorf("ask: %+v", p)
	}
	if p := w.call(post(lost, "1000000001", 12850)).Post; p.Outcome != mis.Done {
		t.Errorf("post again: %+v", p)
	}
	w.unanswered(missim.LoseRequest, reverse("R"+lost[1:], lost, today))
	w.account("1000000001", 0, 0)
}

func (s *suite) testSlow(t *testing.T) {
	w := s.begin(t)
	w.unanswered(missim.Slow, post(lost, "1000000001", 12850))
	w.booked(lost, true)
	if p := w.call(ask(lost)).Post; p.Outcome != mis.Done || p.Amount != 12850 {
		t.Errorf("ask: %+v", p)
	}
}

func (s *suite) testDuplicate(t *testing.T) {
	w := s.begin(t)
	w.set(missim.Duplicate, 1)
	if p := w.call(post(lost, "1000000001", 5000)).Post; p.Outcome != mis.Unknown || p.Code != w.codes.Duplicate {
		t.Errorf("post: %+v", p)
	}
	w.account("1000000001", 7850, 0)
	if e := w.booked(lost, true); e.PostedCount != 1 || e.Attempts != 2 {
		t.Errorf("entry: %+v", e)
	}
	if p := w.call(ask(lost)).Post; p.Outcome != mis.Done || p.Amount != 5000 {
		t.Errorf("ask: %+v", p)
	}
	w.set(missim.Duplicate, 1)
	if r := w.call(reverse("R"+lost[1:], lost, today)).Reverse; r.Outcome != mis.Done || r.Code != w.codes.Reversed {
		t.Errorf("reverse: %+v", r)
	}
}

// testError posts under every kind of mistake: "not done" must be true, and
// asking resolves the rest to what the ledger says.
func (s *suite) testError(t *testing.T) {
	w := s.begin(t)
	seen := map[mis.Outcome]int{}
	for i := range 40 {
		serial := fmt.Sprintf("20261123%012d", i)
		w.set(missim.Error, 1)
		reply, err := w.mis.Call(t.Context(), post(serial, "1000000002", 100))
		p := reply.Post
		seen[p.Outcome]++
		_, booked := w.sim.Entry(serial)
		switch {
		case p.Outcome == mis.Done:
			t.Errorf("post %d: done under the fault", i)
		case p.Outcome == mis.NotDone && (booked || p.Code != w.codes.Calculating || !p.Retry || err != nil):
			t.Errorf("post %d: %+v, %v; booked %v", i, p, err, booked)
		case p.Outcome == mis.Unknown && p.Code == "" && err == nil:
			t.Errorf("post %d: garbage without an error", i)
		}
		if a := w.call(ask(serial)).Post; (a.Outcome == mis.Done) != booked {
			t.Errorf("ask %d: %+v; booked %v", i, a, booked)
		}
	}
	if seen[mis.Unknown] == 0 || (seen[mis.NotDone] > 0) != w.codes.Waits {
		t.Errorf("outcomes seen: %v, want unknown, and not done if the dialect can say that it calculates", seen)
	}
}

func (s *suite) testDown(t *testing.T) {
	w := s.begin(t)
	w.set(missim.Down, missim.Forever)
	for _, r := range []mis.Request{query("1000000001"), post(lost, "1000000001", 5000), ask(lost), reverse("R"+lost[1:], lost, today)} {
		reply, err := w.mis.Call(t.Context(), r)
		if err == nil {
			t.Errorf("%s while down: no error", r.Op)
		}
		p := reply.Post
		if p.Code != "" || p.Outcome == mis.Done || (p.Outcome == mis.NotDone && (r.Op != mis.OpPost || !p.Retry)) {
			t.Errorf("%s while down: %+v", r.Op, p)
		}
		if reply.Query.Outcome != mis.Unknown || reply.Reverse.Outcome != mis.Unknown {
			t.Errorf("%s while down: %+v", r.Op, reply)
		}
	}
	w.booked(lost, false)
	w.set(missim.Down, 0)
	if p := w.call(ask(lost)).Post; p.Outcome != mis.NotDone || !p.Retry {
		t.Errorf("ask once up: %+v", p)
	}
}

// testCancelled ends the caller's context before and during a call.
func (s *suite) testCancelled(t *testing.T) {
	w := s.begin(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.set(missim.NoReply, 1)
	go func() {
		if err := w.sim.Until(t.Context(), missim.NoReply); err == nil {
			cancel()
		}
	}()
	reply, err := w.mis.Call(ctx, post(lost, "1000000001", 5000))
	if err == nil || reply.Post != (mis.PostResult{}) {
		t.Errorf("cancelled during the call: %+v, %v; want unknown", reply.Post, err)
	}
	cancel()
	reply, err = w.mis.Call(ctx, post("20261123000000000002", "1000000001", 5000))
	if err == nil || reply.Post.Outcome == mis.Done {
		t.Errorf("cancelled before the call: %+v, %v", reply.Post, err)
	}
	w.booked(lost, true)
	w.booked("20261123000000000002", false)
}

// testNoCrossTalk makes many calls at once; each gets its own answer.
func (s *suite) testNoCrossTalk(t *testing.T) {
	w := s.begin(t)
	const calls = 24
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			amount := money.Amount(100 + i)
			serial := fmt.Sprintf("20261123%012d", i)
			reply, err := w.mis.Call(t.Context(), post(serial, "1000000002", amount))
			if err != nil || reply.Post.Outcome != mis.Done || reply.Post.Amount != amount {
				t.Errorf("post of %d: %+v, %v", amount, reply.Post, err)
			}
			reply, err = w.mis.Call(t.Context(), ask(serial))
			if err != nil || reply.Post.Amount != amount {
				t.Errorf("ask for %d: %+v, %v", amount, reply.Post, err)
			}
		})
	}
	all.Wait()
	w.account("1000000002", 0, calls*100+calls*(calls-1)/2)
}

func (w *world) set(f missim.Fault, n int) {
	w.t.Helper()
	if err := w.sim.SetFor(f, n); err != nil {
		w.t.Fatal(err)
	}
}

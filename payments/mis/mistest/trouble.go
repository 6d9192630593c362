package mistest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
)

// testLateBooking: the first posting arrives after the question whether it did
// was answered "none", and a repeat must not book it twice.
func (s *suite) testLateBooking(t *testing.T) {
	w := s.begin(t)
	w.unanswered(missim.LateBooking, post(lost, "1000000001", 12850))
	w.booked(lost, false)
	if p := w.call(ask(lost)).Post; p.Outcome != mis.NotDone || !p.Retry {
		t.Errorf("ask: %+v", p)
	}
	if p := w.call(post(lost, "1000000001", 12850)).Post; p.Outcome != mis.Unknown || p.Code != w.codes.Duplicate {
		t.Errorf("post again: %+v", p)
	}
	if e := w.booked(lost, true); e.PostedCount != 1 {
		t.Errorf("entry: %+v", e)
	}
	w.account("1000000001", 0, 0)

	// Nobody asks: it arrives when its time has come.
	second := "20261123000000000002"
	w.unanswered(missim.LateBooking, post(second, "1000000002", 100))
	w.now = w.now.Add(time.Hour - time.Second)
	w.booked(second, false)
	w.now = w.now.Add(time.Second)
	w.booked(second, true)

	third := "20261123000000000003"
	w.unanswered(missim.LateBooking, post(third, "1000000002", 100))
	if n := w.sim.Settle(); n != 1 {
		t.Errorf("%d postings settled", n)
	}
	w.booked(third, true)
}

// testOtherSerial: an answer about another serial says nothing about ours.
func (s *suite) testOtherSerial(t *testing.T) {
	w := s.begin(t)
	for _, r := range []mis.Request{post(lost, "1000000001", 12850), ask(lost), reverse("R"+lost[1:], lost, today)} {
		w.set(missim.OtherSerial, 1)
		reply, err := w.mis.Call(t.Context(), r)
		if !errors.Is(err, socket.ErrMismatch) || reply.Post != (mis.PostResult{}) || reply.Reverse != (mis.ReverseResult{}) {
			t.Errorf("%s: %+v, %v", r.Op, reply, err)
		}
	}
	if e := w.booked(lost, true); !e.Reversed {
		t.Error("what was answered wrongly was not carried out")
	}
}

// testOtherSum: what the MIS says of the sum is told as it is, parts that do not make it
// up are no answer, and what it booked is right.
func (s *suite) testOtherSum(t *testing.T) {
	w := s.begin(t)
	w.set(missim.OtherSum, 9)
	told, unusable := 0, 0
	for _, r := range append([]mis.Request{post(lost, "1000000001", 12850)}, slices.Repeat([]mis.Request{ask(lost)}, 8)...) {
		reply, err := w.mis.Call(t.Context(), r)
		switch p := reply.Post; {
		case err != nil && p.Outcome == mis.Unknown:
			unusable++
		case err == nil && p.Outcome == mis.Done && p.Amount == 12950 && p.ToArrears+p.ToAdvance == 12950:
			told++
		default:
			t.Errorf("%s: %+v, %v", r.Op, p, err)
		}
	}
	if told == 0 || unusable == 0 {
		t.Errorf("told another sum %d times, other parts %d times", told, unusable)
	}
	w.booked(lost, true)
	if p := w.call(ask(lost)).Post; p.Amount != 12850 || p.ToArrears+p.ToAdvance != 12850 {
		t.Errorf("after it: %+v", p)
	}
}

// testDamagedRequest: a request that changes on its way is carried out by nobody,
// and is never an answer that decides.
func (s *suite) testDamagedRequest(t *testing.T) {
	w := s.begin(t)
	for range 8 {
		w.set(missim.DamagedRequest, 1)
		reply, err := w.hasty.Call(t.Context(), post(lost, "1000000001", 12850))
		if reply.Post.Outcome != mis.Unknown || reply.Post.Code == "" && err == nil {
			t.Fatalf("%+v, %v", reply.Post, err)
		}
		w.booked(lost, false)
	}
	if p := w.call(post(lost, "1000000001", 12850)).Post; p.Outcome != mis.Done {
		t.Errorf("undamaged: %+v", p)
	}
}

// testEchoRefusal: a repeat is refused because of our own first posting; asking
// tells that it is booked.
func (s *suite) testEchoRefusal(t *testing.T) {
	w := s.begin(t)
	w.unanswered(missim.NoReply, post(lost, "1000000001", 12850))
	for range 10 {
		w.set(missim.EchoRefusal, 1)
		if p := w.call(post(lost, "1000000001", 12850)).Post; p.Outcome == mis.Done || p.Retry {
			t.Errorf("post again: %+v", p)
		}
		if p := w.call(ask(lost)).Post; p.Outcome != mis.Done || p.Amount != 12850 {
			t.Errorf("ask: %+v", p)
		}
	}
	if e := w.booked(lost, true); e.PostedCount != 1 {
		t.Errorf("entry: %+v", e)
	}
}

// testCalculating: for an hour nothing is carried out; an answer to ask or reverse
// is only "later".
func (s *suite) testCalculating(t *testing.T) {
	w := s.begin(t)
	w.call(post(lost, "1000000001", 12850))
	if err := w.sim.SetUntil(missim.Calculating, w.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, minutes := range []int{0, 30, 29} {
		w.now = w.now.Add(time.Duration(minutes) * time.Minute)
		p := w.call(post("20261123000000000002", "1000000002", 100)).Post
		if want := map[bool]mis.Outcome{true: mis.NotDone, false: mis.Unknown}[w.codes.Waits]; p.Outcome != want || p.Retry != w.codes.Waits || p.Code != w.codes.Calculating {
			t.Errorf("post: %+v", p)
		}
		if p := w.call(ask(lost)).Post; p.Outcome != mis.Unknown || !p.Wait || p.Code != w.codes.Calculating {
			t.Errorf("ask: %+v", p)
		}
		if r := w.call(reverse("R"+lost[1:], lost, today)).Reverse; r.Outcome != mis.Unknown || !r.Wait {
			t.Errorf("reverse: %+v", r)
		}
		w.booked("20261123000000000002", false)
	}
	w.now = w.now.Add(time.Minute)
	if p := w.call(ask(lost)).Post; p.Outcome != mis.Done {
		t.Errorf("after the hour: %+v", p)
	}
}

func (s *suite) testDenyReversal(t *testing.T) {
	w := s.begin(t)
	w.call(post(lost, "1000000001", 12850))
	for range 10 {
		w.set(missim.DenyReversal, 1)
		if r := w.call(reverse("R"+lost[1:], lost, today)).Reverse; r.Outcome != mis.NotDone || r.Code == "" {
			t.Errorf("reverse: %+v", r)
		}
	}
	if p := w.call(ask(lost)).Post; p.Outcome != mis.Done || p.Reversed {
		t.Errorf("ask: %+v", p)
	}
}

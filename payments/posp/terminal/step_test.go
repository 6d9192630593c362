package terminal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

var nine = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// story is a terminal to which things happen. What it does is written down as words.
type story struct {
	t     *testing.T
	state terminal.State
	now   time.Time
	did   []string
}

func begin(t *testing.T) *story { return &story{t: t, state: terminal.New(1, 1), now: nine} }

// signedIn is a terminal with keys, whose next trace is 2.
func signedIn(t *testing.T) *story {
	s := begin(t)
	s.event(terminal.Event{Kind: terminal.Started})
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 1, Batch: 1, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.expect("send sign-in 1", "load-keys")
	return s
}

// event applies an event that must be taken.
func (s *story) event(e terminal.Event) {
	s.t.Helper()
	e.Now = s.now
	next, actions, err := terminal.Step(s.state, e)
	if err != nil {
		s.t.Fatalf("%s: %v", e.Kind, err)
	}
	s.state = next
	for _, a := range actions {
		s.did = append(s.did, words(a))
	}
}

// refused applies an event that must be refused, and change nothing.
func (s *story) refused(e terminal.Event) error {
	s.t.Helper()
	e.Now = s.now
	before := fmt.Sprintf("%+v", s.state)
	next, actions, err := terminal.Step(s.state, e)
	if err == nil || actions != nil || fmt.Sprintf("%+v", next) != before {
		s.t.Errorf("%s: %v, %v", e.Kind, actions, err)
	}
	return err
}

func (s *story) answer(a posp.Answer) {
	s.t.Helper()
	s.event(terminal.Event{Kind: terminal.Answered, Answer: a})
}

func (s *story) lost(op posp.Op, trace uint32, c terminal.Cause) {
	s.t.Helper()
	s.event(terminal.Event{Kind: terminal.Lost, Op: op, Trace: trace, Cause: c})
}

func (s *story) sale(serial string, amount money.Amount) {
	s.t.Helper()
	s.event(saleOf(serial, amount))
}

func saleOf(serial string, amount money.Amount) terminal.Event {
	return terminal.Event{Kind: terminal.Ordered, Op: posp.Sale, Serial: serial, Amount: amount, Entry: posp.ChipPIN, Masked: "622588******0019"}
}

// pass lets time pass, and says so.
func (s *story) pass(d time.Duration) {
	s.t.Helper()
	s.now = s.now.Add(d)
	s.event(terminal.Event{Kind: terminal.Due})
}

// expect compares what was done since the last time.
func (s *story) expect(want ...string) {
	s.t.Helper()
	if got := strings.Join(s.did, "; "); got != strings.Join(want, "; ") {
		s.t.Errorf("\n got %s\nwant %s", got, strings.Join(want, "; "))
	}
	s.did = nil
}

func words(a terminal.Action) string {
	c := a.Conclusion
	say := func(what string) string {
		w := fmt.Sprintf("%s %s %d %v", what, c.Op, c.Trace, c.Outcome)
		for _, more := range []string{c.Serial, string(c.Reason), string(c.Cause)} {
			if more != "" {
				w += " " + more
			}
		}
		if c.Capture {
			w += " capture"
		}
		if c.Contradicts {
			w += " contradicts"
		}
		return w
	}
	switch a.Do {
	case terminal.Send:
		w := fmt.Sprintf("send %s %d", a.Request.Op, a.Request.Trace)
		switch a.Request.Op {
		case posp.Reversal:
			w += fmt.Sprintf(" why %s of batch %d", a.Request.Why, a.Request.Batch)
		case posp.Settle:
			w += fmt.Sprintf(" %d/%d %d/%d", a.Request.Totals.Debit, a.Request.Totals.Debits, a.Request.Totals.Credit, a.Request.Totals.Credits)
		case posp.Upload:
			w += fmt.Sprintf(" of %d from %d", len(a.Request.Details), a.Request.Details[0].Trace)
		case posp.UploadEnd:
			w += fmt.Sprintf(" after %d", a.Request.Count)
		}
		return w
	case terminal.Conclude:
		return say("conclude")
	case terminal.TellReversed:
		return say("reversed")
	case terminal.TellEvidence:
		return say("evidence")
	case terminal.TellSettled:
		return fmt.Sprintf("settled %d equal %v", a.Settlement.Batch, a.Settlement.Equal)
	case terminal.Report:
		return fmt.Sprintf("report %s %s%s %d", a.Trouble.What, a.Trouble.Code, a.Trouble.Cause, a.Trouble.Failures)
	}
	return string(a.Do)
}

func TestSaleApproved(t *testing.T) {
	s := signedIn(t)
	s.sale("A", 100)
	s.expect("send sale 2")
	if err := s.refused(saleOf("B", 1)); err == nil || err.Error() != "the terminal takes no order: busy" {
		t.Error(err)
	}
	s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "00", Reference: "R", Date: "1126", AuthCode: "A"})
	s.expect("conclude sale 2 done A approved")

	want := terminal.Item{
		Serial: "A", Op: posp.Sale, Trace: 2, Amount: 100, Entry: posp.ChipPIN, Masked: "622588******0019", Date: "1126", Reference: "R", AuthCode: "A",
	}
	if len(s.state.Batch.Items) != 1 || s.state.Batch.Items[0] != want {
		t.Errorf("%+v", s.state.Batch)
	}
	if got := s.state.Batch.Original(want); got != (posp.Original{Op: posp.Sale, Batch: 1, Trace: 2, Date: "1126", Reference: "R", AuthCode: "A"}) {
		t.Errorf("%+v", got)
	}

	s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "00"}) // the same again
	s.lost(posp.Sale, 2, terminal.TimedOut)
	s.expect()
}

func TestSaleNotApproved(t *testing.T) {
	for name, c := range map[string]struct {
		event terminal.Event
		want  []string
		items int
	}{
		"refused":   {terminal.Event{Kind: terminal.Answered, Answer: posp.Answer{Op: posp.Sale, Trace: 2, Code: "51"}}, []string{"conclude sale 2 not-done A no-funds"}, 0},
		"captured":  {terminal.Event{Kind: terminal.Answered, Answer: posp.Answer{Op: posp.Sale, Trace: 2, Code: "41"}}, []string{"conclude sale 2 not-done A lost capture"}, 0},
		"bad keys":  {terminal.Event{Kind: terminal.Answered, Answer: posp.Answer{Op: posp.Sale, Trace: 2, Code: "A0"}}, []string{"conclude sale 2 not-done A keys", "send sign-in 3"}, 0},
		"not sent":  {terminal.Event{Kind: terminal.Lost, Op: posp.Sale, Trace: 2, Cause: terminal.NotSent}, []string{"conclude sale 2 not-done A later not-sent"}, 0},
		"unclear":   {terminal.Event{Kind: terminal.Answered, Answer: posp.Answer{Op: posp.Sale, Trace: 2, Code: "96"}}, []string{"conclude sale 2 unknown A unclear", "send reversal 2 why 98 of batch 1"}, 0},
		"no answer": {terminal.Event{Kind: terminal.Lost, Op: posp.Sale, Trace: 2, Cause: terminal.TimedOut}, []string{"conclude sale 2 unknown A unclear timed-out", "send reversal 2 why 98 of batch 1"}, 0},
		"unreadable": {
			terminal.Event{Kind: terminal.Lost, Op: posp.Sale, Trace: 2, Cause: terminal.Unreadable},
			[]string{"conclude sale 2 unknown A unclear unreadable", "send reversal 2 why 98 of batch 1"},
			0,
		},
		"of another": {
			terminal.Event{Kind: terminal.Lost, Op: posp.Sale, Trace: 2, Cause: terminal.OfAnother},
			[]string{"conclude sale 2 unknown A unclear of-another", "send reversal 2 why 98 of batch 1"},
			0,
		},
		"wrong MAC": {
			terminal.Event{Kind: terminal.Lost, Op: posp.Sale, Trace: 2, Cause: terminal.WrongMAC, Hint: "00"},
			[]string{"conclude sale 2 unknown A unclear wrong-mac", "send sign-in 3"},
			0,
		},
		"restart": {terminal.Event{Kind: terminal.Started}, []string{"conclude sale 2 unknown A unclear timed-out", "send reversal 2 why 98 of batch 1"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := signedIn(t)
			s.sale("A", 100)
			s.expect("send sale 2")
			s.event(c.event)
			s.expect(c.want...)
			if len(s.state.Batch.Items) != c.items {
				t.Errorf("%+v", s.state.Batch)
			}
		})
	}
}

// TestReversalForEver: pauses grow to their longest, and only the POSP ends it.
func TestReversalForEver(t *testing.T) {
	s := signedIn(t)
	s.sale("A", 100)
	s.lost(posp.Sale, 2, terminal.TimedOut)
	s.expect("send sale 2", "conclude sale 2 unknown A unclear timed-out", "send reversal 2 why 98 of batch 1")
	if err := s.refused(saleOf("B", 1)); err == nil || err.Error() != "the terminal takes no order: reversal" {
		t.Error(err)
	}

	var pauses []string
	for range 9 {
		s.lost(posp.Reversal, 2, terminal.TimedOut)
		s.did = nil
		pauses = append(pauses, s.state.Next().Sub(s.now).String())
		s.now = s.state.Next().Add(-time.Second)
		s.event(terminal.Event{Kind: terminal.Due})
		s.expect()
		s.pass(time.Second)
		s.expect("send reversal 2 why 98 of batch 1")
	}
	if got := strings.Join(pauses, " "); got != "10s 20s 40s 1m20s 2m40s 5m20s 10m40s 15m0s 15m0s" {
		t.Error(got)
	}

	s.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: "05"})
	s.did = nil
	s.event(terminal.Event{Kind: terminal.Started})
	s.expect("conclude sale 2 unknown A unclear timed-out")
	s.pass(time.Hour)
	s.expect("send reversal 2 why 98 of batch 1")
	s.event(terminal.Event{Kind: terminal.Started}) // while it is under way
	s.expect("conclude sale 2 unknown A unclear timed-out")
	s.pass(time.Hour)
	s.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: "00"})
	s.expect("send reversal 2 why 98 of batch 1", "reversed sale 2 done A approved")
	if s.state.Blocked() != terminal.NotBlocked || !s.state.Next().IsZero() {
		t.Errorf("%+v", s.state)
	}
	s.event(terminal.Event{Kind: terminal.Started})
	s.expect("conclude sale 2 unknown A unclear timed-out", "reversed sale 2 done A approved")
}

func TestReversalReports(t *testing.T) {
	s := signedIn(t)
	s.sale("A", 100)
	s.lost(posp.Sale, 2, terminal.TimedOut)
	s.did = nil
	for range 8 {
		s.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: "05"})
		s.pass(terminal.LongestPause)
	}
	again := "send reversal 2 why 98 of batch 1"
	s.expect("report reversal 05 1", again, "report reversal 05 2", again, again, "report reversal 05 4", again, again, again, again, "report reversal 05 8", again)
}

func TestReversalEnds(t *testing.T) {
	for code, want := range map[posp.Code]string{
		"00": "reversed sale 2 done A approved",
		"25": "reversed sale 2 done A no-original",
		"12": "reversed sale 2 done A no-original",
		"05": "report reversal 05 1",
		"94": "report reversal 94 1",
		"96": "report reversal 96 1",
		"Z9": "report reversal Z9 1",
		"A0": "report reversal A0 1; send sign-in 3",
	} {
		s := signedIn(t)
		s.sale("A", 100)
		s.lost(posp.Sale, 2, terminal.TimedOut)
		s.did = nil
		s.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: code})
		s.expect(want)
	}
}

// TestReversalAfterNewKeys: a wrong MAC has the terminal sign in, and the reversal is
// sent again, under the new keys.
func TestReversalAfterNewKeys(t *testing.T) {
	s := signedIn(t)
	s.sale("A", 100)
	s.lost(posp.Sale, 2, terminal.WrongMAC)
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 3, Batch: 9, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Due})
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.expect("send sale 2", "conclude sale 2 unknown A unclear wrong-mac", "send sign-in 3", "load-keys", "send reversal 2 why A0 of batch 1")
	if s.state.Keys.Generation != 2 || s.state.Batch.Number != 9 {
		t.Errorf("%+v", s.state)
	}

	s.lost(posp.Reversal, 2, terminal.WrongMAC)
	s.expect("report reversal wrong-mac 1", "send sign-in 4")
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 4, Batch: 9, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.expect("load-keys") // not at once: it has a pause
	s.pass(terminal.FirstPause)
	s.expect("send reversal 2 why A0 of batch 1")
}

// TestLateAnswerNeverCredits: an approval that comes while the reversal is pending is
// evidence. The reversal goes on.
func TestLateAnswerNeverCredits(t *testing.T) {
	approved := posp.Answer{Op: posp.Sale, Trace: 2, Code: "00"}
	s := signedIn(t)
	s.sale("A", 100)
	s.lost(posp.Sale, 2, terminal.TimedOut)
	s.did = nil
	if q, ok := s.state.Late(); !ok || q.Op != posp.Sale || q.Trace != 2 || q.Batch != 1 || q.Amount != 100 {
		t.Errorf("%+v, %v", q, ok)
	}
	s.answer(approved)
	s.expect("evidence sale 2 done A approved")
	s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "51"}) // a refusal says nothing new
	s.expect()
	if len(s.state.Batch.Items) != 0 || s.state.Blocked() != terminal.Reversing {
		t.Errorf("%+v", s.state)
	}

	first, later := *s, *s
	first.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: "25"}) // after an approval, before any reversal
	first.expect("reversed sale 2 done A no-original contradicts")
	later.lost(posp.Reversal, 2, terminal.TimedOut) // carried out, or never sent: nobody knows
	later.pass(time.Minute)
	later.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: "25"})
	later.expect("report reversal timed-out 1", "send reversal 2 why 98 of batch 1", "reversed sale 2 done A no-original contradicts")

	later.answer(approved) // after the end, which said that there was nothing
	later.expect("evidence sale 2 done A approved contradicts")
	if _, ok := later.state.Late(); ok {
		t.Error("nothing is awaited")
	}
	s.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: "00"})
	s.did = nil
	s.answer(approved) // after it was undone
	s.expect("evidence sale 2 done A approved")
	s.answer(posp.Answer{Op: posp.Sale, Trace: 77, Code: "00"})
	s.expect("evidence sale 77 done approved contradicts")
}

// TestNothingToReverseAfterAFailedReversal: the POSP has never heard of what it approved,
// and no attempt before is known to have undone it. Of a sale that it never answered its
// word that there is none is all that can be had.
func TestNothingToReverseAfterAFailedReversal(t *testing.T) {
	nothing := posp.Answer{Op: posp.Reversal, Trace: 2, Code: "25"}
	for name, first := range map[string]func(*story){
		"it never left":     func(s *story) { s.lost(posp.Reversal, 2, terminal.NotSent) },
		"it was refused":    func(s *story) { s.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: "05"}) },
		"it had no answer":  func(s *story) { s.lost(posp.Reversal, 2, terminal.TimedOut) },
		"the power was cut": func(s *story) { s.event(terminal.Event{Kind: terminal.Started}) },
	} {
		for approved, want := range map[bool]string{true: "reversed sale 2 done A no-original contradicts", false: "reversed sale 2 done A no-original"} {
			s := signedIn(t)
			s.sale("A", 100)
			if approved {
				s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "00"})
				s.event(terminal.Event{Kind: terminal.Incomplete, Trace: 2})
			} else {
				s.lost(posp.Sale, 2, terminal.TimedOut)
			}
			first(s)
			s.pass(time.Minute)
			s.did = nil
			s.answer(nothing)
			if got := strings.Join(s.did, "; "); got != want {
				t.Errorf("%s, approved %v:\n got %s\nwant %s", name, approved, got, want)
			}
		}
	}
}

func TestApprovalAfterARefusalContradicts(t *testing.T) {
	s := signedIn(t)
	s.sale("A", 100)
	s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "51"})
	s.did = nil
	s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "00"})
	s.expect("evidence sale 2 done A approved contradicts")
	if len(s.state.Batch.Items) != 0 {
		t.Error("credited")
	}
}

func TestIncompleteSale(t *testing.T) {
	s := signedIn(t)
	s.sale("A", 100)
	s.answer(posp.Answer{Op: posp.Sale, Trace: 2, Code: "00", Date: "1126"})
	s.did = nil
	if err := s.refused(terminal.Event{Kind: terminal.Incomplete, Trace: 9}); !errors.Is(err, terminal.ErrEvent) {
		t.Error(err)
	}
	s.event(terminal.Event{Kind: terminal.Incomplete, Trace: 2})
	s.expect("send reversal 2 why 06 of batch 1")
	if s.state.Reversal.Request.Original.Date != "1126" {
		t.Errorf("%+v", s.state.Reversal)
	}
	if err := s.refused(terminal.Event{Kind: terminal.Incomplete, Trace: 2}); err == nil || err.Error() != "the terminal takes no order: reversal" {
		t.Error(err)
	}
	s.answer(posp.Answer{Op: posp.Reversal, Trace: 2, Code: "00"})
	s.expect("reversed sale 2 done A approved")
	if len(s.state.Batch.Items) != 0 {
		t.Error("still in the batch")
	}
}

func TestSignIn(t *testing.T) {
	s := begin(t)
	if err := s.refused(saleOf("A", 1)); err == nil || err.Error() != "the terminal takes no order: not-signed-in" {
		t.Error(err)
	}
	s.event(terminal.Event{Kind: terminal.Due})
	s.lost(posp.SignIn, 1, terminal.TimedOut)
	s.pass(terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 2, Code: "97"})
	s.pass(2 * terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 3, Batch: 7, Code: "00"})
	s.expect("send sign-in 1", "report sign-in timed-out 1", "send sign-in 2", "report sign-in 97 2", "send sign-in 3", "load-keys")
	s.event(terminal.Event{Kind: terminal.NotLoaded})
	s.pass(terminal.LongestPause)
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 4, Batch: 7, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Started}) // before the pad has said anything
	s.expect("send sign-in 4", "load-keys", "send sign-in 5")
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 5, Batch: 7, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.event(terminal.Event{Kind: terminal.NotLoaded})
	s.expect("load-keys")
	if k := s.state.Keys; k != (terminal.Keys{Ready: true, Generation: 1}) || s.state.Batch.Number != 7 {
		t.Errorf("%+v", s.state)
	}

	s.sale("A", 1)
	s.answer(posp.Answer{Op: posp.Sale, Trace: 6, Code: "00"})
	s.event(terminal.Event{Kind: terminal.KeysGone})
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 7, Batch: 8, Code: "00"})
	s.expect("send sale 6", "conclude sale 6 done A approved", "send sign-in 7", "load-keys", "report batch  1")
	if s.state.Batch.Number != 7 || s.state.Batch.Other != 8 {
		t.Errorf("an open batch changed its number, or differs without a word: %+v", s.state.Batch)
	}
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.event(terminal.Event{Kind: terminal.KeysGone})
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 8, Batch: 7, Code: "00"})
	if s.state.Batch.Other != 0 {
		t.Errorf("the POSP has the terminal's batch open again: %+v", s.state.Batch)
	}
}

func TestSignOutAndEcho(t *testing.T) {
	s := signedIn(t)
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Echo})
	s.lost(posp.Echo, 2, terminal.TimedOut)
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Echo})
	s.answer(posp.Answer{Op: posp.Echo, Trace: 3, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.SignOut})
	s.answer(posp.Answer{Op: posp.SignOut, Trace: 4, Code: "00"})
	s.pass(time.Hour)
	s.expect("send echo 2", "send echo 3", "send sign-out 4")
	if s.state.Blocked() != terminal.NotSignedIn {
		t.Errorf("%+v", s.state)
	}
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.SignIn})
	s.expect("send sign-in 5")
}

// withSales is a terminal with n sales of 100 fen in its batch.
func withSales(t *testing.T, n int) *story {
	s := signedIn(t)
	for i := range n {
		s.sale(fmt.Sprint(i), 100)
		s.answer(posp.Answer{Op: posp.Sale, Trace: s.state.Flight.Request.Trace, Code: "00"})
	}
	s.did = nil
	return s
}

func TestSettledEqual(t *testing.T) {
	s := withSales(t, 2)
	s.event(terminal.Event{
		Kind: terminal.Ordered, Op: posp.Void, Serial: "V", Amount: 100, Entry: posp.ChipPIN, Original: s.state.Batch.Original(s.state.Batch.Items[0]),
	})
	s.answer(posp.Answer{Op: posp.Void, Trace: 4, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
	s.expect("send void 4", "conclude void 4 done V approved", "send settle 5 200/2 100/1")
	if err := s.refused(saleOf("B", 1)); err == nil || err.Error() != "the terminal takes no order: settling" {
		t.Error(err)
	}
	s.lost(posp.Settle, 5, terminal.TimedOut)
	s.event(terminal.Event{Kind: terminal.Started})
	s.did = nil
	s.pass(terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.Settle, Trace: 6, Code: "96"})
	s.pass(2 * terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.Settle, Trace: 7, Code: "00", Comparison: posp.Equal, Totals: posp.Totals{Debit: 200}})
	s.expect("send settle 6 200/2 100/1", "report settlement 96 2", "send settle 7 200/2 100/1", "settled 1 equal true", "send sign-in 8")
	if s.state.Batch.Number != 2 || len(s.state.Batch.Items) != 0 || s.state.Close != (terminal.Close{}) {
		t.Errorf("%+v", s.state)
	}
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 8, Batch: 2, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.event(terminal.Event{Kind: terminal.Started})
	s.expect("load-keys", "conclude void 4 done V approved", "settled 1 equal true")
}

func TestSettledUnequal(t *testing.T) {
	s := withSales(t, 10)
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
	s.answer(posp.Answer{Op: posp.Settle, Trace: 12, Code: "00", Comparison: posp.NotEqual, Totals: posp.Totals{Debit: 900, Debits: 9}})
	s.expect("send settle 12 1000/10 0/0", "send upload 13 of 8 from 2")
	s.answer(posp.Answer{Op: posp.Upload, Trace: 13, Code: "30"})
	s.expect("report upload 30 1")
	s.pass(terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.Upload, Trace: 14, Code: "00"})
	s.expect("send upload 14 of 8 from 2", "send upload 15 of 2 from 10")
	s.event(terminal.Event{Kind: terminal.Started})
	s.did = nil
	s.pass(terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.Upload, Trace: 16, Code: "00"})
	s.expect("send upload 16 of 2 from 10", "send upload-end 17 after 10")
	s.answer(posp.Answer{Op: posp.UploadEnd, Trace: 17, Code: "A0"})
	s.expect("report upload A0 1", "send sign-in 18")
	s.answer(posp.Answer{Op: posp.SignIn, Trace: 18, Batch: 2, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Loaded})
	s.pass(terminal.FirstPause)
	s.answer(posp.Answer{Op: posp.UploadEnd, Trace: 19, Code: "00"})
	s.expect("load-keys", "send upload-end 19 after 10", "settled 1 equal false", "send sign-in 20")
	want := terminal.Settlement{Batch: 1, Ours: posp.Totals{Debit: 1000, Debits: 10}, Bank: posp.Totals{Debit: 900, Debits: 9}}
	if s.state.Settled != want || s.state.Batch.Number != 2 {
		t.Errorf("%+v", s.state)
	}
}

func TestEmptyBatchUnequal(t *testing.T) {
	s := signedIn(t)
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
	s.answer(posp.Answer{Op: posp.Settle, Trace: 2, Code: "00", Comparison: posp.NotEqual})
	s.answer(posp.Answer{Op: posp.UploadEnd, Trace: 3, Code: "00"})
	s.expect("send settle 2 0/0 0/0", "send upload-end 3 after 0", "settled 1 equal false", "send sign-in 4")
}

// TestBatchThatCannotBeSettledStays: it is reported, and sales go on in it.
func TestBatchThatCannotBeSettledStays(t *testing.T) {
	for _, a := range []posp.Answer{
		{Op: posp.Settle, Trace: 3, Code: "00", Comparison: posp.Failed},
		{Op: posp.Settle, Trace: 3, Code: "12"},
		{Op: posp.Settle, Trace: 3, Code: "58"},
	} {
		s := withSales(t, 1)
		s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
		s.answer(a)
		s.expect("send settle 3 100/1 0/0", fmt.Sprintf("report settlement %s 1", a.Code))
		if s.state.Batch.Number != 1 || len(s.state.Batch.Items) != 1 || s.state.Blocked() != terminal.NotBlocked {
			t.Errorf("%+v", s.state)
		}
	}
}

func TestRefundIsNeverReversed(t *testing.T) {
	s := signedIn(t)
	s.event(terminal.Event{
		Kind: terminal.Ordered, Op: posp.Refund, Serial: "R", Amount: 50, Entry: posp.StripeNoPIN, Original: posp.Original{Op: posp.Sale, Batch: 3, Trace: 4},
	})
	s.lost(posp.Refund, 2, terminal.TimedOut)
	s.expect("send refund 2", "conclude refund 2 unknown R unclear timed-out", "report refund timed-out 1")
	if s.state.Blocked() != terminal.NotBlocked {
		t.Errorf("%+v", s.state)
	}
	s.answer(posp.Answer{Op: posp.Refund, Trace: 2, Code: "00"})
	s.expect("evidence refund 2 done R approved contradicts")
}

func TestBalanceMovesNothing(t *testing.T) {
	s := signedIn(t)
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Balance, Serial: "B", Entry: posp.ChipPIN})
	s.lost(posp.Balance, 2, terminal.TimedOut)
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Balance, Serial: "B", Entry: posp.ChipPIN})
	s.answer(posp.Answer{Op: posp.Balance, Trace: 3, Code: "00"})
	s.expect("send balance 2", "conclude balance 2 unknown B unclear timed-out", "send balance 3", "conclude balance 3 done B approved")
	if len(s.state.Batch.Items) != 0 || s.state.Blocked() != terminal.NotBlocked {
		t.Errorf("%+v", s.state)
	}
}

func TestFullBatch(t *testing.T) {
	s := withSales(t, 999)
	if err := s.refused(saleOf("B", 1)); err == nil || err.Error() != "the terminal takes no order: batch-full" {
		t.Error(err)
	}
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Balance, Serial: "B", Entry: posp.ChipPIN})
	s.answer(posp.Answer{Op: posp.Balance, Trace: 1001, Code: "00"})
	s.event(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
	s.expect("send balance 1001", "conclude balance 1001 done B approved", "send settle 1002 99900/999 0/0")
}

// TestTraceNumbersGoRound: after 999999 comes 1, and what the batch or a reversal has
// is passed over.
func TestTraceNumbersGoRound(t *testing.T) {
	s := withSales(t, 1) // it has trace 2
	s.state.Trace = 999999
	s.sale("A", 1)
	s.answer(posp.Answer{Op: posp.Sale, Trace: 999999, Code: "51"})
	s.sale("B", 1)
	s.answer(posp.Answer{Op: posp.Sale, Trace: 1, Code: "51"})
	s.sale("C", 1)
	s.expect("send sale 999999", "conclude sale 999999 not-done A no-funds", "send sale 1", "conclude sale 1 not-done B no-funds", "send sale 3")
}

func TestRefusedEvents(t *testing.T) {
	s := signedIn(t)
	for name, e := range map[string]terminal.Event{
		"no kind":           {},
		"no such kind":      {Kind: "perhaps"},
		"no operation":      {Kind: terminal.Ordered},
		"a reversal":        {Kind: terminal.Ordered, Op: posp.Reversal, Serial: "A"},
		"an upload":         {Kind: terminal.Ordered, Op: posp.Upload, Serial: "A"},
		"no serial":         saleOf("", 1),
		"no amount":         saleOf("A", 0),
		"a negative amount": saleOf("A", -1),
		"no entry mode":     {Kind: terminal.Ordered, Op: posp.Sale, Serial: "A", Amount: 1},
		"void of nothing":   {Kind: terminal.Ordered, Op: posp.Void, Serial: "A", Amount: 1, Entry: posp.ChipPIN},
	} {
		if err := s.refused(e); !errors.Is(err, terminal.ErrEvent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte(`[{"kind":"started","now":"2026-11-26T09:00:00Z"},{"kind":"answered","now":"2026-11-26T09:00:00Z","answer":{"op":"sign-in","trace":1,"code":"00"}},{"kind":"loaded","now":"2026-11-26T09:00:00Z"}]`))
	f.Add([]byte(`[{"kind":"ordered","op":"settle"},{"kind":"incomplete","trace":2},{"kind":"lost","op":"sale","trace":2,"cause":"wrong-mac"},{"kind":"due"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var events []terminal.Event
		if json.Unmarshal(b, &events) != nil {
			return
		}
		for _, s := range []terminal.State{terminal.New(1, 1), withSales(t, 2).state} {
			for _, e := range events {
				next, actions, err := terminal.Step(s, e)
				sends := 0
				for _, a := range actions {
					if a.Do != terminal.Send {
						continue
					}
					sends++
					if a.Request.Check() != nil {
						t.Fatalf("%+v", a.Request)
					}
				}
				if err != nil && len(actions) > 0 || sends > 1 || len(next.Batch.Items) > posp.MaxCount {
					t.Fatalf("%+v, %v", actions, err)
				}
				s = next
			}
		}
	})
}

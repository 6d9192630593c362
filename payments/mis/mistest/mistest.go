package mistest

import (
	"context"
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/money"
)

// Caller is a MIS client.
type Caller interface {
	Call(context.Context, mis.Request) (mis.Reply, error)
}

// Connect puts sim behind the interface under test for the length of t, and
// returns a client whose calls take at most timeout.
type Connect func(t *testing.T, sim *missim.Server, timeout time.Duration) Caller

const (
	ample = 20 * time.Second       // for calls that are answered
	brief = 150 * time.Millisecond // for calls that are not
	today = "20261123"
)

// Codes are the return codes of a dialect as its own test writes them, from the
// province's papers and not from the dialect's table. Calculating, InvalidReversal
// and NoNextDay are what it says instead, if it has no code of its own.
type Codes struct {
	OK, None, NoUser, MeterCard, NoPartial, Duplicate, Reversed mis.Code
	Calculating, InvalidReversal, NoNextDay                     mis.Code
	MeterCardIs                                                 mis.Reason // meter-card, or not-payable if it cannot say so
	Waits                                                       bool       // it has a code for "calculating"
}

// suite is what all tests share.
type suite struct {
	dialect socket.Dialect
	codes   Codes
	connect Connect
}

// Run runs the whole suite against a client that speaks d. A dialect that is half
// done is reported at once, by the name of the message and field.
func Run(t *testing.T, d socket.Dialect, codes Codes, connect Connect) {
	s := &suite{d, codes, connect}
	if !t.Run("dialect", s.testDialect) {
		t.FailNow()
	}
	for _, c := range []struct {
		name string
		run  func(*suite, *testing.T)
	}{
		{"query", (*suite).testQuery},
		{"verify", (*suite).testVerify},
		{"post", (*suite).testPost},
		{"post refused", (*suite).testPostRefused},
		{"ask", (*suite).testAsk},
		{"duplicate serial", (*suite).testDuplicateSerial},
		{"reverse", (*suite).testReverse},
		{"reverse refused", (*suite).testReverseRefused},
		{"fault no-reply", (*suite).testNoReply},
		{"fault lose-request", (*suite).testLoseRequest},
		{"fault slow", (*suite).testSlow},
		{"fault duplicate", (*suite).testDuplicate},
		{"fault error", (*suite).testError},
		{"fault down", (*suite).testDown},
		{"fault late-booking", (*suite).testLateBooking},
		{"fault other-serial", (*suite).testOtherSerial},
		{"fault other-sum", (*suite).testOtherSum},
		{"fault damaged-request", (*suite).testDamagedRequest},
		{"fault echo-refusal", (*suite).testEchoRefusal},
		{"fault calculating", (*suite).testCalculating},
		{"fault deny-reversal", (*suite).testDenyReversal},
		{"cancelled", (*suite).testCancelled},
		{"no cross talk", (*suite).testNoCrossTalk},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(s, t) })
	}
}

// world is one test's MIS and client.
type world struct {
	t     *testing.T
	codes Codes
	now   time.Time
	sim   *missim.Server
	mis   Caller
	hasty Caller // the same with little patience
}

func (s *suite) begin(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, codes: s.codes, now: time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC)}
	sim := missim.New(missim.Config{Now: func() time.Time { return w.now }, Slow: time.Hour, Dialect: s.dialect})
	w.sim, w.mis, w.hasty = sim, s.connect(t, sim, ample), s.connect(t, sim, brief)
	t.Cleanup(func() {
		if err := sim.Ledger().Audit(); err != nil {
			t.Errorf("ledger: %v", err)
		}
		if err := sim.Err(); err != nil {
			t.Errorf("simulator: %v", err)
		}
	})
	return w
}

// call expects the MIS's own answer, so no error.
func (w *world) call(r mis.Request) mis.Reply {
	w.t.Helper()
	reply, err := w.mis.Call(w.t.Context(), r)
	if err != nil {
		w.t.Fatalf("%s: %v (simulator: %v)", r.Op, err, w.sim.Err())
	}
	if reply.Op != r.Op {
		w.t.Fatalf("reply is to %q, want %q", reply.Op, r.Op)
	}
	return reply
}

// unanswered calls under a fault that swallows the answer, expects an error and
// the zero reply, and returns when the MIS has handled the request.
func (w *world) unanswered(f missim.Fault, r mis.Request) {
	w.t.Helper()
	if err := w.sim.SetFor(f, 1); err != nil {
		w.t.Fatal(err)
	}
	reply, err := w.hasty.Call(w.t.Context(), r)
	if err == nil {
		w.t.Errorf("%s under %s: no error", r.Op, f)
	}
	if reply.Op != r.Op || reply.Post != (mis.PostResult{}) || reply.Reverse != (mis.ReverseResult{}) || reply.Query.Outcome != mis.Unknown {
		w.t.Errorf("%s under %s: %+v, want the zero reply", r.Op, f, reply)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), ample)
	defer cancel()
	if err := w.sim.Until(ctx, f); err != nil {
		w.t.Fatalf("%s under %s never reached the MIS: %v", r.Op, f, err)
	}
}

func (w *world) account(number string, arrears, advance money.Amount) {
	w.t.Helper()
	a, ok := w.sim.Account(number)
	if !ok || a.Arrears != arrears || a.Advance != advance {
		w.t.Errorf("account %s: arrears %d, advance %d; want %d, %d", number, a.Arrears, a.Advance, arrears, advance)
	}
}

func (w *world) booked(serial string, want bool) missim.Entry {
	w.t.Helper()
	e, ok := w.sim.Entry(serial)
	if ok != want {
		w.t.Errorf("serial %s booked: %v, want %v", serial, ok, want)
	}
	return e
}

func query(number string) mis.Request { return mis.Request{Op: mis.OpQuery, Account: number} }

func post(serial, number string, amount money.Amount) mis.Request {
	return mis.Request{Op: mis.OpPost, Payment: mis.Payment{
		Serial: serial, Account: number, Amount: amount, BusinessDate: today,
		Time: today + "103000", Tender: "cash", Kiosk: "K0000001",
	}}
}

func ask(serial string) mis.Request { return mis.Request{Op: mis.OpAsk, Serial: serial} }

func reverse(serial, original, date string) mis.Request {
	return mis.Request{Op: mis.OpReverse, Reversal: mis.Reversal{Serial: serial, Original: original, BusinessDate: date}}
}

package mistest

import (
	"context"
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
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

// Run runs the whole suite.
func Run(t *testing.T, connect Connect) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, Connect)
	}{
		{"query", testQuery},
		{"verify", testVerify},
		{"post", testPost},
		{"post refused", testPostRefused},
		{"ask", testAsk},
		{"duplicate serial", testDuplicateSerial},
		{"reverse", testReverse},
		{"reverse refused", testReverseRefused},
		{"fault no-reply", testNoReply},
		{"fault lose-request", testLoseRequest},
		{"fault slow", testSlow},
		{"fault duplicate", testDuplicate},
		{"fault error", testError},
		{"fault down", testDown},
		{"cancelled", testCancelled},
		{"no cross talk", testNoCrossTalk},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, connect) })
	}
}

// world is one test's MIS and client.
type world struct {
	t     *testing.T
	sim   *missim.Server
	mis   Caller
	hasty Caller // the same with little patience
}

func begin(t *testing.T, connect Connect) *world {
	t.Helper()
	now := time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC)
	sim := missim.New(missim.Config{Now: func() time.Time { return now }, Slow: time.Hour})
	w := &world{t: t, sim: sim, mis: connect(t, sim, ample), hasty: connect(t, sim, brief)}
	t.Cleanup(func() {
		if err := sim.Ledger().Audit(); err != nil {
			t.Errorf("ledger: %v", err)
		}
	})
	return w
}

// call expects the MIS's own answer, so no error.
func (w *world) call(r mis.Request) mis.Reply {
	w.t.Helper()
	reply, err := w.mis.Call(w.t.Context(), r)
	if err != nil {
		w.t.Fatalf("%s: %v", r.Op, err)
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

package cardsystemtest

import (
	"context"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/cardsystem/socket"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// Caller is a client of the card-meter system.
type Caller interface {
	Call(context.Context, cardsystem.Request) (cardsystem.Reply, error)
}

// Connect puts sim behind the road under test for the length of t, and returns a client
// whose calls take at most timeout.
type Connect func(t *testing.T, sim *cardsystemsim.Server, timeout time.Duration) Caller

// Says is what a dialect says, as its own test writes it: from the papers of the system,
// not from the dialect's table.
type Says struct {
	OK, None, NoUser, Duplicate, Reversed, InvalidReversal, NoNextDay, Written mis.Code

	// What cannot be said in the dialect is refused for another reason.
	BlankCard, OldCard, NotOpened, BelowMinimum, NotMultiple mis.Reason
}

// Road is what is under test.
type Road struct {
	Dialect socket.Dialect // of the simulator
	Says    Says
	Connect Connect
}

const (
	ample = 20 * time.Second       // for calls that are answered
	brief = 150 * time.Millisecond // for calls that are not
	today = "20261130"

	serial = "00000001010000000001"
	second = "00000001010000000002"
	back   = "R0000001010000000001"
)

// Run runs the whole suite.
func Run(t *testing.T, r Road) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"quote", testQuote},
		{"quote refused", testQuoteRefused},
		{"quote of a sale that is not on its card", testUnwritten},
		{"sell", testSell},
		{"sell refused", testSellRefused},
		{"sell again with the same serial", testSellAgain},
		{"sell by the time of day", testSellByTime},
		{"ask", testAsk},
		{"reverse", testReverse},
		{"reverse refused", testReverseRefused},
		{"steps", testSteps},
		{"steps refused", testStepsRefused},
		{"report", testReport},
		{"totals", testTotals},
		{"cancelled", testCancelled},
		{"no cross talk", testNoCrossTalk},
		{"random walk", testWalk},
		{"fault duplicate", testDuplicate},
		{"fault error", testError},
		{"fault busy", testBusy},
		{"fault keys-away", testKeysAway},
		{"fault late-sale", testLateSale},
		{"fault down", testDown},
		{"fault answer-twice", testAnswerTwice},
		{"an answer that is late", testLateAnswer},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, r.begin(t)) })
	}
	for _, f := range silent {
		t.Run("fault "+string(f.fault), func(t *testing.T) { r.testSilent(t, f) })
	}
}

// world is one test's system and client.
type world struct {
	t     *testing.T
	says  Says
	now   time.Time
	sim   *cardsystemsim.Server
	road  Caller
	hasty Caller // the same with little patience
}

func (r Road) begin(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, says: r.Says, now: time.Date(2026, 11, 30, 10, 30, 0, 0, time.UTC)}
	w.sim = cardsystemsim.New(cardsystemsim.Config{
		Now: func() time.Time { return w.now }, Slow: time.Hour, Dialect: r.Dialect, Encryptor: encrypt,
	})
	w.road, w.hasty = r.Connect(t, w.sim, ample), r.Connect(t, w.sim, brief)
	t.Cleanup(func() {
		if err := w.sim.Ledger().Audit(); err != nil {
			t.Errorf("ledger: %v", err)
		}
		if err := w.sim.Err(); err != nil {
			t.Errorf("simulator: %v", err)
		}
	})

	return w
}

// call expects the system's own answer, so no error.
func (w *world) call(r cardsystem.Request) cardsystem.Reply {
	w.t.Helper()
	reply, err := w.road.Call(w.t.Context(), r)
	if err != nil {
		w.t.Fatalf("%s: %v (simulator: %v)", r.Op, err, w.sim.Err())
	}
	if reply.Op != r.Op {
		w.t.Fatalf("answer to %q, want %q", reply.Op, r.Op)
	}

	return reply
}

// unanswered makes a call that gets no usable answer: an error, and the zero reply.
func (w *world) unanswered(r cardsystem.Request) {
	w.t.Helper()
	reply, err := w.hasty.Call(w.t.Context(), r)
	if err == nil {
		w.t.Errorf("%s: no error", r.Op)
	}
	nothing(w.t, r.Op, reply)
}

// nothing expects a reply that says nothing at all.
func nothing(t *testing.T, op cardsystem.Op, reply cardsystem.Reply) {
	t.Helper()
	if reply.Op != op || outcomeOf(reply) != mis.Unknown || reply.Code() != "" || reply.Post != (mis.PostResult{}) || reply.Reverse != (mis.ReverseResult{}) ||
		reply.Quote.Quote.Account != "" || len(reply.Steps.Steps) > 0 || len(reply.Totals.Sales) > 0 {
		t.Errorf("%s: %+v, want the zero reply", op, reply)
	}
}

func outcomeOf(r cardsystem.Reply) mis.Outcome {
	switch r.Op {
	case cardsystem.OpQuote:
		return r.Quote.Outcome
	case cardsystem.OpSell, cardsystem.OpAsk:
		return r.Post.Outcome
	case cardsystem.OpReverse:
		return r.Reverse.Outcome
	case cardsystem.OpSteps:
		return r.Steps.Outcome
	case cardsystem.OpReport:
		return r.Report.Outcome
	}

	return r.Totals.Outcome
}

// set turns a fault on for the next n requests.
func (w *world) set(f cardsystemsim.Fault, n int) {
	w.t.Helper()
	if err := w.sim.SetFor(f, n); err != nil {
		w.t.Fatal(err)
	}
}

// entry is what the ledger has of a serial.
func (w *world) entry(serial string, want bool) cardsystemsim.Entry {
	w.t.Helper()
	e, ok := w.sim.Entry(serial)
	if ok != want {
		w.t.Errorf("serial %s booked: %v, want %v", serial, ok, want)
	}

	return e
}

// meter1 is the card meter-1 as it is in the lab: four purchases, the last one loaded.
func meter1() metercard.Facts {
	return metercard.Facts{
		Serial: cardsystemsim.Meter1, Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003",
		Count: 4, Purse: 5000, Loaded: 4, Left: 1250,
	}
}

// loaded is a card after n purchases that the meter has taken.
func loaded(f metercard.Facts, n uint32) metercard.Facts {
	f.Count, f.Loaded = n, n

	return f
}

func quote(f metercard.Facts) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpQuote, Card: f}
}

func sell(serial string, f metercard.Facts, account string, amount money.Amount) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: serial, Account: account, Amount: amount, BusinessDate: today, Time: today + "103000", Tender: "cash", Kiosk: "K0000001", Card: f,
	}}
}

// sale is the sale of the suite: ¥ 100 for meter-1.
func sale() cardsystem.Request { return sell(serial, meter1(), "1000000003", 10000) }

func ask(serial string) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpAsk, Serial: serial}
}

func reverse(date string) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: back, Original: serial, BusinessDate: date}}
}

func steps(f metercard.Facts, round int) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: serial, Card: f, Round: round}}
}

func report(o metercard.Outcome, count uint32) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: serial, Outcome: o, Count: count}}
}

func totals(date string) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpTotals, Date: date}
}

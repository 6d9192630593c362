package acquirertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// Setup is what an adapter is to be made with.
type Setup struct {
	Base      string // scheme and host
	NotifyURL string
	Transport http.RoundTripper
	Timeout   time.Duration
	Now       func() time.Time
	Keys      acquirersim.Keys
}

// Subject is an adapter, and the habits of its acquirer.
type Subject struct {
	Connect func(Setup) (acquirer.Acquirer, error)
	Codes   Codes

	Unscanned        string // Ask about a code that nobody scanned: none or wait
	CollectNotifies  bool   // a collection is followed by a notice
	GivesBackShown   bool   // Close gives back a shown order that is paid, in place of refusing
	RepeatsCollected bool   // a repeated Collect says again that it is paid
	OrderNamesSerial bool   // the answer to Order names the serial
	CloseNamesSerial bool
	CloseWaits       bool // Close of a collection waits while the customer has the password to enter
	SignsTime        bool // notices are signed with their time
}

// Codes are the acquirer's own words, as results carry them.
type Codes struct {
	Ordered, Collected, Paying, Paid, Waiting, None, BadCode, Closed, Refunded, Short string
}

// ample is more than any call of these tests takes.
const ample = 30 * time.Second

const (
	serial  = "10000001010000000042"
	another = "10000001010000000043"
	back    = "10000001010000000091"
	back2   = "10000001010000000092"
)

var start = time.Date(2026, 11, 29, 2, 30, 0, 0, time.UTC)

var keys = sync.OnceValues(acquirersim.NewKeys)

// Keys are the keys of all tests of this process.
func Keys(t testing.TB) acquirersim.Keys {
	t.Helper()
	k, err := keys()
	if err != nil {
		t.Fatal(err)
	}

	return k
}

// world is one test's acquirer and adapter.
type world struct {
	t   *testing.T
	s   Subject
	mu  sync.Mutex
	now time.Time
	lag time.Duration // of the adapter's clock behind the acquirer's
	sim *acquirersim.Server
	a   acquirer.Acquirer

	calls  context.Context // of the calls; nil for the test's
	cancel context.CancelFunc
}

// begin makes a world without sockets.
func (s Subject) begin(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, s: s, now: start}
	w.sim = acquirersim.New(acquirersim.Config{Keys: Keys(t), Now: w.time})
	w.a = w.connect(Setup{Base: "http://acquirer.test", Transport: w.sim.RoundTripper(), Timeout: ample})
	t.Cleanup(w.audit)

	return w
}

// socket makes a world over a socket.
func (s Subject) socket(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, s: s, now: start}
	w.sim = acquirersim.New(acquirersim.Config{Keys: Keys(t), Now: w.time, Slow: time.Hour})
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.a = w.connect(Setup{Base: server.URL, Timeout: ample})
	t.Cleanup(w.audit)

	return w
}

func (w *world) connect(set Setup) acquirer.Acquirer {
	w.t.Helper()
	set.Now, set.Keys = w.lagging, Keys(w.t)
	if set.NotifyURL == "" {
		set.NotifyURL = "http://office.test/notice"
	}
	a, err := w.s.Connect(set)
	if err != nil {
		w.t.Fatal(err)
	}

	return a
}

func (w *world) audit() {
	if err := w.sim.Ledger().Audit(); err != nil {
		w.t.Errorf("ledger: %v", err)
	}
	if err := w.sim.Err(); err != nil {
		w.t.Errorf("simulator: %v", err)
	}
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.now
}

func (w *world) lagging() time.Time { return w.time().Add(-w.lag) }

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) set(f acquirersim.Fault, n int) {
	w.t.Helper()
	if err := w.sim.SetFor(f, n); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ctx() context.Context {
	if w.calls != nil {
		return w.calls
	}

	return w.t.Context()
}

// hangUp ends the calls of the world once the acquirer has handled the request that
// a fault applies to.
func (w *world) hangUp(f acquirersim.Fault) {
	w.calls, w.cancel = context.WithCancel(w.t.Context())
	go func() {
		_ = w.sim.Until(w.t.Context(), f)
		w.cancel()
	}()
}

// order makes an order that must succeed, and returns its code.
func (w *world) order(serial string, amount money.Amount) string {
	w.t.Helper()
	r, err := w.a.Order(w.ctx(), w.anOrder(serial, amount))
	if err != nil || r.Outcome != call.Done || r.Show == "" {
		w.t.Fatalf("order: %+v, %v", r, err)
	}

	return r.Show
}

func (w *world) anOrder(serial string, amount money.Amount) acquirer.Order {
	return acquirer.Order{Serial: serial, Amount: amount, Subject: "电费 1000000001", Expires: w.time().Add(5 * time.Minute)}
}

func (w *world) pay(show string) {
	w.t.Helper()
	if err := w.sim.Pay(show); err != nil {
		w.t.Fatal(err)
	}
}

// bought makes an order that is paid.
func (w *world) bought(serial string, amount money.Amount) {
	w.t.Helper()
	w.pay(w.order(serial, amount))
}

func collection(serial string, amount money.Amount, code string) acquirer.Collection {
	return acquirer.Collection{Serial: serial, Amount: amount, Subject: "电费", Code: acquirer.Secret(code), Terminal: "K0000001"}
}

func (w *world) ask(serial string, amount money.Amount) acquirer.PaymentResult {
	w.t.Helper()
	r, err := w.a.Ask(w.ctx(), acquirer.Question{Serial: serial, Amount: amount})
	if err != nil {
		w.t.Fatalf("ask: %+v, %v", r, err)
	}

	return r
}

// entry is what the ledger holds of a serial.
func (w *world) entry(serial string) (acquirersim.Entry, bool) {
	for _, e := range w.sim.Ledger().Entries {
		if e.Serial == serial {
			return e, true
		}
	}

	return acquirersim.Entry{}, false
}

func (w *world) money(want int64) {
	w.t.Helper()
	if got := w.sim.Ledger().Money(); got != want {
		w.t.Errorf("the acquirer holds %d fen, want %d", got, want)
	}
}

// same compares the part of a result that decides.
func (w *world) same(what string, got, want call.Answer, reason, wantReason acquirer.Reason) {
	w.t.Helper()
	got.Text = ""
	if got != want || reason != wantReason {
		w.t.Errorf("%s: %+v %q, want %+v %q", what, got, reason, want, wantReason)
	}
}

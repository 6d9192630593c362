package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/payments/qr"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// logBook is a log that is written and read by several goroutines.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.b.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.b.String()
}

// till is head office and an acquirer over sockets, as a kiosk meets them: by requests.
type till struct {
	t       *testing.T
	file    string
	store   *store.Store
	sim     *acquirersim.Server
	notices string // URL of head office's side for notices
	log     *logBook
	gateway *gateway.Runtime
	close   func()
}

// openTill starts everything but the MIS.
func openTill(t *testing.T) *till {
	t.Helper()
	x := &till{t: t, file: filepath.Join(t.TempDir(), "books.db"), log: &logBook{}}
	var err error
	if x.store, err = sqlite.Open(t.Context(), x.file, books.Rules{}); err != nil {
		t.Fatal(err)
	}
	if _, err := x.store.Register(t.Context(), kiosk, 0, time.Now()); err != nil {
		t.Fatal(err)
	}
	x.sim = acquirersim.New(acquirersim.Config{Keys: acquirertest.Keys(t)})
	outside := httptest.NewServer(x.sim)
	log := slog.New(slog.NewTextHandler(x.log, &slog.HandlerOptions{Level: slog.LevelDebug}))

	var q *gateway.QR
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { q.Notices().ServeHTTP(w, r) }))
	x.notices = front.URL
	a := connect(t, "signed", outside.URL, front.URL, nil, time.Now)
	q = gateway.NewQR(x.store.QR, "office", []gateway.Acquirer{{Name: "signed", Acquirer: a}}, 0, log, time.Now)
	x.gateway = gateway.NewRuntime(x.store, "office", gateway.NoMIS(), 0, log, time.Now)
	x.gateway.Serve(q)

	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var all sync.WaitGroup
	all.Go(func() {
		if err := q.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	all.Go(func() { x.sim.Push(ctx, nil) })
	x.close = sync.OnceFunc(func() {
		cancel()
		all.Wait()
		front.Close()
		outside.Close()
		if err := x.store.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(x.close)

	return x
}

// ask sends one request, and returns the state of the order or the error's code.
func (x *till) ask(op wire.Op, body any) (wire.QRState, string) {
	x.t.Helper()

	return x.askFor(20*time.Second, op, body)
}

// askFor is ask of a kiosk that waits for ttl.
func (x *till) askFor(ttl time.Duration, op wire.Op, body any) (wire.QRState, string) {
	x.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		x.t.Fatal(err)
	}
	r := x.gateway.Answer(x.t.Context(), kiosk, wire.Request{V: wire.Version, ID: "1", Op: op, TTLms: ttl.Milliseconds(), Body: raw})
	if r.Error != nil {
		return wire.QRState{}, r.Error.Code
	}
	var s wire.QRState
	if err := json.Unmarshal(r.Body, &s); err != nil {
		x.t.Fatal(err)
	}

	return s, ""
}

func bodyOf(n int, known wire.QRStatus) wire.QRBody {
	return wire.QRBody{Serial: storetest.Serial(kiosk, n), Account: "1000000001", Amount: qrAmount, Mode: qr.Shown, Known: known}
}

func orderBody(n int, code string) wire.QROrderBody {
	b := wire.QROrderBody{Serial: storetest.Serial(kiosk, n), Account: "1000000001", Amount: qrAmount, Mode: qr.Shown, LifeMS: 300_000}
	if code != "" {
		b.Mode, b.PayCode = qr.Scanned, wire.PayCode(code)
	}

	return b
}

// pay brings a shown order to "paid" and returns how long a kiosk that waits was told
// nothing after the telephone had paid.
func (x *till) pay(n int) time.Duration {
	x.t.Helper()
	s, e := x.ask(wire.OpQROrder, orderBody(n, ""))
	if e != "" || s.Status != wire.QRWaiting || s.Code == "" || s.LeftMS <= 0 {
		x.t.Fatalf("ordered: %+v, %s", s, e)
	}
	type word struct {
		state wire.QRState
		at    time.Time
	}
	told := make(chan word, 1)
	go func() {
		s, _ := x.ask(wire.OpQRWait, bodyOf(n, wire.QRWaiting))
		told <- word{s, time.Now()}
	}()

	paid := time.Now()
	if err := x.sim.Pay(s.Code); err != nil {
		x.t.Fatal(err)
	}
	w := <-told
	if w.state.Status != wire.QRPaid || w.state.Amount != qrAmount || w.state.Reference == "" || w.state.PaidAt == 0 || w.state.Acquirer != "signed" {
		x.t.Fatalf("waited for: %+v", w.state)
	}

	return w.at.Sub(paid)
}

// TestAPaymentByWire goes a kiosk's way by requests only, over HTTP to the acquirer and
// back: a code is shown and paid, a telephone's code is taken, a payment is posted, one
// is given back, and one is left. No payment code is in the books or in the log.
func TestAPaymentByWire(t *testing.T) {
	x := openTill(t)
	var waits []time.Duration
	for n := range 5 {
		waits = append(waits, x.pay(n+1))
	}
	slices.Sort(waits)
	t.Logf("from the telephone's payment to the kiosk's answer: median %v, longest %v", waits[2], waits[4])

	post := wire.PostBody{Serial: storetest.Serial(kiosk, 1), Account: "1000000001", Amount: qrAmount, Tender: "qr", PaidAt: time.Now().UnixMilli()}
	raw, err := json.Marshal(post)
	if err != nil {
		t.Fatal(err)
	}
	x.gateway.Answer(t.Context(), kiosk, wire.Request{V: wire.Version, Op: wire.OpPost, TTLms: 1, Body: raw})
	if p, err := x.store.Posting(t.Context(), post.Serial); err != nil || p.Tender != "qr" || p.Amount != qrAmount {
		t.Errorf("posting %+v, %v", p, err)
	}
	if _, e := x.ask(wire.OpQRRefund, bodyOf(1, "")); e != wire.ErrCodeConflict {
		t.Errorf("refund of what may be booked: %q", e)
	}

	if s, e := x.ask(wire.OpQRRefund, bodyOf(2, "")); s.Status != wire.QRRefunded {
		t.Errorf("refund: %+v, %s", s, e)
	}
	if s, e := x.ask(wire.OpQRWait, bodyOf(2, wire.QRPaid)); s.Status != wire.QRNotPaid {
		t.Errorf("a kiosk that knows of no refund: %+v, %s", s, e)
	}

	x.ask(wire.OpQROrder, orderBody(6, ""))
	if s, e := x.askFor(time.Second, wire.OpQRWait, bodyOf(6, wire.QRWaiting)); s.Status != wire.QRWaiting || s.Code == "" {
		t.Errorf("waited in vain: %+v, %s", s, e)
	}
	if s, e := x.ask(wire.OpQRClose, bodyOf(6, "")); s.Status != wire.QRNotPaid {
		t.Errorf("left: %+v, %s", s, e)
	}

	code := x.sim.PayCode(acquirersim.Limits{})
	if s, e := x.ask(wire.OpQROrder, orderBody(7, code)); s.Status != wire.QRPaid {
		t.Errorf("scanned: %+v, %s", s, e)
	}
	if s, e := x.ask(wire.OpQROrder, orderBody(8, code)); s.Status != wire.QRNotPaid || s.Reason != "bad-code" {
		t.Errorf("a code that was used: %+v, %s", s, e)
	}
	if l := x.sim.Ledger(); l.Audit() != nil || l.Money() != 5*int64(qrAmount) {
		t.Errorf("the acquirer has %d fen, %v", l.Money(), l.Audit())
	}

	x.close()
	file, err := os.ReadFile(x.file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, []byte(post.Serial)) || bytes.Contains(file, []byte(code)) || strings.Contains(x.log.String(), code) {
		t.Errorf("the payment code is in the books or in the log, or the books are not there:\n%s", x.log)
	}
}

// TestForgedNotices change nothing, and fill no log.
func TestForgedNotices(t *testing.T) {
	x := openTill(t)
	if s, _ := x.ask(wire.OpQROrder, orderBody(1, "")); s.Status != wire.QRWaiting {
		t.Fatalf("%+v", s)
	}
	send := func(path, body string) int {
		t.Helper()
		resp, err := http.Post(x.notices+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Error(err)
		}

		return resp.StatusCode
	}
	forged := `{"merchant":"1900000001","code":"ok","state":"paid","serial":"` + storetest.Serial(kiosk, 1) + `","amount":8640}`
	for range 3 {
		if got := send("/notify/signed", forged); got != http.StatusInternalServerError {
			t.Errorf("forged: %d", got)
		}
	}
	if got := send("/notify/signed", strings.Repeat("x", 100_000)); got != http.StatusBadRequest {
		t.Errorf("too large: %d", got)
	}
	if got := send("/notify/nobody", forged); got != http.StatusNotFound {
		t.Errorf("of nobody: %d", got)
	}
	if s, _ := x.ask(wire.OpQRWait, bodyOf(1, "")); s.Status != wire.QRWaiting {
		t.Errorf("%+v", s)
	}
	if got := strings.Count(x.log.String(), "level=WARN"); got != 1 {
		t.Errorf("logged %d times:\n%s", got, x.log)
	}
}

// TestQRRequestsThatAreRefused: what cannot be meant, and what stands for something else.
func TestQRRequestsThatAreRefused(t *testing.T) {
	x := openTill(t)
	if s, _ := x.ask(wire.OpQROrder, orderBody(1, "")); s.Status != wire.QRWaiting {
		t.Fatalf("%+v", s)
	}
	change := func(f func(*wire.QROrderBody)) wire.QROrderBody {
		b := orderBody(1, "")
		f(&b)

		return b
	}
	for name, c := range map[string]struct {
		op   wire.Op
		body any
		want string
	}{
		"another kiosk's serial": {wire.OpQROrder, change(func(b *wire.QROrderBody) { b.Serial = storetest.Serial("10000002", 1) }), wire.ErrCodeBadRequest},
		"no amount":              {wire.OpQROrder, change(func(b *wire.QROrderBody) { b.Amount = 0 }), wire.ErrCodeBadRequest},
		"no time":                {wire.OpQROrder, change(func(b *wire.QROrderBody) { b.LifeMS = 0 }), wire.ErrCodeBadRequest},
		"no mode":                {wire.OpQROrder, change(func(b *wire.QROrderBody) { b.Mode = "" }), wire.ErrCodeBadRequest},
		"a code to show":         {wire.OpQROrder, change(func(b *wire.QROrderBody) { b.PayCode = "281234567890123456" }), wire.ErrCodeBadRequest},
		"scanned without a code": {wire.OpQROrder, change(func(b *wire.QROrderBody) { b.Mode = qr.Scanned }), wire.ErrCodeBadRequest},
		"no body":                {wire.OpQRClose, 7, wire.ErrCodeBadRequest},
	} {
		if s, got := x.ask(c.op, c.body); got != c.want {
			t.Errorf("%s: %+v, %q, want %q", name, s, got, c.want)
		}
	}

	none := gateway.NewRuntime(memstore.New(books.Rules{}), "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
	raw, err := json.Marshal(orderBody(1, ""))
	if err != nil {
		t.Fatal(err)
	}
	if r := none.Answer(t.Context(), kiosk, wire.Request{V: wire.Version, Op: wire.OpQROrder, Body: raw}); r.Error == nil || r.Error.Code != wire.ErrCodeUnavailable {
		t.Errorf("without an acquirer: %+v", r)
	}
}

// TestAttackSlowNotices: who never ends a notice takes the place of none that is whole.
func TestAttackSlowNotices(t *testing.T) {
	x := openTill(t)
	for range 65 { // one more than are handled at once
		c, err := net.Dial("tcp", strings.TrimPrefix(x.notices, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "POST /notify/signed HTTP/1.1\r\nHost: pay\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 16)); err != nil { // "100 Continue", or a refusal: the handler is at it
			t.Fatal(err)
		}
	}
	resp, err := http.Post(x.notices+"/notify/nobody", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("a whole notice beside slow ones: %d", resp.StatusCode)
	}
}

package acquirertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/leg/call"
)

// notice takes the one notice that is due.
func (w *world) notice() acquirer.Notice {
	w.t.Helper()
	due := w.sim.Notices()
	if len(due) != 1 {
		w.t.Fatalf("%d notices are due, want 1", len(due))
	}
	n, err := w.a.Notice(due[0].Header, []byte(due[0].Body))
	if err != nil {
		w.t.Fatalf("notice: %v", err)
	}

	return n
}

func (s Subject) testNotice(t *testing.T) {
	w := s.begin(t)
	show := w.order(serial, 12850)
	if due := w.sim.Notices(); len(due) != 0 {
		t.Fatalf("%d notices before the payment", len(due))
	}
	w.pay(show)
	n := w.notice()
	p := n.Payment
	if n.Serial != serial || n.Refund != "" || p.Outcome != call.Done || p.Amount != 12850 || !p.PaidAt.Equal(start) {
		t.Errorf("notice: %+v", n)
	}
	if a := w.ask(serial, 12850); a.Reference != p.Reference || a.Payer != p.Payer {
		t.Errorf("notice says %+v, ask %+v", p, a)
	}

	if r, err := n.Answering(acquirer.Question{Serial: serial, Amount: 12850}); err != nil || r != p {
		t.Errorf("as an answer: %+v, %v", r, err)
	}
	for _, q := range []acquirer.Question{{Serial: another, Amount: 12850}, {Serial: serial, Amount: 12849}} {
		if r, err := n.Answering(q); !errors.Is(err, acquirer.ErrMisfit) || r != (acquirer.PaymentResult{}) {
			t.Errorf("as an answer to %+v: %+v, %v; want unknown", q, r, err)
		}
	}

	code := w.sim.PayCode(acquirersim.Limits{})
	if r, err := w.a.Collect(w.ctx(), collection(another, 500, code)); err != nil || r.Outcome != call.Done {
		t.Fatalf("collect: %+v, %v", r, err)
	}
	if due := w.sim.Notices(); len(due) == 1 != s.CollectNotifies {
		t.Errorf("%d notices of a collection", len(due))
	}
}

func (s Subject) testNoticeTimes(t *testing.T) {
	w := s.begin(t)
	w.set(acquirersim.DuplicateNotice, 1)
	w.bought(serial, 100)
	due := w.sim.Notices()
	if len(due) != 2 {
		t.Fatalf("%d notices, want 2", len(due))
	}
	for _, d := range due {
		if n, err := w.a.Notice(d.Header, []byte(d.Body)); err != nil || n.Serial != serial || n.Payment.Outcome != call.Done || n.Payment.Amount != 100 {
			t.Errorf("notice: %+v, %v", n, err)
		}
	}

	for _, taken := range []bool{true, false} {
		if a := w.a.Receipt(taken); w.sim.Taken(due[0], a.Status, a.Body) != taken {
			t.Errorf("receipt %+v for taken=%v is understood the other way", a, taken)
		}
	}
	w.sim.Return(due[0])
	if n := len(w.sim.Notices()); n != 0 {
		t.Errorf("%d notices at once after one that was not taken", n)
	}
	w.pass(15 * time.Second)
	if n := len(w.sim.Notices()); n != 1 {
		t.Errorf("%d notices 15 s after one that was not taken, want 1", n)
	}

	w.set(acquirersim.NoNotice, 1)
	w.bought(another, 200)
	if due := w.sim.Notices(); len(due) != 0 {
		t.Errorf("%d notices, want none", len(due))
	}
	if a := w.ask(another, 200); a.Outcome != call.Done {
		t.Errorf("ask: %+v", a)
	}
}

func (s Subject) testNoticeForged(t *testing.T) {
	w := s.begin(t)
	w.set(acquirersim.ForgedNotice, 1)
	w.order(serial, 12850)
	due := w.sim.Notices()
	if len(due) != 1 {
		t.Fatalf("%d notices, want the forged one", len(due))
	}
	n, err := w.a.Notice(due[0].Header, []byte(due[0].Body))
	if !errors.Is(err, acquirer.ErrSignature) || n != (acquirer.Notice{}) {
		t.Errorf("forged notice: %+v, %v", n, err)
	}
	w.money(0)
}

// testNoticeTampered changes each byte of a genuine notice in turn, and leaves out
// each header.
func (s Subject) testNoticeTampered(t *testing.T) {
	w := s.begin(t)
	w.bought(serial, 12850)
	genuine := w.sim.Notices()[0]
	want, err := w.a.Notice(genuine.Header, []byte(genuine.Body))
	if err != nil {
		t.Fatal(err)
	}

	step := 1
	if testing.Short() {
		step = 7
	}
	for i := 0; i < len(genuine.Body); i += step {
		body := []byte(genuine.Body)
		body[i] ^= 1
		// One name for a thing instead of another, or a signature that decodes to the
		// same bytes, is no change of meaning.
		if n, err := w.a.Notice(genuine.Header, body); err == nil && n != want {
			t.Fatalf("byte %d changed: %+v is believed", i, n)
		}
	}
	for name := range genuine.Header {
		h := genuine.Header.Clone()
		h.Del(name)
		if n, err := w.a.Notice(h, []byte(genuine.Body)); err == nil && n != want {
			t.Errorf("without %s: %+v is believed", name, n)
		}
	}
	for _, body := range []string{"", "{}", "null", "a=b", string(bytes.Repeat([]byte("a"), 100<<10))} {
		if n, err := w.a.Notice(genuine.Header, []byte(body)); err == nil {
			t.Errorf("body %.10q: %+v is believed", body, n)
		}
	}
}

func (s Subject) testNoticeRefund(t *testing.T) {
	w := s.begin(t)
	w.bought(serial, 12850)
	w.sim.Notices()
	w.refund(refundOf(back, 2850, 12850))
	n := w.notice()
	if n.Serial != serial || n.Refund != back || n.Payment.Outcome != call.Unknown {
		t.Errorf("notice: %+v, want a hint about the refund", n)
	}
}

func (s Subject) testNoticeStale(t *testing.T) {
	w := s.begin(t)
	w.bought(serial, 12850)
	old := w.sim.Notices()[0]
	w.pass(5*time.Minute + time.Second)
	n, err := w.a.Notice(old.Header, []byte(old.Body))
	if s.SignsTime && (!errors.Is(err, acquirer.ErrClock) || n != (acquirer.Notice{})) {
		t.Errorf("stale notice: %+v, %v; want a wrong clock", n, err)
	}
	if !s.SignsTime && (err != nil || n.Serial != serial) {
		t.Errorf("old notice: %+v, %v; want it believed", n, err)
	}
}

// testNoticePushed has the acquirer push over a socket until it is told that the
// notice was taken.
func (s Subject) testNoticePushed(t *testing.T) {
	w := s.begin(t)
	got := make(chan acquirer.Notice, 4)
	office := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		n, err := w.a.Notice(r.Header, body)
		answer := w.a.Receipt(err == nil)
		rw.Header().Set("Content-Type", answer.ContentType)
		rw.WriteHeader(answer.Status)
		_, _ = io.WriteString(rw, answer.Body)
		got <- n
	}))
	defer office.Close()
	w.a = w.connect(Setup{Base: "http://acquirer.test", Transport: w.sim.RoundTripper(), NotifyURL: office.URL + "/notice"})
	ctx, cancel := context.WithCancel(t.Context())
	pushed := make(chan struct{})
	go func() {
		defer close(pushed)
		w.sim.Push(ctx, nil)
	}()
	defer func() {
		cancel()
		<-pushed
	}()

	w.bought(serial, 12850)
	select {
	case n := <-got:
		if n.Serial != serial || n.Payment.Outcome != call.Done || n.Payment.Amount != 12850 {
			t.Errorf("notice: %+v", n)
		}
	case <-time.After(ample):
		t.Fatal("no notice was pushed")
	}
}

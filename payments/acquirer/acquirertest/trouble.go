package acquirertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// operation is one call, and what must be there before it.
type operation struct {
	name    string
	prepare func(*world)
	call    func(*world) (call.Answer, acquirer.Reason, error)
	done    int64 // what the acquirer holds once it was carried out
	not     int64 // what it holds if it was not
	asks    bool
}

// operations are all calls, each in a world of its own.
func operations() []operation {
	code := ""

	return []operation{
		{
			name: "order", prepare: func(*world) {},
			call: func(w *world) (call.Answer, acquirer.Reason, error) {
				o := w.anOrder(serial, 12850)
				o.Expires = start.Add(15 * time.Minute) // by any clock of these tests
				r, err := w.a.Order(w.ctx(), o)

				return r.Answer, r.Reason, err
			},
		},
		{
			name: "collect", done: 12850,
			prepare: func(w *world) { code = w.sim.PayCode(acquirersim.Limits{}) },
			call: func(w *world) (call.Answer, acquirer.Reason, error) {
				r, err := w.a.Collect(w.ctx(), collection(serial, 12850, code))
				if err != nil && strings.Contains(err.Error(), code) {
					w.t.Errorf("the error holds the customer's code: %v", err)
				}

				return r.Answer, r.Reason, err
			},
		},
		{
			name: "ask", done: 12850, not: 12850, asks: true,
			prepare: func(w *world) { w.collected() },
			call: func(w *world) (call.Answer, acquirer.Reason, error) {
				r, err := w.a.Ask(w.ctx(), acquirer.Question{Serial: serial, Amount: 12850})

				return r.Answer, r.Reason, err
			},
		},
		{
			name: "close", not: 12850,
			prepare: func(w *world) { w.collected() },
			call: func(w *world) (call.Answer, acquirer.Reason, error) {
				r, err := w.a.Close(w.ctx(), acquirer.Closing{Serial: serial, Collected: true})

				return r.Answer, r.Reason, err
			},
		},
		{
			name: "refund", done: 10000, not: 12850,
			prepare: func(w *world) { w.collected() },
			call: func(w *world) (call.Answer, acquirer.Reason, error) {
				r, err := w.a.Refund(w.ctx(), refundOf(back, 2850, 12850))

				return r.Answer, r.Reason, err
			},
		},
		{
			name: "ask for a refund", done: 10000, not: 10000, asks: true,
			prepare: func(w *world) {
				w.collected()
				if err := w.refunded(); err != nil {
					w.t.Fatal(err)
				}
			},
			call: func(w *world) (call.Answer, acquirer.Reason, error) {
				r, err := w.a.AskRefund(w.ctx(), refundOf(back, 2850, 12850))

				return r.Answer, r.Reason, err
			},
		},
	}
}

func (w *world) collected() {
	w.t.Helper()
	a := w.connect(Setup{Base: "http://acquirer.test", Transport: w.sim.RoundTripper()})
	r, err := a.Collect(w.ctx(), collection(serial, 12850, w.sim.PayCode(acquirersim.Limits{})))
	if err != nil || r.Outcome != call.Done {
		w.t.Fatalf("collect: %+v, %v", r, err)
	}
}

func (w *world) refunded() error {
	a := w.connect(Setup{Base: "http://acquirer.test", Transport: w.sim.RoundTripper()})
	_, err := a.Refund(w.ctx(), refundOf(back, 2850, 12850))

	return err
}

// each runs a check of every operation in a world of its own.
func (s Subject) each(t *testing.T, begin func(Subject, *testing.T) *world, check func(*world, operation)) {
	for _, o := range operations() {
		t.Run(o.name, func(t *testing.T) {
			w := begin(s, t)
			o.prepare(w)
			check(w, o)
		})
	}
}

// unanswered expects that nothing is known, and an error that says why.
func (w *world) unanswered(o operation, why error) {
	w.t.Helper()
	a, reason, err := o.call(w)
	if a != (call.Answer{}) || reason != "" || !errors.Is(err, why) {
		w.t.Errorf("%s: %+v %q, %v; want nothing, because %v", o.name, a, reason, err, why)
	}
}

var silences = []struct {
	fault acquirersim.Fault
	done  bool
}{{acquirersim.NoReply, true}, {acquirersim.LoseRequest, false}, {acquirersim.Slow, true}}

func (s Subject) testSilence(t *testing.T) {
	s.silence(t, Subject.begin, func(*world, acquirersim.Fault) {})
}

// testSilenceOnSocket hangs up in place of waiting for the answer.
func (s Subject) testSilenceOnSocket(t *testing.T) { s.silence(t, Subject.socket, (*world).hangUp) }

func (s Subject) silence(t *testing.T, begin func(Subject, *testing.T) *world, wait func(*world, acquirersim.Fault)) {
	for _, f := range silences {
		t.Run(string(f.fault), func(t *testing.T) {
			s.each(t, begin, func(w *world, o operation) {
				w.set(f.fault, 1)
				wait(w, f.fault)
				w.unanswered(o, acquirer.ErrSilence)
				if f.done {
					w.money(o.done)
				} else {
					w.money(o.not)
				}
			})
		})
	}
}

// testDown: what never left was not done; a question that never left says nothing.
func (s Subject) testDown(t *testing.T) {
	s.each(t, Subject.begin, func(w *world, o operation) {
		w.set(acquirersim.Down, acquirersim.Forever)
		a, reason, err := o.call(w)
		want, why := call.Answer{Outcome: call.NotDone, Retry: true}, acquirer.NotNow
		if o.asks {
			want, why = call.Answer{}, ""
		}
		if a != want || reason != why || !errors.Is(err, acquirer.ErrSilence) {
			w.t.Errorf("%+v %q, %v; want %+v %q and silence", a, reason, err, want, why)
		}
		w.money(o.not)
	})
}

// testError runs through all mistakes: none of them may decide anything.
func (s Subject) testError(t *testing.T) {
	s.each(t, Subject.begin, func(w *world, o operation) {
		w.set(acquirersim.Error, acquirersim.Forever)
		for i := range 8 {
			a, reason, err := o.call(w)
			if a.Outcome != call.Unknown || a.Wait || reason != "" || (err == nil) != (a.Code != "") {
				w.t.Errorf("mistake %d: %+v %q, %v; want unknown", i, a, reason, err)
			}
		}
		w.money(o.done) // every other one was carried out
	})
}

func (s Subject) testDuplicate(t *testing.T) {
	s.each(t, Subject.begin, func(w *world, o operation) {
		w.set(acquirersim.Duplicate, 1)
		if a, _, err := o.call(w); err != nil || a.Outcome == call.NotDone {
			w.t.Errorf("%+v, %v; want done or unknown", a, err)
		}
		w.money(o.done)
	})
}

func (s Subject) testWrongSignature(t *testing.T) {
	s.each(t, Subject.begin, func(w *world, o operation) {
		w.set(acquirersim.WrongSignature, 1)
		w.unanswered(o, acquirer.ErrSignature)
		w.money(o.done)
	})

	// A refusal counts for no more than its signature.
	w := s.begin(t)
	w.set(acquirersim.WrongSignature, 1)
	r, err := w.a.Ask(w.ctx(), acquirer.Question{Serial: serial, Amount: 100})
	if r != (acquirer.PaymentResult{}) || !errors.Is(err, acquirer.ErrSignature) {
		t.Errorf("ask for nothing: %+v, %v; want nothing known", r, err)
	}
}

// testMisfit: an answer that speaks of another payment is no answer to ours.
func (s Subject) testMisfit(t *testing.T) {
	silent := map[acquirersim.Fault]map[string]bool{
		acquirersim.OtherSerial: {"order": !s.OrderNamesSerial, "close": !s.CloseNamesSerial},
		acquirersim.OtherAmount: {"order": true, "close": true},
	}
	for f, leavesOut := range silent {
		t.Run(string(f), func(t *testing.T) {
			s.each(t, Subject.begin, func(w *world, o operation) {
				if leavesOut[o.name] {
					return
				}
				w.set(f, 1)
				a, reason, err := o.call(w)
				if a.Outcome != call.Unknown || a.Wait || reason != "" || !errors.Is(err, acquirer.ErrMisfit) {
					w.t.Errorf("%+v %q, %v; want unknown, a misfit", a, reason, err)
				}
				w.money(o.done)
			})
		})
	}
}

// testClock: with an office clock that is off by more than 5 minutes nothing goes
// through, and the error says why.
func (s Subject) testClock(t *testing.T) {
	for _, lag := range []time.Duration{5*time.Minute + 5*time.Second, -5*time.Minute - 5*time.Second} {
		t.Run(lag.String(), func(t *testing.T) {
			s.each(t, Subject.begin, func(w *world, o operation) {
				w.lag = lag
				w.unanswered(o, acquirer.ErrClock)
				w.lag = 0
				w.money(o.not)
			})
		})
	}

	w := s.begin(t)
	w.lag = 4*time.Minute + 50*time.Second
	show := w.order(serial, 100)
	w.pay(show)
	if a := w.ask(serial, 100); a.Outcome != call.Done {
		t.Errorf("within the limit: %+v", a)
	}
}

func (s Subject) testBadRequests(t *testing.T) {
	w := s.begin(t)
	long := strings.Repeat("电", 33)
	code := acquirer.Secret(w.sim.PayCode(acquirersim.Limits{}))
	later := start.Add(time.Minute)
	for i, o := range []acquirer.Order{
		{Serial: "1", Amount: 100, Expires: later},
		{Serial: serial[:19] + "a", Amount: 100, Expires: later},
		{Serial: serial, Amount: 0, Expires: later},
		{Serial: serial, Amount: -1, Expires: later},
		{Serial: serial, Amount: money.Max + 1, Expires: later},
		{Serial: serial, Amount: 100, Expires: start},
		{Serial: serial, Amount: 100, Expires: later, Subject: long},
		{Serial: serial, Amount: 100, Expires: later, Subject: "\xff"},
	} {
		if r, err := w.a.Order(w.ctx(), o); !refusedHere(r.Answer, r.Reason, err) {
			t.Errorf("order %d: %+v, %v", i, r, err)
		}
	}
	for i, c := range []acquirer.Collection{
		{Serial: serial, Amount: 100, Code: "WK1:10000001010000000042"},
		{Serial: serial, Amount: 100, Code: "28"},
		{Serial: serial, Amount: 0, Code: code},
		{Serial: "", Amount: 100, Code: code},
		{Serial: serial, Amount: 100, Code: code, Terminal: long},
	} {
		if r, err := w.a.Collect(w.ctx(), c); !refusedHere(r.Answer, r.Reason, err) {
			t.Errorf("collection %d: %+v, %v", i, r, err)
		}
	}
	for i, f := range []acquirer.Refund{
		{Serial: serial, Original: serial, Amount: 1, Total: 1},
		{Serial: back, Original: serial, Amount: 2, Total: 1},
		{Serial: back, Original: "x", Amount: 1, Total: 1},
		{Serial: "x", Original: serial, Amount: 1, Total: 1},
	} {
		if r, err := w.a.Refund(w.ctx(), f); !refusedHere(r.Answer, r.Reason, err) {
			t.Errorf("refund %d: %+v, %v", i, r, err)
		}
		if r, err := w.a.AskRefund(w.ctx(), f); r != (acquirer.RefundResult{}) || !errors.Is(err, acquirer.ErrRequest) {
			t.Errorf("ask for refund %d: %+v, %v", i, r, err)
		}
	}
	if r, err := w.a.Ask(w.ctx(), acquirer.Question{Serial: "x", Amount: 1}); r != (acquirer.PaymentResult{}) || !errors.Is(err, acquirer.ErrRequest) {
		t.Errorf("ask: %+v, %v", r, err)
	}
	if r, err := w.a.Close(w.ctx(), acquirer.Closing{}); !refusedHere(r.Answer, r.Reason, err) {
		t.Errorf("close: %+v, %v", r, err)
	}
	if n := len(w.sim.Ledger().Orders); n != 0 {
		t.Errorf("%d orders reached the acquirer", n)
	}
}

func refusedHere(a call.Answer, r acquirer.Reason, err error) bool {
	return a == (call.Answer{Outcome: call.NotDone}) && r == acquirer.NotAccepted && errors.Is(err, acquirer.ErrRequest)
}

// roundTrip is a function as a road.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// endless is a body without an end.
type endless struct{}

// Read fills p with blanks.
func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}

	return len(p), nil
}

// Close does nothing.
func (endless) Close() error { return nil }

func (s Subject) testTooLarge(t *testing.T) {
	s.each(t, Subject.begin, func(w *world, o operation) {
		w.a = w.connect(Setup{Base: "http://acquirer.test", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := w.sim.RoundTripper().RoundTrip(r)
			if err == nil {
				resp.Body = endless{}
			}

			return resp, err
		})})
		w.unanswered(o, acquirer.ErrAnswer)
	})
}

// testTimeout: an adapter gives up by itself, after exactly its time.
func (s Subject) testTimeout(t *testing.T) {
	Keys(t) // made outside of the bubble
	for timeout, want := range map[time.Duration]time.Duration{0: 15 * time.Second, 4 * time.Second: 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			w := s.begin(t)
			w.a = w.connect(Setup{Base: "http://acquirer.test", Timeout: timeout, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()

				return nil, r.Context().Err()
			})})
			begin := time.Now()
			w.unanswered(operations()[0], acquirer.ErrSilence)
			if took := time.Since(begin); took != want {
				t.Errorf("gave up after %s, want %s", took, want)
			}
		})
	}
}

// testTampered: a request that was changed on its way is not carried out.
func (s Subject) testTampered(t *testing.T) {
	changed := false
	for _, from := range []string{"12850", "128.50"} {
		w := s.begin(t)
		w.a = w.connect(Setup{Base: "http://acquirer.test", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			changed = changed || bytes.Contains(body, []byte(from))
			body = bytes.ReplaceAll(body, []byte(from), []byte(strings.Replace(from, "8", "3", 1)))
			r = r.Clone(r.Context())
			r.Body = io.NopCloser(bytes.NewReader(body))

			return w.sim.RoundTripper().RoundTrip(r)
		})})
		r, err := w.a.Order(w.ctx(), w.anOrder(serial, 12850))
		if r.Outcome == call.Done { // the amount is written the other way
			continue
		}
		if n := len(w.sim.Ledger().Orders); n != 0 || err == nil {
			t.Errorf("%s changed: %+v, %v, %d orders; want unknown and none", from, r, err, n)
		}
	}
	if !changed {
		t.Error("no request was changed")
	}
}

func (s Subject) testCancelled(t *testing.T) {
	w := s.begin(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := w.a.Order(ctx, w.anOrder(serial, 100))
	if r.Outcome != call.Unknown || r.Show != "" || !errors.Is(err, acquirer.ErrSilence) {
		t.Errorf("cancelled before the call: %+v, %v", r, err)
	}
	if n := len(w.sim.Ledger().Orders); n != 0 {
		t.Errorf("%d orders reached the acquirer", n)
	}
}

// testNoCrossTalk makes many calls at once; each gets its own answer.
func (s Subject) testNoCrossTalk(t *testing.T) {
	w := s.begin(t)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			serial := fmt.Sprintf("1000000101%010d", i)
			amount := money.Amount(100 + i)
			r, err := w.a.Collect(w.ctx(), collection(serial, amount, w.sim.PayCode(acquirersim.Limits{})))
			if err != nil || r.Outcome != call.Done || r.Amount != amount {
				t.Errorf("collect of %d: %+v, %v", amount, r, err)
			}
			if a, err := w.a.Ask(w.ctx(), acquirer.Question{Serial: serial, Amount: amount}); err != nil || a.Amount != amount || a.Reference != r.Reference {
				t.Errorf("ask for %d: %+v, %v", amount, a, err)
			}
		})
	}
	all.Wait()
	w.money(12*100 + 66)
}

package acquirertest

import (
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/leg/call"
)

func (s Subject) testOrder(t *testing.T) {
	w := s.begin(t)
	r, err := w.a.Order(w.ctx(), w.anOrder(serial, 12850))
	if err != nil {
		t.Fatal(err)
	}
	w.same("order", r.Answer, call.Answer{Outcome: call.Done, Code: s.Codes.Ordered}, r.Reason, "")
	if r.Show == "" || !r.Expires.Equal(start.Add(5*time.Minute)) {
		t.Errorf("order: %q until %s", r.Show, r.Expires)
	}

	waiting := call.Answer{Wait: true, Code: s.Codes.Waiting}
	unscanned := w.ask(serial, 12850)
	if s.Unscanned == "none" {
		w.same("ask before the scan", unscanned.Answer, call.Answer{Outcome: call.NotDone, Retry: true, Code: s.Codes.None}, unscanned.Reason, acquirer.NoOrder)
	} else {
		w.same("ask before the scan", unscanned.Answer, waiting, unscanned.Reason, "")
	}
	if err := w.sim.Scan(r.Show); err != nil {
		t.Fatal(err)
	}
	scanned := w.ask(serial, 12850)
	w.same("ask after the scan", scanned.Answer, waiting, scanned.Reason, "")

	w.pass(40 * time.Second)
	w.pay(r.Show)
	w.pass(10 * time.Second)
	p := w.ask(serial, 12850)
	w.same("ask", p.Answer, call.Answer{Outcome: call.Done, Code: s.Codes.Paid}, p.Reason, "")
	if p.Amount != 12850 || !p.PaidAt.Equal(start.Add(40*time.Second)) || !strings.HasSuffix(p.Reference, "22001400000000000001") {
		t.Errorf("ask: %d at %s, reference %q", p.Amount, p.PaidAt, p.Reference)
	}
	if !strings.Contains(p.Payer, "****") || strings.Contains(p.Payer, "0000") {
		t.Errorf("payer %q is not masked", p.Payer)
	}
	if e, ok := w.entry(serial); !ok || e.Amount != 12850 || e.Tender != "qr" || e.Reversed || e.Refunded != 0 {
		t.Errorf("ledger: %+v", e)
	}
	w.money(12850)
}

func (s Subject) testOrderRepeated(t *testing.T) {
	w := s.begin(t)
	first := w.order(serial, 12850)
	if again := w.order(serial, 12850); again != first {
		t.Errorf("repeated order shows %q, at first %q", again, first)
	}

	r, err := w.a.Order(w.ctx(), w.anOrder(serial, 12851))
	if err != nil || r.Outcome != call.Unknown || r.Wait || r.Code == "" || r.Show != "" {
		t.Errorf("same serial, another amount: %+v, %v; want unknown", r, err)
	}
	w.pay(first)
	r, err = w.a.Order(w.ctx(), w.anOrder(serial, 12850))
	if err != nil || r.Outcome != call.Unknown || r.Show != "" {
		t.Errorf("order of what is paid: %+v, %v; want unknown", r, err)
	}
	w.money(12850)
}

func (s Subject) testOrderExpires(t *testing.T) {
	w := s.begin(t)
	show := w.order(serial, 100)
	if err := w.sim.Scan(show); err != nil {
		t.Fatal(err)
	}
	w.pass(5*time.Minute + time.Second)
	if err := w.sim.Pay(show); err == nil {
		t.Error("an expired code was paid")
	}
	r := w.ask(serial, 100)
	w.same("ask", r.Answer, call.Answer{Outcome: call.NotDone, Code: s.Codes.Closed}, r.Reason, acquirer.Closed)
}

func (s Subject) testCollect(t *testing.T) {
	w := s.begin(t)
	code := w.sim.PayCode(acquirersim.Limits{})
	r, err := w.a.Collect(w.ctx(), collection(serial, 12850, code))
	if err != nil {
		t.Fatal(err)
	}
	w.same("collect", r.Answer, call.Answer{Outcome: call.Done, Code: s.Codes.Collected}, r.Reason, "")
	if r.Amount != 12850 || !r.PaidAt.Equal(start) || !strings.Contains(r.Payer, "****") {
		t.Errorf("collect: %+v", r)
	}

	asked := w.ask(serial, 12850)
	if asked.Outcome != call.Done || asked.Reference != r.Reference || asked.Amount != 12850 || asked.Payer != r.Payer {
		t.Errorf("ask: %+v, collect said %+v", asked, r)
	}
	w.money(12850)
}

func (s Subject) testPassword(t *testing.T) {
	for _, c := range []struct {
		name  string
		right bool
		money int64
	}{{"entered", true, 30000}, {"given up", false, 0}} {
		t.Run(c.name, func(t *testing.T) {
			w := s.begin(t)
			code := w.sim.PayCode(acquirersim.Limits{Password: true})
			r, err := w.a.Collect(w.ctx(), collection(serial, 30000, code))
			if err != nil {
				t.Fatal(err)
			}
			w.same("collect", r.Answer, call.Answer{Wait: true, Code: s.Codes.Paying}, r.Reason, "")
			if a := w.ask(serial, 30000); a.Outcome != call.Unknown || !a.Wait {
				t.Errorf("ask meanwhile: %+v, want a wait", a)
			}
			w.money(0)

			if err := w.sim.Enter(code, c.right); err != nil {
				t.Fatal(err)
			}
			a := w.ask(serial, 30000)
			if c.right && (a.Outcome != call.Done || a.Amount != 30000) || !c.right && (a.Outcome != call.NotDone || a.Retry) {
				t.Errorf("ask: %+v", a)
			}
			w.money(c.money)
		})
	}
}

func (s Subject) testCollectRefused(t *testing.T) {
	w := s.begin(t)
	used := w.sim.PayCode(acquirersim.Limits{})
	if r, err := w.a.Collect(w.ctx(), collection(another, 100, used)); err != nil || r.Outcome != call.Done {
		t.Fatalf("collect: %+v, %v", r, err)
	}
	old := w.sim.PayCode(acquirersim.Limits{})
	w.pass(acquirersim.CodeLife + time.Second)

	for _, c := range []struct {
		name, code string
		reason     acquirer.Reason
	}{
		{"used", used, acquirer.BadCode},
		{"old", old, acquirer.BadCode},
		{"of nobody", "289999999999999999", acquirer.BadCode},
		{"over the limit", w.sim.PayCode(acquirersim.Limits{Limit: 12849}), acquirer.OverLimit},
		{"short of funds", w.sim.PayCode(acquirersim.Limits{Funds: 12849}), acquirer.NoFunds},
	} {
		r, err := w.a.Collect(w.ctx(), collection(serial, 12850, c.code))
		if err != nil || r.Outcome != call.NotDone || r.Retry || r.Reason != c.reason || r.Code == "" {
			t.Errorf("%s: %+v, %v; want refused, %s", c.name, r, err, c.reason)
		}
		if c.name == "used" && r.Code != s.Codes.BadCode {
			t.Errorf("%s: code %q, want %q", c.name, r.Code, s.Codes.BadCode)
		}
		a := w.ask(serial, 12850)
		w.same(c.name+", asked", a.Answer, call.Answer{Outcome: call.NotDone, Retry: true, Code: s.Codes.None}, a.Reason, acquirer.NoOrder)
	}
	w.money(100)
}

// testCollectRepeated: the same serial never takes money twice, whatever code comes
// with it.
func (s Subject) testCollectRepeated(t *testing.T) {
	w := s.begin(t)
	for i := range 3 {
		r, err := w.a.Collect(w.ctx(), collection(serial, 12850, w.sim.PayCode(acquirersim.Limits{})))
		want := call.Unknown
		if i == 0 || s.RepeatsCollected {
			want = call.Done
		}
		if err != nil || r.Outcome != want {
			t.Errorf("collect %d: %+v, %v; want %s", i, r, err, want)
		}
	}
	if r, err := w.a.Collect(w.ctx(), collection(serial, 100, w.sim.PayCode(acquirersim.Limits{}))); err != nil || r.Outcome != call.Unknown {
		t.Errorf("another amount: %+v, %v; want unknown", r, err)
	}
	w.money(12850)
}

func (s Subject) testAskNone(t *testing.T) {
	w := s.begin(t)
	a := w.ask(serial, 100)
	w.same("ask", a.Answer, call.Answer{Outcome: call.NotDone, Retry: true, Code: s.Codes.None}, a.Reason, acquirer.NoOrder)
	if a.Amount != 0 || a.Reference != "" {
		t.Errorf("ask: %+v", a)
	}
}

package acquirersim

import (
	"errors"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 29, 4, 0, 0, 0, time.UTC)

func TestFen(t *testing.T) {
	for in, want := range map[string]int64{
		"128.50": 12850, "0.01": 1, "9999999999.99": 999999999999, "128": 0, "128.5": 0, ".50": 0, "0.00": 0, "1.2.3": 0, "-1.00": 0,
		"10000000000.00": 0, "1e2.00": 0, "": 0, "１.00": 0,
	} {
		if got, ok := fen(in); got != want && ok || ok != (want > 0) {
			t.Errorf("fen(%q) = %d, %v; want %d", in, got, ok, want)
		}
	}
	if got := decimal(12850); got != "128.50" {
		t.Errorf("decimal: %s", got)
	}
	if got := decimal(5); got != "0.05" {
		t.Errorf("decimal: %s", got)
	}
}

// TestLedgerSurvives saves, and loads into another server.
func TestLedgerSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acquirer.json")
	cfg := Config{Now: func() time.Time { return noon }, Path: path}
	s := New(cfg)
	show := func(serial string) string {
		o := s.do(deed{op: opOrder, protocol: signedName, serial: serial, amount: 12850, expires: noon.Add(time.Minute)})

		return o.order.Show
	}
	if err := s.Pay(show("10000001010000000001")); err != nil {
		t.Fatal(err)
	}
	show("10000001010000000002")
	s.do(deed{op: opRefund, serial: "10000001010000000001", refund: "10000001010000000003", amount: 50})

	again := New(cfg)
	if err := again.Err(); err != nil {
		t.Fatal(err)
	}
	if got, want := again.Ledger(), s.Ledger(); !reflect.DeepEqual(got, want) || len(got.Orders) != 2 || got.Money() != 12800 {
		t.Errorf("loaded %+v, saved %+v", got, want)
	}
	o := again.do(deed{op: opOrder, protocol: signedName, serial: "10000001010000000004", amount: 1, expires: noon.Add(time.Minute)})
	for _, old := range s.Ledger().Orders {
		if old.Show == o.order.Show || old.Reference == o.order.Reference {
			t.Errorf("%q and %q were given out before", o.order.Show, o.order.Reference)
		}
	}
}

func TestAuditFindsWhatIsWrong(t *testing.T) {
	good := Order{Serial: "1", Amount: 100, State: Paid, Payments: 1}
	for name, orders := range map[string][]Order{
		"twice in it":   {good, good},
		"paid twice":    {{Serial: "1", Amount: 100, State: Paid, Payments: 2}},
		"paid never":    {{Serial: "1", Amount: 100, State: Paid}},
		"closed, paid":  {{Serial: "1", Amount: 100, State: Closed, Payments: 1}},
		"too much back": {{Serial: "1", Amount: 100, State: Paid, Payments: 1, Refunds: []Refund{{Serial: "2", Amount: 60}, {Serial: "3", Amount: 41}}}},
		"back twice":    {{Serial: "1", Amount: 100, State: Paid, Payments: 1, Refunds: []Refund{{Serial: "2", Amount: 10}, {Serial: "2", Amount: 10}}}},
	} {
		if (Ledger{Orders: orders}).Audit() == nil {
			t.Errorf("%s: not found", name)
		}
	}
	if err := (Ledger{Orders: []Order{good}}).Audit(); err != nil {
		t.Error(err)
	}
}

func TestFaultsEnd(t *testing.T) {
	now := noon
	s := New(Config{Now: func() time.Time { return now }})
	if err := s.SetFor("tired", 1); err == nil {
		t.Error("an unknown fault was taken")
	}
	if err := s.SetUntil(Down, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if !s.On(Down) {
		t.Error("down is off")
	}
	now = noon.Add(time.Minute)
	if s.On(Down) {
		t.Error("down is on after its time")
	}

	if err := s.SetFor(LoseRequest, 2); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, false, true} {
		req, err := http.NewRequest(http.MethodPost, "http://acquirer.test/nowhere", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.RoundTripper().RoundTrip(req)
		if (err == nil) != want || want && resp.StatusCode != http.StatusNotFound {
			t.Errorf("request %d: %v, %v", i, resp, err)
		}
	}
	if err := s.Until(t.Context(), LoseRequest); err != nil {
		t.Error(err)
	}
}

func TestPhone(t *testing.T) {
	s := New(Config{Now: func() time.Time { return noon }})
	for _, show := range []string{"", "weixin://wxpay/bizpayurl?pr=1"} {
		if err := s.Pay(show); !errors.Is(err, ErrNotPayable) {
			t.Errorf("pay %q: %v", show, err)
		}
		if err := s.Scan(show); !errors.Is(err, ErrNotPayable) {
			t.Errorf("scan %q: %v", show, err)
		}
	}
	if err := s.Enter(s.PayCode(Limits{Password: true}), true); !errors.Is(err, ErrNotAsked) {
		t.Errorf("password that nobody asked for: %v", err)
	}
	if a, b := s.PayCode(Limits{}), s.PayCode(Limits{}); a == b || len(a) != 18 || strings.Trim(a, "0123456789") != "" {
		t.Errorf("codes %q and %q", a, b)
	}
}

// TestUnsignedRequests: nothing is carried out for whoever cannot sign.
// TestAClosedOrderIsBookedLate: an acquirer may book a payment of an order that it closed.
func TestAClosedOrderIsBookedLate(t *testing.T) {
	s := New(Config{Now: func() time.Time { return noon }})
	const serial = "10000001010000000001"
	show := s.do(deed{op: opOrder, protocol: signedName, serial: serial, amount: 12850, expires: noon.Add(time.Minute), notify: "http://office.test"}).order.Show
	if err := s.BookLate(show); !errors.Is(err, ErrNotPayable) {
		t.Errorf("an open order: %v", err)
	}
	if out := s.do(deed{op: opClose, serial: serial}); out.said != saidOK || s.Pay(show) == nil {
		t.Errorf("closed: %+v", out)
	}
	if err := s.BookLate(show); err != nil {
		t.Error(err)
	}
	if out := s.do(deed{op: opAsk, serial: serial}); out.order.State != Paid || s.Ledger().Money() != 12850 || s.Ledger().Audit() != nil || len(s.pending) != 1 {
		t.Errorf("%+v, %d notices", out, len(s.pending))
	}
	for _, code := range []string{show, "", "unknown"} {
		if err := s.BookLate(code); !errors.Is(err, ErrNotPayable) {
			t.Errorf("%q: %v", code, err)
		}
	}
}

func TestUnsignedRequests(t *testing.T) {
	k, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Now: func() time.Time { return noon }, Keys: k})
	for path, want := range map[string]int{
		"/gateway.do": 200, "/v3/pay/transactions/native": 401, "/v1/order": 401, "/v2/order": 404,
	} {
		req, err := http.NewRequest(http.MethodPost, "http://acquirer.test"+path, strings.NewReader(`{"serial":"10000001010000000001","amount":100}`))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.RoundTripper().RoundTrip(req)
		if err != nil || resp.StatusCode != want {
			t.Errorf("%s: %v, %v", path, resp, err)
		}
	}
	if n := len(s.Ledger().Orders); n != 0 {
		t.Errorf("%d orders", n)
	}
}

package mistest

import (
	"testing"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

func (s *suite) testQuery(t *testing.T) {
	w := s.begin(t)
	q := w.call(query("1000000001")).Query
	a := q.Account
	if q.Outcome != mis.Done || q.Code != w.codes.OK || a.Number != "1000000001" || a.Name != "张伟民" ||
		a.Address != "示范市人民路18号3栋2单元501室" || a.Class != 3 ||
		a.Fee != 12600 || a.Penalty != 250 || a.Arrears != 12850 || a.Advance != 0 || a.Minimum != 0 {
		t.Errorf("query: %+v", q)
	}
	want := []mis.Bill{
		{ID: "YS10000001A", Month: "202609", Fee: 6600, Penalty: 250},
		{ID: "YS10000001B", Month: "202610", Fee: 6000},
	}
	if len(a.Bills) != 2 || a.Bills[0] != want[0] || a.Bills[1] != want[1] {
		t.Errorf("bills: %+v, want %+v", a.Bills, want)
	}
	for number, c := range map[string]struct {
		outcome          mis.Outcome
		code             mis.Code
		class            int
		arrears, minimum money.Amount
	}{
		"1000000002": {mis.Done, w.codes.OK, 3, 0, 0},
		"1000000003": {mis.Done, w.codes.OK, 3, 0, 0},
		"1000000004": {mis.Done, w.codes.OK, 2, 8640, 8640},
		"1000000009": {mis.NotDone, w.codes.NoUser, 0, 0, 0},
	} {
		q := w.call(query(number)).Query
		if q.Outcome != c.outcome || q.Code != c.code || q.Account.Class != c.class || q.Account.Arrears != c.arrears || q.Account.Minimum != c.minimum {
			t.Errorf("query %s: %+v, want %+v", number, q, c)
		}
	}
}

func (s *suite) testVerify(t *testing.T) {
	w := s.begin(t)
	for number, c := range map[string]struct {
		outcome mis.Outcome
		code    mis.Code
		reason  mis.Reason
	}{
		"1000000001": {mis.Done, w.codes.OK, ""},
		"1000000002": {mis.Done, w.codes.OK, ""},
		"1000000003": {mis.NotDone, w.codes.MeterCard, w.codes.MeterCardIs},
		"1000000009": {mis.NotDone, w.codes.NoUser, mis.NoAccount},
	} {
		q := w.call(mis.Request{Op: mis.OpVerify, Account: number}).Query
		if q.Outcome != c.outcome || q.Code != c.code || q.Reason != c.reason || (q.Account.Number == number) != (c.outcome == mis.Done) {
			t.Errorf("verify %s: %+v, want %+v", number, q, c)
		}
	}
}

func (s *suite) testPost(t *testing.T) {
	for _, c := range []struct {
		name                 string
		number               string
		amount               money.Amount
		toArrears, toAdvance money.Amount
		arrears, advance     money.Amount
	}{
		{"exact", "1000000001", 12850, 12850, 0, 0, 0},
		{"more", "1000000001", 20000, 12850, 7150, 0, 7150},
		{"part", "1000000001", 300, 300, 0, 12550, 0},
		{"advance", "1000000002", 5000, 0, 5000, 0, 5000},
		{"whole", "1000000004", 8640, 8640, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := s.begin(t)
			p := w.call(post("20261123000000000001", c.number, c.amount)).Post
			if p.Outcome != mis.Done || p.Code != w.codes.OK || p.Amount != c.amount || p.ToArrears != c.toArrears ||
				p.ToAdvance != c.toAdvance || p.Reference == "" || p.Retry || p.Reversed {
				t.Errorf("post: %+v, want %+v", p, c)
			}
			w.account(c.number, c.arrears, c.advance)
			e := w.booked("20261123000000000001", true)
			if e.Amount != c.amount || e.Reference != p.Reference || e.Date != today || e.Tender != "cash" || e.Kiosk != "K0000001" {
				t.Errorf("entry: %+v", e)
			}
		})
	}
}

func (s *suite) testPostRefused(t *testing.T) {
	w := s.begin(t)
	for _, c := range []struct {
		number string
		amount money.Amount
		code   mis.Code
		reason mis.Reason
	}{
		{"1000000003", 5000, w.codes.MeterCard, w.codes.MeterCardIs},
		{"1000000004", 8639, w.codes.NoPartial, mis.NoPartial},
		{"1000000009", 5000, w.codes.NoUser, mis.NoAccount},
	} {
		serial := "2026112300" + c.number
		p := w.call(post(serial, c.number, c.amount)).Post
		if p.Outcome != mis.NotDone || p.Code != c.code || p.Retry || p.Reason != c.reason {
			t.Errorf("post to %s: %+v, want a refusal with %s", c.number, p, c.code)
		}
		w.booked(serial, false)
	}
}

func (s *suite) testAsk(t *testing.T) {
	w := s.begin(t)
	if p := w.call(ask("20261123000000000009")).Post; p.Outcome != mis.NotDone || p.Code != w.codes.None || !p.Retry || p.Reversed {
		t.Errorf("ask for a serial never sent: %+v", p)
	}
	booked := w.call(post("20261123000000000001", "1000000001", 20000)).Post
	p := w.call(ask("20261123000000000001")).Post
	if p != booked {
		t.Errorf("ask: %+v, want %+v", p, booked)
	}
}

func (s *suite) testDuplicateSerial(t *testing.T) {
	w := s.begin(t)
	w.call(post("20261123000000000001", "1000000001", 5000))
	p := w.call(post("20261123000000000001", "1000000001", 5000)).Post
	if p.Outcome != mis.Unknown || p.Code != w.codes.Duplicate || p.Retry {
		t.Errorf("second post: %+v, want unknown with the code of a duplicate", p)
	}
	w.account("1000000001", 7850, 0)
	if e := w.booked("20261123000000000001", true); e.PostedCount != 1 || e.Attempts != 2 {
		t.Errorf("entry: %+v, want booked once of two attempts", e)
	}
}

func (s *suite) testReverse(t *testing.T) {
	w := s.begin(t)
	w.call(post("20261123000000000001", "1000000001", 20000))
	for i, code := range []mis.Code{w.codes.OK, w.codes.Reversed} {
		r := w.call(reverse("R0261123000000000001", "20261123000000000001", today)).Reverse
		if r.Outcome != mis.Done || r.Code != code {
			t.Errorf("reversal %d: %+v, want done with %s", i+1, r, code)
		}
	}
	w.account("1000000001", 12850, 0)
	p := w.call(ask("20261123000000000001")).Post
	if p.Outcome != mis.NotDone || p.Code != w.codes.Reversed || !p.Reversed || p.Retry {
		t.Errorf("ask after reversal: %+v", p)
	}
	if p := w.call(post("20261123000000000001", "1000000001", 20000)).Post; p.Outcome != mis.Unknown || p.Code != w.codes.Duplicate {
		t.Errorf("post with a reversed serial: %+v", p)
	}
	if q := w.call(query("1000000001")).Query; len(q.Account.Bills) != 2 || q.Account.Penalty != 250 || q.Account.Fee != 12600 {
		t.Errorf("bills after reversal: %+v", q.Account)
	}
}

func (s *suite) testReverseRefused(t *testing.T) {
	w := s.begin(t)
	r := w.call(reverse("R0261123000000000009", "20261123000000000009", today)).Reverse
	if r.Outcome != mis.NotDone || r.Code != w.codes.InvalidReversal {
		t.Errorf("reversal of nothing: %+v", r)
	}
	w.call(post("20261123000000000001", "1000000001", 5000))
	r = w.call(reverse("R0261123000000000001", "20261123000000000001", "20261124")).Reverse
	if r.Outcome != mis.NotDone || r.Code != w.codes.NoNextDay {
		t.Errorf("reversal next day: %+v", r)
	}
	w.account("1000000001", 7850, 0)
}

package acquirersim

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/outsidesim/booksim"
)

// TestDayBook: days are those of Beijing, and a refund is of the day on which it arrives.
func TestDayBook(t *testing.T) {
	now := time.Date(2026, 11, 29, 15, 59, 59, 0, time.UTC) // a second before midnight there
	s := New(Config{Now: func() time.Time { return now }})
	order := func(serial string) {
		t.Helper()
		o := s.do(deed{op: opOrder, protocol: wechatName, serial: serial, amount: 12850, expires: now.Add(time.Minute)})
		if err := s.Pay(o.order.Show); err != nil {
			t.Fatal(err)
		}
	}
	order("10000001010000000001")
	s.do(deed{op: opOrder, protocol: wechatName, serial: "10000001010000000009", amount: 1, expires: now.Add(time.Minute)}) // nobody pays it
	now = now.Add(time.Second)
	order("10000001010000000002")
	s.do(deed{op: opRefund, serial: "10000001010000000001", refund: "10000001010000000003", amount: 50})

	midnight := time.Date(2026, 11, 30, 0, 0, 0, 0, beijing)
	first := booksim.Line{Serial: "10000001010000000001", Amount: 12850, Tender: "qr", Reference: "2026112922001400000000000001", Date: "20261129", At: midnight.Add(-time.Second)}
	second := booksim.Line{Serial: "10000001010000000002", Amount: 12850, Tender: "qr", Reference: "2026112922001400000000000003", Date: "20261130", At: midnight}
	back := first
	back.Amount, back.Date, back.At = 50, "20261130", midnight
	back.Back = true
	for date, want := range map[string][]booksim.Line{"20261128": nil, "20261129": {first}, "20261130": {back, second}} {
		if d := cmp.Diff(want, s.DayBook(date)); d != "" {
			t.Errorf("%s (-want +got)\n%s", date, d)
		}
	}
}

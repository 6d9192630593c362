package gateway_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// TestAnAcquirerThatDoesNotAnswer is a matter for people, and kiosks do not offer the
// tender; a minute later one may try it.
func TestAnAcquirerThatDoesNotAnswer(t *testing.T) {
	now := storetest.T0
	clock := func() time.Time { return now }
	sim := acquirersim.New(acquirersim.Config{Keys: acquirertest.Keys(t), Now: clock})
	s := newBooks(t)
	a := connect(t, "signed", "http://acquirer.test", "http://office.test", sim.RoundTripper(), clock)
	d := gateway.NewQRDesk(s.QR, "office", []gateway.Acquirer{{Name: "signed", Acquirer: a}}, 0, slog.New(slog.DiscardHandler), clock)
	open := func() (classes []string) {
		t.Helper()
		cases, err := s.Cases(t.Context(), books.Filter{Open: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			classes = append(classes, c.Class)
		}

		return classes
	}
	work := func(times int) {
		t.Helper()
		for range times {
			now = now.Add(2 * time.Minute)
			calls, _ := d.Turn(t.Context())
			for _, c := range calls {
				d.Make(t.Context(), c)
			}
		}
	}

	if _, err := asked(t, d, wire.OpQROrder, func(*wire.QRBody) {}); err != "" {
		t.Fatal(err)
	}
	if err := sim.SetFor(acquirersim.Down, acquirersim.Forever); err != nil {
		t.Fatal(err)
	}
	work(6) // the first call's lease runs out, then one call at a time
	if got := open(); !slices.Equal(got, []string{books.ClassAway}) {
		t.Fatalf("open cases %v", got)
	}
	if got := d.NotNow(); !slices.Equal(got, []string{"qr"}) {
		t.Errorf("not to be had: %v", got)
	}
	now = now.Add(time.Minute)
	if got := d.NotNow(); len(got) != 0 {
		t.Errorf("a minute later: %v", got)
	}

	if err := sim.SetFor(acquirersim.Down, 0); err != nil {
		t.Fatal(err)
	}
	work(2)
	if got := open(); len(got) != 0 {
		t.Errorf("it answers, and %v are open", got)
	}
	if got := d.NotNow(); len(got) != 0 {
		t.Errorf("it answers, and not to be had are %v", got)
	}
}

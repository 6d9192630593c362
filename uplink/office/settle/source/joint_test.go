package source

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/outsidesim/booksim"
	"wattkiosk/payments/reconcile/form"
)

// TestSimulatedSystems: what the lab's systems hand out, by socket and into a folder, is
// fetched and read, each in its form.
func TestSimulatedSystems(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 10, 11, 0, time.UTC)
	lines := func(string) []booksim.Line {
		l := booksim.Line{
			Serial: "10000001000000000005", Account: "1000000001", Terminal: "10000001", Merchant: "105290073724601", Batch: "000001", Trace: "000001", Card: "6225881234561234",
			Amount: 12850, Tender: "cash", Reference: "r", AuthCode: "000001", Date: "20261128", At: at,
		}
		m := l
		m.Serial, m.Terminal, m.Trace = "10000002000000000001", "10000002", "000002"

		return []booksim.Line{l, m}
	}
	for name, f := range map[string]booksim.Form{
		"mis": booksim.Ledger104(), "cardsystem": booksim.Ledger104(), "posp": booksim.POSPDetail(), "acquirer": booksim.AlipayBill(), "bank": booksim.BankCSV(),
	} {
		s := booksim.New(f, time.Now, lines)
		ready := make(chan net.Addr, 1)
		done := make(chan error, 1)
		go func() { done <- s.ListenAndServe(t.Context(), "127.0.0.1:0", func(a net.Addr) { ready <- a }) }()
		t.Cleanup(func() { <-done })
		dir := t.TempDir()
		if err := s.Deliver(dir, "20261128"); err != nil {
			t.Fatal(err)
		}

		for _, from := range []string{"tcp://" + (<-ready).String(), "file://" + dir} {
			src := parsed(t, name+"="+from)
			_, got, err := fetch(t, src)
			if err != nil {
				t.Errorf("%s from %.5s: %v", name, from, err)

				continue
			}
			var serials []string
			sum, err := form.Read(src.Kind(), bytes.NewReader([]byte(got)), form.Options{Name: name, Date: "20261128", Quiet: true}, func(e form.Entry) error {
				serials = append(serials, e.Serial+e.Terminal+e.Trace)

				return nil
			})
			if err != nil || sum.Count != 2 || sum.Sum != 25700 || !strings.HasPrefix(serials[0], "10000001") || !strings.HasPrefix(serials[1], "10000002") {
				t.Errorf("%s from %.5s: %+v, %v, %v", name, from, sum, serials, err)
			}
		}
	}
}

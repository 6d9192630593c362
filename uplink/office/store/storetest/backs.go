package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
)

// pospForm is a bank whose POSP tells money that went back by three bytes behind the known
// part of a line, as payments/reconcile/form/detail.example.json has it.
var pospForm = form.Detail{Kind: form.Span{At: 185, Width: 3}, Paid: []string{"000"}, Back: []string{"200", "220"}, Original: form.Span{At: 168, Width: 6}}

// pospLine is a line of 86.40 in that form; original is the trace of the sale that it gives
// back, 0 for a sale.
func pospLine(trace, original int) string {
	kind, of := "000", ""
	if original > 0 {
		kind, of = "220", fmt.Sprintf("000001%06d%11s", original, "")
	}
	head := fmt.Sprintf("%-19s%012d1561123090000%06d%-6s1123%012d%-11s%-11s4900%-8s%-15s%-40s%23s%s",
		"6222020000000000011", 8640, trace, "A1B2C3", trace, "48020000", "00010000", bankTerminal, bankMerchant, "SHOP", of, kind)

	return fmt.Sprintf("%-519s\r\n", head)
}

// moneyThatWentBack: a line of the POSP's that gives a sale back is read by the form of its
// bank, counts by itself, and takes the sale out of what the bank owes us. Without the form it
// is refused, as it would be booked as money that came in. The sums are sealed with the date.
func moneyThatWentBack(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk)
	for n := 1; n <= 2; n++ {
		j.Add(t, "opened", Serial(Kiosk, n), object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
		sold(t, s, n, 100+n)
		soldByBank(t, j, n, 100+n)
	}
	ingest(t, s, j.Recs)
	postAll(t, s, T0)
	for n := 1; n <= 2; n++ {
		j.Add(t, "outcome-learned", Serial(Kiosk, n), object{"status": "posted", "code": "1001", "reference": "M1", "to_arrears": 8640, "to_advance": 0})
	}
	ingest(t, s, j.Recs)
	says(t, s, j.Head.Seq, clockAt(s, 1, 1, 0))
	two := clockAt(s, 1, 2, 0)
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, 8640, 8640), two)
	sales := pospLine(101, 0) + pospLine(102, 0)

	in := settle.Incoming{Kind: settle.POSP, Day: Day, Name: "POSDTLFILE", By: "zhang"}
	_, _, err := s.Settle.Import(t.Context(), in, bytes.NewReader([]byte(sales+pospLine(103, 102))), always(two))
	var bad *form.Faults
	if !errors.As(err, &bad) {
		t.Fatalf("without the form of the bank: %v", err)
	}

	s.Settle = settle.WithDetail(s.Settle, &pospForm)
	brings := func(file, want string, figures settle.Figures) {
		t.Helper()
		_, _, err := s.Settle.Import(t.Context(), in, bytes.NewReader([]byte(file)), always(two))
		check(t, err)
		if got := run(t, s, Day, two); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		d, err := s.Settle.Detail(t.Context(), Day)
		check(t, err)
		for _, b := range d.Date.Books {
			if b.Name != settle.POSP {
				continue
			}
			b.SHA256 = ""
			if diff := cmp.Diff(figures, b); diff != "" {
				t.Errorf("the POSP's book (-want +got):\n%s", diff)
			}
		}
	}
	brings(sales+pospLine(103, 102), "breaks: status #2 person", settle.Figures{Name: settle.POSP, Count: 3, Sum: 17280, Backs: 1, Back: 8640, Breaks: 1})
	brings(sales, "balanced", settle.Figures{Name: settle.POSP, Count: 2, Sum: 17280})
}

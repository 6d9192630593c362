package storetest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
)

// pospDetail is the POSP's file of Day: sales at T0, by trace and sum.
func pospDetail(sales map[int]money.Amount, traces ...int) []byte {
	var b bytes.Buffer
	for _, trace := range traces {
		line := bytes.Repeat([]byte(" "), 519)
		put := func(at int, text string) { copy(line[at:], text) }
		put(0, "6222020000000000011")
		put(19, fmt.Sprintf("%012d156", int64(sales[trace])))
		put(34, fmt.Sprintf("%s%06d", T0.Format("0102150405"), trace))
		put(56, T0.Format("0102"))
		put(60, fmt.Sprintf("%012d", trace))
		put(98, bankTerminal)
		b.Write(append(line, '\n'))
	}

	return b.Bytes()
}

// settles has the suite's kiosk settle its batch, with its totals, and the bank answer.
func settles(t *testing.T, s *store.Store, trace int, ours posp.Totals, answer *posp.Totals, at time.Time) {
	t.Helper()
	a := asked(posp.Settle, 0, trace)
	a.Heading.Totals = ours
	c := take(t, s, a, at)
	if answer == nil {
		ended(t, s, c, bank.Result{End: bank.NoAnswer}, at)
		return
	}
	r := answeredWith(a, "00")
	r.Answer.Totals, r.Answer.Compared = *answer, posp.Equal
	if *answer != ours {
		r.Answer.Compared = posp.NotEqual
	}
	ended(t, s, c, r, at)
}

// settlements: what a terminal sent when it settled its batch (0500), what the bank answered
// and what its detail file has of the batch stand beside the date, are compared, and are
// sealed with it.
func settlements(t *testing.T, s *store.Store) {
	hour := clockAt(s, 0, 23, 0)
	beside := func(what string, want settle.Settlement, differs bool) {
		t.Helper()
		run(t, s, Day, clockAt(s, 1, 2, 0))
		d, err := s.Settle.Detail(t.Context(), Day)
		check(t, err)
		want.Kiosk, want.Terminal = Kiosk, bankTerminal
		want.Batch = 1
		if diff := cmp.Diff([]settle.Settlement{want}, d.Date.Settlements); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", what, diff)
		}
		if got := d.Date.Settlements[0].Differs(); got != differs {
			t.Errorf("%s: differs %t, want %t", what, got, differs)
		}
	}
	sold(t, s, 1, 101)
	sold(t, s, 2, 102)
	two := posp.Totals{Debit: 17280, Debits: 2}

	settles(t, s, 103, two, nil, hour)
	beside("no answer", settle.Settlement{At: hour.UnixMilli(), State: bank.Unknown, Ours: two}, false)
	less := posp.Totals{Debit: 8640, Debits: 1}
	hour = hour.Add(time.Minute)
	settles(t, s, 104, two, &less, hour)
	beside("the bank has less", settle.Settlement{At: hour.UnixMilli(), State: bank.Unequal, Ours: two, Bank: less, Answered: true}, true)
	hour = hour.Add(time.Minute)
	settles(t, s, 105, two, &two, hour)
	agrees := settle.Settlement{At: hour.UnixMilli(), State: bank.Approved, Ours: two, Bank: two, Answered: true}
	beside("the bank agrees, and there is no file", agrees, false)

	brings := func(sales map[int]money.Amount, traces ...int) {
		t.Helper()
		_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.POSP, Day: Day, Name: "POSDTLFILE", By: "zhang"},
			bytes.NewReader(pospDetail(sales, traces...)), always(clockAt(s, 1, 2, 0)))
		check(t, err)
	}
	agrees.HasFile = true
	brings(map[int]money.Amount{101: 8640}, 101)
	agrees.Lines, agrees.Sum = 1, 8640
	beside("the file lacks a sale", agrees, true)
	brings(map[int]money.Amount{101: 8640, 102: 8600}, 101, 102)
	agrees.Lines, agrees.Sum = 2, 17240
	beside("the file has another sum", agrees, true)
	brings(map[int]money.Amount{101: 8640, 102: 8640}, 101, 102)
	agrees.Sum = 17280
	beside("all agree", agrees, false)
}

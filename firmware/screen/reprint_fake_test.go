package screen

import (
	"fmt"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
)

// copied is the nth of the slips that may be printed again: bills, purchases and re-writes.
func copied(n int) reprint.Row {
	t := ended(post.Posted, with(100, 20))
	t.Serial, t.Purpose, t.Account, t.Copies = fmt.Sprintf("1000000101%010d", 4200-17*n), payments.Bill, "1000000001", n%3
	switch n % 4 {
	case 1:
		t.Purpose, t.Account, t.MeterCard = payments.Purchase, "1000000003", metercard.Facts{Serial: "1122334455667788"}
		t.Write = metercard.Leg{State: metercard.On}
	case 2:
		t.Post.State = post.Owed
	case 3:
		t.Purpose, t.Account, t.Tender = payments.Rewrite, "1000000003", ""
		t.Cash, t.Post, t.Write = payments.Transaction{}.Cash, post.Leg{}, metercard.Leg{State: metercard.On}
	}

	return reprint.Row{Txn: t, At: noon.Add(-time.Duration(n) * 23 * time.Minute)}
}

// reprintFixtures are the screens of who prints a slip again.
func reprintFixtures(l receipt.Lang) []fixture {
	var all []fixture
	add := func(name string, screen page.Screen, f func(s *visit.State, m *visit.Machine)) {
		s, m := visit.New(l, visit.Waits{}), machine()
		s.Rev, s.Screen, s.Deadline = 12, screen, noon.Add(time.Minute)
		if screen != reprint.AtLogin {
			s.Reprinter = update.Person{Number: "2001", Name: "*师傅"}
		}
		m.Slips = reprint.Shelf{Count: 12, From: 4, Chosen: copied(1)}
		for n := range reprint.PerPage {
			m.Slips.Rows = append(m.Slips.Rows, copied(n))
		}
		if f != nil {
			f(&s, &m)
		}
		all = append(all, fixture{name: name, view: visit.Draw(s, m), twin: twins[name]})
	}
	type (
		S = *visit.State
		M = *visit.Machine
	)
	outcome := func(o reprint.Outcome) func(S, M) {
		return func(_ S, m M) { m.Slips.Outcome, m.Slips.Copy = o, 2 }
	}
	add("staff-reprint-login", reprint.AtLogin, nil)
	add("staff-reprint-login-waiting", reprint.AtLogin, func(s S, _ M) { s.Waiting = true })
	add("staff-reprint-login-wrong", reprint.AtLogin, func(s S, _ M) { s.Notice = "collect-wrong" })
	add("staff-reprint", reprint.AtList, nil)
	add("staff-reprint-found", reprint.AtList, func(_ S, m M) {
		m.Slips = reprint.Shelf{Typed: "4183", Count: 1, Rows: []reprint.Row{copied(1)}}
	})
	add("staff-reprint-empty", reprint.AtList, func(_ S, m M) { m.Slips = reprint.Shelf{} })
	add("staff-reprint-find", reprint.AtFind, nil)
	add("staff-reprint-find-none", reprint.AtFind, func(s S, _ M) { s.Notice = "reprint-none" })
	add("staff-reprint-slip", reprint.AtSlip, nil)
	add("staff-reprint-slip-no-paper", reprint.AtSlip, func(_ S, m M) { noPaper(m) })
	add("staff-reprint-slip-printing", reprint.AtSlip, outcome(reprint.Printing))
	add("staff-reprint-slip-printed", reprint.AtSlip, outcome(reprint.Printed))
	add("staff-reprint-slip-failed", reprint.AtSlip, func(s S, m M) {
		outcome(reprint.Failed)(s, m)
		m.Blocks = []condition.Code{condition.Printer}
	})
	add("staff-reprint-slip-unsure", reprint.AtSlip, outcome(reprint.Unsure))

	return all
}

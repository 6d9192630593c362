package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/store"
)

// statement is the bank's file of these lines, in GB18030: date, reference, out, in.
func statement(t *testing.T, lines ...string) string {
	t.Helper()
	text := "账号：3340****0017\r\n交易日期,交易时间,参考号,摘要,支出金额,收入金额,余额\r\n"
	var in, out money.Amount
	for _, l := range lines {
		f := strings.Split(l, " ")
		text += f[0] + ",10:00:00," + f[1] + ",现金存款," + f[2] + "," + f[3] + ",\r\n"
		for i, sum := range []*money.Amount{&out, &in} {
			if f[2+i] == "" {
				continue
			}
			a, err := money.Parse(f[2+i])
			check(t, err)
			*sum += a
		}
	}
	text += fmt.Sprintf("合计,%d,%s,%s\r\n", len(lines), out, in)
	b, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	check(t, err)

	return b
}

// sortedClasses are the open cases, in an order of their own.
func sortedClasses(t *testing.T, s *store.Store) string {
	t.Helper()
	all := strings.Fields(classes(t, s))
	slices.Sort(all)

	return strings.Join(all, " ")
}

// statements: what the bank says came in is matched with deposits by reference and date, by
// another person than who entered them; what does not fit, both ways, is a case until it does.
func statements(t *testing.T, s *store.Store) {
	cashiers(t, s)
	j := NewJournal(Kiosk)
	notes := []int64{100, 50, 20, 10}
	for i, yuan := range notes {
		j.Pay(t, 2*i+1, "1000000001", yuan*100)
		j.Collect(t, 2*i+2, Piles(yuan, 1), Piles(yuan, 1))
	}
	ingest(t, s, j.Recs)
	followsAll(t, s)
	var ids []string
	for i, yuan := range notes {
		serial := Serial(Kiosk, 2*i+2)
		check(t, twoDo(t, s, approval.Receive, serial, fmt.Sprintf(`{"genuine":[{"value":%d,"notes":1}]}`, yuan*100), "chen", "zhao"))
		ids = append(ids, cash.RemittanceID([]string{serial}))
		check(t, twoDo(t, s, approval.Remit, ids[i], serial, "chen", "zhao"))
	}
	deposit := func(i int, reference, date string) {
		t.Helper()
		_, err := s.Cash.Deposit(t.Context(), ids[i], cash.BankEntry{Reference: reference, Amount: money.Yuan(notes[i]), Date: date, By: "sun"}, T0)
		check(t, err)
	}
	deposit(0, "B1", "20261124")
	deposit(1, "B2", "20261124")
	deposit(2, "B3", "20261124")

	takes := func(by, file string, fresh bool, matched, loose int64, cases string) {
		t.Helper()
		got, err := s.Cash.TakeStatement(t.Context(), "statement.csv", by, strings.NewReader(file), s.Zone(), T0)
		check(t, err)
		if got.Fresh != fresh || got.Matched != matched || got.Loose != loose {
			t.Errorf("taken in by %s: %+v", by, got)
		}
		followsAll(t, s)
		if is := sortedClasses(t, s); is != cases {
			t.Errorf("cases %q, want %q", is, cases)
		}
	}
	first := statement(t, "2026-11-24 B1  100.00", "2026-11-24 B2  49.00", "2026-11-24 X9  77.00", "2026-11-25 F1 5.00 ")
	takes("qian", first, true, 2, 1, "bank-line:77.00 deposit-difference:-1.00 deposit-difference:20.00")
	takes("qian", first, false, 0, 1, "bank-line:77.00 deposit-difference:-1.00 deposit-difference:20.00")

	more := statement(t, "2026-11-24 X9  77.00", "2026-11-25 F1 5.00 ", "2026-11-25 B3  20.00", "2026-11-25 B4  10.00", "2026-11-25 B4  10.00")
	takes("sun", more, true, 0, 4, "bank-line:10.00 bank-line:10.00 bank-line:20.00 bank-line:77.00 deposit-difference:-1.00 deposit-difference:20.00") // sun's own deposit
	takes("qian", more, false, 1, 3, "bank-line:10.00 bank-line:10.00 bank-line:77.00 deposit-difference:-1.00")
	deposit(3, "B4", "20261110") // far from the bank's date
	if got := sortedClasses(t, s); got != "bank-line:10.00 bank-line:10.00 bank-line:77.00 deposit-difference:-1.00" {
		t.Errorf("cases %q", got)
	}
	takes("qian", more, false, 0, 3, "bank-line:10.00 bank-line:10.00 bank-line:77.00 deposit-difference:-1.00")
	deposit(3, "B4", "20261125") // the lines were taken in by sun
	takes("qian", more, false, 1, 2, "bank-line:10.00 bank-line:77.00 deposit-difference:-1.00")
	for i, want := range []bool{true, false, true, true} {
		if r, err := s.Cash.Remittance(t.Context(), ids[i]); err != nil || r.Matched() != want || r.Line.By != "qian" {
			t.Errorf("%d: %+v, %v", i, r, err)
		}
	}
	all, err := s.Cash.Statements(t.Context())
	check(t, err)
	loose, err := s.Cash.Loose(t.Context())
	check(t, err)
	if len(all) != 2 || len(loose) != 2 || loose[0].Reference != "X9" || loose[0].Statement == "" {
		t.Errorf("%+v, %+v", all, loose)
	}

	for name, bad := range map[string]string{
		"cut off": more[:len(more)-30], "without totals": strings.ReplaceAll(first, "\r\n"+first[strings.LastIndex(strings.TrimSpace(first), "\n")+1:], "\r\n"),
		"empty": "", "another sum": strings.Replace(first, "49.00", "48.00", 1), "both sides": statement(t, "2026-11-24 B1 1.00 100.00"), "neither": statement(t, "2026-11-24 B1  "),
	} {
		_, err := s.Cash.TakeStatement(t.Context(), "x", "qian", strings.NewReader(bad), s.Zone(), T0)
		var faults *form.Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// statementByHand: a line of the bank's is of one deposit, though a person entered it by hand
// before its statement came; and what a person entered that no statement has is a case.
func statementByHand(t *testing.T, s *store.Store) {
	cashiers(t, s)
	j := NewJournal(Kiosk)
	for i := range 3 {
		j.Pay(t, 2*i+1, "1000000001", 10000)
		j.Collect(t, 2*i+2, Piles(100, 1), Piles(100, 1))
	}
	ingest(t, s, j.Recs)
	followsAll(t, s)
	var ids []string
	for i := range 3 {
		serial := Serial(Kiosk, 2*i+2)
		check(t, twoDo(t, s, approval.Receive, serial, `{"genuine":[{"value":10000,"notes":1}]}`, "chen", "zhao"))
		ids = append(ids, cash.RemittanceID([]string{serial}))
		check(t, twoDo(t, s, approval.Remit, ids[i], serial, "chen", "zhao"))
	}
	enters := func(i int, reference string, line bool) {
		t.Helper()
		e := cash.BankEntry{Reference: reference, Amount: 10000, Date: "20261124", By: "sun"}
		_, err := s.Cash.Deposit(t.Context(), ids[i], e, T0)
		check(t, err)
		if e.By = "qian"; line {
			_, err = s.Cash.BankLine(t.Context(), ids[i], e, T0)
			check(t, err)
		}
	}
	takes := func(by, file string, matched, loose int64, cases string) {
		t.Helper()
		got, err := s.Cash.TakeStatement(t.Context(), "statement.csv", by, strings.NewReader(file), s.Zone(), T0)
		if check(t, err); got.Matched != matched || got.Loose != loose || sortedClasses(t, s) != cases {
			t.Errorf("taken in by %s: %+v, cases %q", by, got, sortedClasses(t, s))
		}
	}

	enters(0, "B1", true)
	file := statement(t, "2026-11-24 B1  100.00", "2026-11-24 B3  100.00", "2026-11-25 F1 5.00 ")
	takes("qian", file, 1, 1, "bank-line:100.00") // of B3
	enters(1, "B1", false)
	if r, err := s.Cash.Remittance(t.Context(), ids[1]); err != nil || r.Line.At != 0 {
		t.Errorf("one line of the bank's is of two deposits: %+v, %v", r, err)
	}
	enters(1, "B1", true)
	takes("qian", file, 0, 1, "bank-line:100.00 deposit-difference:100.00")
	takes("qian", statement(t, "2026-11-24 B1  100.00", "2026-11-24 B1  100.00", "2026-11-25 F1 5.00 "), 1, 1, "bank-line:100.00")

	// The statement came first, and who took it in entered the deposit too.
	takes("sun", statement(t, "2026-11-24 B4  100.00", "2026-11-25 F1 5.00 "), 0, 2, "bank-line:100.00 bank-line:100.00")
	enters(2, "B4", true)
	takes("qian", file, 0, 1, "bank-line:100.00")
}

// oneReference: a bank that uses a reference twice, within days, has each line be that of the
// deposit with its amount, whichever of the two was there first.
func oneReference(t *testing.T, s *store.Store) {
	cashiers(t, s)
	j := NewJournal(Kiosk)
	notes := []int64{100, 50, 20, 10}
	for i, yuan := range notes {
		j.Pay(t, 2*i+1, "1000000001", yuan*100)
		j.Collect(t, 2*i+2, Piles(yuan, 1), Piles(yuan, 1))
	}
	ingest(t, s, j.Recs)
	followsAll(t, s)
	ids := make([]string, len(notes))
	for i, yuan := range notes {
		serial := Serial(Kiosk, 2*i+2)
		ids[i] = cash.RemittanceID([]string{serial})
		check(t, twoDo(t, s, approval.Receive, serial, fmt.Sprintf(`{"genuine":[{"value":%d,"notes":1}]}`, yuan*100), "chen", "zhao"))
		check(t, twoDo(t, s, approval.Remit, ids[i], serial, "chen", "zhao"))
	}
	deposit := func(i int) {
		t.Helper()
		_, err := s.Cash.Deposit(t.Context(), ids[i], cash.BankEntry{Reference: "B1", Amount: money.Yuan(notes[i]), Date: "20261124", By: "sun"}, T0)
		check(t, err)
	}
	takes := func(lines ...string) {
		t.Helper()
		_, err := s.Cash.TakeStatement(t.Context(), "statement.csv", "qian", strings.NewReader(statement(t, lines...)), s.Zone(), T0)
		check(t, err)
	}
	deposit(0)
	deposit(1)
	takes("2026-11-24 B1  50.00", "2026-11-25 B1  100.00")
	takes("2026-11-26 B1  10.00", "2026-11-27 B1  20.00")
	deposit(2)
	deposit(3)
	for i, id := range ids {
		if r, err := s.Cash.Remittance(t.Context(), id); err != nil || !r.Matched() {
			t.Errorf("%d: %+v, %v", i, r, err)
		}
	}
	if got := sortedClasses(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
}

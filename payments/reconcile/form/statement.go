package form

import "strconv"

// Columns of the statement of an account (收款账户对账单). 参考号 is the bank's reference of a
// deposit, as its receipt has it.
var statementColumns = []string{"交易日期", "交易时间", "参考号", "摘要", "支出金额", "收入金额", "余额"}

// statement reads the statement of an account, whose last line has the number of lines, what
// went out and what came in: 合计, number, out, in. What comes in is an entry; what goes out
// is counted in the total alone.
func (s *sheet) statement() error {
	t := &table{sheet: s}
	at, err := t.header(statementColumns)
	if at == nil || err != nil {
		return err
	}

	var all account

	return t.closedByTotals(
		func(cells []string) error { return s.statementLine(at, cells, &all) },
		func(cells []string) { s.statementTotals(cells, all) },
	)
}

// account is what a statement comes to: its lines, and what went out.
type account struct {
	lines int64
	out   int64 // fen
}

func (s *sheet) statementLine(at map[string]int, cells []string, all *account) error {
	if len(cells) != len(statementColumns) {
		s.fault("", "has %d values, not %d", len(cells), len(statementColumns))

		return nil
	}
	of := func(name string) string { return cells[at[name]] }
	all.lines++
	if of("余额") != "" {
		s.money("余额", of("余额"))
	}
	e := Entry{Date: s.day("交易日期", "2006-01-02", of("交易日期")), Reference: of("参考号")}
	if s.summary.From == "" || e.Date < s.summary.From {
		s.summary.From = e.Date
	}
	s.summary.To = max(s.summary.To, e.Date)
	e.At = s.clock("交易时间", "2006-01-02 15:04:05", of("交易日期")+" "+of("交易时间"))
	out, in := of("支出金额"), of("收入金额")
	switch {
	case (out == "") == (in == ""):
		s.fault("收入金额", "is beside 支出金额: want one of the two")

		return nil
	case in == "":
		all.out += int64(s.money("支出金额", out))

		return nil
	}
	const maxReference = 40
	if e.Reference == "" || len(e.Reference) > maxReference {
		s.fault("参考号", "is no reference of 1 to %d bytes", maxReference)
	}
	if e.Amount = s.money("收入金额", in); e.Amount == 0 {
		s.fault("收入金额", "is nothing")
	}

	return s.keep(e)
}

func (s *sheet) statementTotals(cells []string, all account) {
	if len(cells) < 4 {
		s.fault(bankTotal, "has no number and sums")

		return
	}
	if n, err := strconv.ParseInt(cells[1], 10, 64); err != nil || n != all.lines {
		s.fault("笔数", "does not match the %d lines", all.lines)
	}
	if out := s.money("支出合计", cells[2]); int64(out) != all.out {
		s.fault("支出合计", "does not match the sum of the lines")
	}
	if in := s.money("收入合计", cells[3]); in != s.summary.Sum {
		s.fault("收入合计", "does not match the sum of the lines, %s", s.summary.Sum)
	}
}

package form

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// table is a comma-separated file with a header of names.
type table struct {
	*sheet
	chinese bool // GB18030; else UTF-8
	names   []string
}

// cells are the next line's values; nil at the end. Lines without any are passed over.
func (t *table) cells() ([]string, error) {
	for {
		line, _, err := t.next()
		if err != nil {
			return nil, err
		}
		text, ok := t.decode(line)
		if !ok {
			t.fault("", "is not in the encoding of the file's header")

			continue
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		cells, err := r.Read()
		if err != nil {
			t.fault("", "is no line of comma-separated values")

			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(cells[i], " \t`")
		}

		return cells, nil
	}
}

// decode is a line as UTF-8. The first line with anything beyond ASCII decides for the
// whole file.
func (t *table) decode(line []byte) (string, bool) {
	if t.line == 1 {
		line = bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF"))
	}
	if utf8.Valid(line) && !t.chinese {
		return string(line), true
	}
	if !t.chinese && t.names != nil && slices.ContainsFunc(t.names, func(n string) bool { return strings.IndexFunc(n, func(r rune) bool { return r > utf8.RuneSelf }) >= 0 }) {
		return "", false // its header was UTF-8
	}
	t.chinese = true
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(line)

	return string(text), err == nil && !bytes.ContainsRune(text, utf8.RuneError)
}

// header looks for the line that has all names that are needed, among the first lines.
func (t *table) header(needed ...[]string) (found map[string]int, err error) {
	const within = 12
	for range within {
		cells, err := t.cells()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, set := range needed {
			if at := columnsOf(cells, set); at != nil {
				t.names = cells

				return at, nil
			}
		}
	}
	t.fault("", "no header with %s", strings.Join(needed[0], ", "))

	return nil, nil
}

func columnsOf(cells, names []string) map[string]int {
	at := map[string]int{}
	for _, n := range names {
		i := slices.Index(cells, n)
		if i < 0 {
			return nil
		}
		at[n] = i
	}

	return at
}

// Columns of the bank's file.
var bankColumns = []string{"交易日期", "交易时间", "流水号", "户号", "金额", "状态", "批次号"}

// bankTotal begins the last line: 合计, number, sum.
const bankTotal = "合计"

// bank reads the file of a collection server. Its last line has the totals.
func (s *sheet) bank() error {
	t := &table{sheet: s}
	at, err := t.header(bankColumns)
	if at == nil || err != nil {
		return err
	}

	return t.closedByTotals(func(cells []string) error { return s.bankLine(at, cells) }, s.totals)
}

// closedByTotals reads lines up to one with the totals, after which there is none.
func (t *table) closedByTotals(line func(cells []string) error, totals func(cells []string)) error {
	for closed := false; ; {
		cells, err := t.cells()
		switch {
		case err == io.EOF:
			if !closed {
				t.fault("", "no line with the totals: the file was cut off")
			}

			return nil
		case err != nil:
			return err
		case closed:
			t.fault("", "follows the line with the totals")

			continue
		}
		if closed = cells[0] == bankTotal; closed {
			totals(cells)

			continue
		}
		if err := line(cells); err != nil {
			return err
		}
	}
}

func (s *sheet) bankLine(at map[string]int, cells []string) error {
	if len(cells) != len(bankColumns) {
		s.fault("", "has %d values, not %d", len(cells), len(bankColumns))

		return nil
	}
	of := func(name string) string { return cells[at[name]] }
	e := Entry{
		Serial: s.serial(of("流水号")), Account: s.digits("户号", of("户号"), 12), Batch: of("批次号"),
		Amount: s.money("金额", of("金额")), Date: s.day("交易日期", "2006-01-02", of("交易日期")),
	}
	e.At = s.clock("交易时间", "2006-01-02 15:04:05", of("交易日期")+" "+of("交易时间"))
	switch of("状态") {
	case "成功":
	case "已冲正":
		e.State = reconcile.Reversed
	default:
		s.fault("状态", "is neither 成功 nor 已冲正")
	}

	return s.keep(e)
}

// totals compares the last line with what was read. Its number is of all lines, its sum of those
// that stand.
func (s *sheet) totals(cells []string) {
	if len(cells) < 3 {
		s.fault(bankTotal, "has no number and sum")

		return
	}
	n, err := strconv.ParseInt(cells[1], 10, 64)
	if err != nil || n != s.summary.Count {
		s.fault("笔数", "does not match the %d lines", s.summary.Count)
	}
	if sum := s.money("合计金额", cells[2]); sum != s.summary.Sum {
		s.fault("合计金额", "does not match the sum of the lines, %s", s.summary.Sum)
	}
}

func (s *sheet) clock(field, layout, text string) time.Time {
	at, err := time.ParseInLocation(layout, text, s.zone)
	if err != nil {
		s.fault(field, "is no time of the form %s", layout)
	}

	return at
}

// Columns that are needed of an acquirer's bill: of Alipay's, and of WeChat Pay's.
var (
	alipayColumns = []string{"支付宝交易号", "商户订单号", "业务类型", "完成时间", "订单金额（元）"}
	wechatColumns = []string{"交易时间", "微信订单号", "商户订单号", "交易状态", "订单金额", "退款金额"}
)

// acquirer reads the bill of an acquirer. Lines that begin with # are remarks; WeChat Pay's
// ends with a second header, of sums, that begins with 总交易单数.
func (s *sheet) acquirer() error {
	t := &table{sheet: s}
	at, err := t.header(alipayColumns, wechatColumns)
	if at == nil || err != nil {
		return err
	}
	_, wechat := at["微信订单号"]
	closed := false
	for {
		cells, err := t.cells()
		if errors.Is(err, io.EOF) {
			if !closed {
				s.fault("", "no line with the totals: the file was cut off")
			}

			return nil
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(cells[0], "#") {
			closed = s.alipayTotals(cells[0]) || closed

			continue
		}
		if closed {
			s.fault("", "follows the line with the totals")

			continue
		}
		if cells[0] == "总交易单数" {
			return s.wechatTotals(t, cells)
		}
		if len(cells) != len(t.names) {
			s.fault("", "has %d values, the header %d", len(cells), len(t.names))

			continue
		}
		of := func(name string) string { return cells[at[name]] }
		if wechat {
			err = s.keep(s.wechatLine(of))
		} else {
			err = s.keep(s.alipayLine(of))
		}
		if err != nil {
			return err
		}
	}
}

// alipayTotals reads the remark of how many payments there are, among those that follow the
// lines. False is another remark.
func (s *sheet) alipayTotals(remark string) bool {
	text, found := strings.CutPrefix(remark, "#交易合计：")
	if !found {
		return false
	}
	number, _, _ := strings.Cut(text, "笔")
	if n, err := strconv.ParseInt(number, 10, 64); err != nil || n != s.summary.Count-s.summary.Backs {
		s.fault("交易合计", "does not match the %d lines", s.summary.Count-s.summary.Backs)
	}

	return true
}

// wechatTotals reads the line of sums, which closes the file; names are those of its values.
func (s *sheet) wechatTotals(t *table, names []string) error {
	cells, err := t.cells()
	if err == io.EOF {
		s.fault("", "no line with the totals: the file was cut off")

		return nil
	}
	if err != nil {
		return err
	}
	if n, err := strconv.ParseInt(cells[0], 10, 64); err != nil || n != s.summary.Count {
		s.fault("总交易单数", "does not match the %d lines", s.summary.Count)
	}
	for _, total := range []struct {
		name string
		want money.Amount
	}{{"订单总金额", s.summary.Sum}, {"退款总金额", s.summary.Back}} {
		at := slices.Index(names, total.name)
		if at < 0 {
			continue // an older form
		}
		if at >= len(cells) || s.money(total.name, cells[at]) != total.want {
			s.fault(total.name, "does not match the sum of the lines, %s", total.want)
		}
	}
	_, err = t.cells()
	if err != io.EOF {
		s.fault("", "follows the line with the totals")
	}

	return nil
}

func (s *sheet) alipayLine(of func(string) string) Entry {
	e := Entry{Serial: s.serial(of("商户订单号")), Reference: of("支付宝交易号")}
	e.At = s.clock("完成时间", "2006-01-02 15:04:05", of("完成时间"))
	e.Date = s.of(e.At)
	switch of("业务类型") {
	case "交易":
		e.Amount = s.money("订单金额（元）", of("订单金额（元）"))
	case "退款":
		e.State = reconcile.Reversed
		e.Amount = s.money("订单金额（元）", strings.TrimPrefix(of("订单金额（元）"), "-"))
		s.back("订单金额（元）", e.Amount)
	default:
		s.fault("业务类型", "is neither 交易 nor 退款")
	}

	return e
}

func (s *sheet) wechatLine(of func(string) string) Entry {
	e := Entry{Serial: s.serial(of("商户订单号")), Reference: of("微信订单号")}
	e.At = s.clock("交易时间", "2006-01-02 15:04:05", of("交易时间"))
	e.Date = s.of(e.At)
	switch of("交易状态") {
	case "SUCCESS":
		e.Amount = s.money("订单金额", of("订单金额"))
	case "REFUND", "REVOKED":
		e.State = reconcile.Reversed
		e.Amount = s.money("退款金额", of("退款金额"))
		s.back("退款金额", e.Amount)
	default:
		s.fault("交易状态", "is none of SUCCESS, REFUND, REVOKED")
	}

	return e
}

// of is the business date of a time, compared with the expected one.
func (s *sheet) of(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	got := at.Format("20060102")
	if s.date != "" && got != s.date {
		s.fault("date", "is %s, the file is for %s", got, s.date)
	}

	return got
}

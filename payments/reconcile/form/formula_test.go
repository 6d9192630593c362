package form

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestNoFormulaIsRead: a file of others in which a value is a formula is refused whole, with line
// and field, in each form that has text.
func TestNoFormulaIsRead(t *testing.T) {
	for _, bad := range []string{"=1+1", "+1", "-1", "@A1", `"=1"`, " =1"} {
		quoted := `"` + strings.ReplaceAll(bad, `"`, `""`) + `"`
		line104 := func(serial, batch string) string {
			return fmt.Sprintf("%8s%20s%10s01%10s%15s%6s01%12s%12s%7s\r\n", "10000001", serial, batch, "2026-11-28", "1.00", "010301", "", "1", "")
		}
		for _, c := range []struct {
			kind        Kind
			text, field string
		}{
			{Ledger104, line104(strings.ReplaceAll(bad, " ", ""), "20261128"), "serial"},
			{Ledger104, line104("1", strings.ReplaceAll(bad, " ", "")), "batch"},
			{BankCSV, "交易日期,交易时间,流水号,户号,金额,状态,批次号\n2026-11-28,09:00:00," + quoted + ",1,1.00,成功,B1\n合计,1,1.00\n", "serial"},
			{BankCSV, "交易日期,交易时间,流水号,户号,金额,状态,批次号\n2026-11-28,09:00:00,1,1,1.00,成功," + quoted + "\n合计,1,1.00\n", "batch"},
			{Statement, "交易日期,交易时间,参考号,摘要,支出金额,收入金额,余额\n2026-11-28,09:00:00," + quoted + ",现金,,1.00,\n合计,1,0.00,1.00\n", "reference"},
			{Acquirer, "交易时间,微信订单号,商户订单号,交易状态,订单金额,退款金额\n2026-11-28 09:00:00,W1," + quoted + ",SUCCESS,1.00,0.00\n总交易单数\n1\n", "serial"},
			{Acquirer, "交易时间,微信订单号,商户订单号,交易状态,订单金额,退款金额\n2026-11-28 09:00:00," + quoted + ",1,SUCCESS,1.00,0.00\n总交易单数\n1\n", "reference"},
		} {
			got, _, err := read(t, c.kind, []byte(c.text), "20261128")
			faults, is := err.(*Faults)
			if !is || len(got) > 0 || !slices.ContainsFunc(faults.List, func(f Fault) bool { return f.Field == c.field && f.Text == "is a formula" }) {
				t.Errorf("%s, %s %q: %v, %+v", c.kind, c.field, bad, err, got)
			}
			if c.kind == Ledger104 {
				continue
			}
			if _, _, err := read(t, c.kind, []byte(strings.Replace(c.text, quoted, "A-1", 1)), "20261128"); err != nil {
				t.Errorf("%s, %s without it: %v", c.kind, c.field, err)
			}
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBillsOfTwoAcquirers: the bills of two acquirers of other forms than Alipay's and WeChat
// Pay's are taken in by the forms of --bills, each as its own part of the date; what is wrong
// with one is said by file, line and field.
func TestBillsOfTwoAcquirers(t *testing.T) {
	dir, files := t.TempDir(), t.TempDir()
	twoPaid(t, dir)
	bills := filepath.Join("..", "..", "..", "payments", "reconcile", "form", "bills.example.json")
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}

		return path
	}
	union := file("union.csv", "商户订单号,系统流水号,交易时间,交易类型,交易金额\n10000001000000000001,U1,20261123090000,消费,86.40\n合计,1,86.40,0,0.00\n")
	city := file("city.csv", "type,order,at,fen\nPAY,10000001000000000002,2026-11-23 09:00:00,8640\nTOTAL,1,8640\n")
	brings := func(want int, says string, args ...string) {
		t.Helper()
		out, code := exit(t, append([]string{"import", "acquirer", "--data", dir, "--date", "2026-11-23", "--bills", bills}, args...)...)
		if code != want || !strings.Contains(out, says) {
			t.Errorf("%v: exit %d, %s", args, code, out)
		}
	}
	brings(0, "acquirer of 2026-11-23: 1 lines, 86.40 yuan", union, "--part", "unionpay")
	brings(0, "acquirer of 2026-11-23: 1 lines, 86.40 yuan", city, "--part", "citybank")
	brings(1, "city.csv, line 3: no header with 商户订单号, 交易金额, 交易时间, 交易类型, 系统流水号", city, "--part", "unionpay")
	brings(1, "cut.csv, line 2: no line with the totals", file("cut.csv", "type,order,at,fen\nPAY,10000001000000000002,2026-11-23 09:00:00,8640\n"), "--part", "citybank")
	brings(1, "no header with 支付宝交易号", city) // of no acquirer with a form of its own

	out, code := exit(t, "import", "acquirer", city, "--data", dir, "--date", "2026-11-23", "--part", "citybank", "--bills", file("wrong.json", `{"citybank":{"serial":"order"}}`))
	if code != 2 || !strings.Contains(out, `--bills: "citybank": no form of a bill`) {
		t.Errorf("exit %d, %s", code, out)
	}
	out, code = exit(t, "reconcile", "--data", dir, "--date", "2026-11-23", "--json")
	if code != exitDiffers || !strings.Contains(out, `{"name":"acquirer","count":2,"sum":17280,`) || !strings.Contains(out, `{"book":"mis","part":"","state":"incomplete","why":"no file"}`) {
		t.Errorf("exit %d, %s", code, out)
	}
}

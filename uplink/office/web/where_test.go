package web

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/office/books"
)

var ours = receipt.FleetOf([]byte("ours"))

// whereAt asks where the money is of what is scanned.
func whereAt(t *testing.T, d *desk, asked string) (int, whereView, string) {
	t.Helper()
	status, body := d.call(d.as("zhang"), "GET", api+"/where?q="+url.QueryEscape(asked), nil)
	var v whereView
	if status == 200 {
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
	}

	return status, v, body
}

func TestWhereIsTheMoney(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, func(cfg *Config) { cfg.Fleet = ours })
	posted, owed := serials["posted"], serials["owed"]
	row, err := w.store.Posting(t.Context(), posted)
	w.check(err)

	code := ours.CodeOf(posted)
	for _, asked := range []string{code, strings.ToLower(code) + "\r\n", posted, receipt.InFours(posted), "WK1:" + posted, row.Reference} {
		status, v, body := whereAt(t, d, asked)
		if status != 200 || len(v.Payments) != 1 || v.Payments[0].Serial != posted {
			t.Errorf("%q: %d %s", asked, status, body)
			continue
		}
		parts := v.Payments[0].Parts
		if len(parts) != 1 || parts[0].Amount != row.Amount || parts[0].Place != "cassette" || parts[0].Standing != "booked" || parts[0].Number != row.Reference {
			t.Errorf("%q: %+v", asked, parts)
		}
		if !strings.Contains(parts[0].Chinese, row.Reference) || !strings.Contains(parts[0].Chinese, "在终端 "+row.Kiosk+" 的钞箱里") || !strings.Contains(parts[0].English, "booked by the marketing MIS, number "+row.Reference) {
			t.Errorf("%q: %q, %q", asked, parts[0].Chinese, parts[0].English)
		}
	}

	for asked, want := range map[string]receipt.Check{
		ours.CodeOf(posted)[:len(code)-1] + "0":          receipt.Altered,
		strings.Replace(code, posted, owed, 1):           receipt.Altered,
		receipt.FleetOf([]byte("theirs")).CodeOf(posted): receipt.Foreign,
		"WK1:" + posted: receipt.Unchecked,
		code:            receipt.Genuine,
	} {
		status, v, body := whereAt(t, d, asked)
		told := want == receipt.Genuine || want == receipt.Unchecked
		if status != 200 || v.Code != want || (len(v.Payments) > 0) != told {
			t.Errorf("%q: %d %s", asked, status, body)
		}
	}

	_, v, body := whereAt(t, d, owed)
	if len(v.Payments) != 1 || len(v.Payments[0].Parts) != 1 || v.Payments[0].Parts[0].Standing != "owed" || v.Payments[0].Parts[0].Case == "" {
		t.Errorf("owed: %s", body)
	}
	txn, err := w.store.Detail(t.Context(), owed)
	w.check(err)
	if _, v, body := whereAt(t, d, txn.Transaction.Account); len(v.Payments) == 0 || v.Payments[0].Account != txn.Transaction.Account {
		t.Errorf("by account: %s", body)
	}

	for asked, kiosk := range map[string]string{"10000002009999999999": "10000002", "99999999000000000001": ""} {
		if _, v, body := whereAt(t, d, asked); len(v.Payments) != 0 || v.Kiosk != kiosk || v.Serial != asked {
			t.Errorf("%s: %s", asked, body)
		}
	}
	for _, asked := range []string{"", " ", strings.Repeat("1", 201)} {
		if status, _, body := whereAt(t, d, asked); status != 400 {
			t.Errorf("%q: %d %s", asked, status, body)
		}
	}
}

// TestWherePages tells the same on the page, in both languages.
func TestWherePages(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, func(cfg *Config) { cfg.Fleet = ours })
	c := d.as("zhang")
	for asked, want := range map[string]string{
		ours.CodeOf(serials["posted"]):                 "营销系统已入账",
		ours.CodeOf(serials["owed"]):                   "应退给客户",
		ours.CodeOf(serials["posted"])[:34] + "0":      "这个码与本总部终端打印的不一致",
		receipt.FleetOf(nil).CodeOf(serials["posted"]): "旧式凭证",
		"10000002009999999999":                         "还没有收到这笔业务的记录",
		"99999999000000000001":                         "不属于本总部的任何终端",
		"MIS-UNKNOWN":                                  "没有查到这个号码",
		"":                                             "请扫码或输入",
	} {
		if status, body := d.call(c, "GET", "/where?q="+url.QueryEscape(asked), nil); status != 200 || !strings.Contains(body, want) || strings.Contains(body, missing) || strings.Contains(body, "%!") {
			t.Errorf("%q: %d, %q is not there", asked, status, want)
		}
	}
}

// TestPayOut: a customer with an owed case gets the money at the counter, once.
func TestPayOut(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, func(cfg *Config) { cfg.Fleet = ours })
	zhang, wang := d.as("zhang"), d.as("wang")
	cases, err := w.store.CasesOf(t.Context(), []string{serials["owed"]})
	w.check(err)
	id := cases[serials["owed"]][0].ID
	if status, body := d.call(zhang, "GET", "/cases/"+id, nil); status != 200 || !strings.Contains(body, "/cases/"+id+"/pay-out") {
		t.Errorf("the page does not offer it: %d", status)
	}
	if status, body := d.call(zhang, "POST", api+"/cases/"+id+"/pay-out", object{"to": "张三 310101199001011234", "reason": "凭证"}); status != 400 {
		t.Errorf("a whole number of a document: %d %s", status, body)
	}
	status, body := d.call(zhang, "POST", api+"/cases/"+id+"/pay-out", object{"to": "张三 尾号 1234", "reason": "持凭证到柜台"})
	var plan planView
	if err := json.Unmarshal([]byte(body), &plan); status != 202 || err != nil {
		t.Fatal(status, body)
	}
	if status, body := d.call(zhang, "POST", api+"/plans/"+plan.ID+"/approve", object{"hash": plan.Hash}); status != 403 {
		t.Errorf("one person: %d %s", status, body)
	}
	if status, body := d.call(wang, "POST", api+"/plans/"+plan.ID+"/approve", object{"hash": plan.Hash}); status != 200 {
		t.Fatal(status, body)
	}
	status, body = d.call(zhang, "GET", api+"/payouts/"+id, nil)
	var p books.Payout
	if err := json.Unmarshal([]byte(body), &p); status != 200 || err != nil || p.By != "zhang" || p.Approver != "wang" || p.Number != plan.ID {
		t.Errorf("%d %s", status, body)
	}
	status, body = d.call(zhang, "POST", api+"/cases/"+id+"/pay-out", object{"to": "李四", "reason": "又来了"})
	if status != 409 || !strings.Contains(body, `"paid-out"`) || !strings.Contains(body, "by zhang and wang") || !strings.Contains(body, plan.ID) {
		t.Errorf("again: %d %s", status, body)
	}
	if _, v, body := whereAt(t, d, serials["owed"]); len(v.Payments[0].Parts) != 1 || v.Payments[0].Parts[0].Standing != "paid-out" || !strings.Contains(v.Payments[0].Parts[0].Chinese, plan.ID) {
		t.Errorf("where: %s", body)
	}
	if status, body := d.call(zhang, "GET", "/payouts/"+id, nil); status != 200 || !strings.Contains(body, p.Amount.Capital()) || !strings.Contains(body, "签字") {
		t.Errorf("receipt: %d", status)
	}
}

// TestWhereShots keeps pictures of where money is, and of the receipt of a payout.
func TestWhereShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, serials := morning(t)
	d := openDesk(t, w, func(cfg *Config) { cfg.Fleet = ours })
	cases, err := w.store.CasesOf(t.Context(), []string{serials["owed"]})
	w.check(err)
	id := cases[serials["owed"]][0].ID
	ctx := browser(t)
	shot := func(name, path string) {
		t.Helper()
		keepBoth(ctx, t, dir, name, d.http.URL+path, 1440)
	}
	shot("login", "/login")
	enterAs(ctx, t, "wang")
	shot("where-posted", "/where?q="+url.QueryEscape(ours.CodeOf(serials["posted"])))
	shot("where-altered", "/where?q="+url.QueryEscape(ours.CodeOf(serials["posted"])[:34]+"0"))
	txn, err := w.store.Detail(t.Context(), serials["owed"])
	w.check(err)
	shot("case-owed", "/cases/"+id)
	zhang := d.as("zhang")
	_, body := d.call(zhang, "POST", api+"/cases/"+id+"/pay-out", object{"to": "张三 尾号 1234", "reason": "持凭证到柜台"})
	var plan planView
	w.check(json.Unmarshal([]byte(body), &plan))
	shot("payout-plan", "/plans/"+plan.ID)
	if status, body := d.call(d.as("wang"), "POST", api+"/plans/"+plan.ID+"/approve", object{"hash": plan.Hash}); status != 200 {
		t.Fatal(status, body)
	}
	shot("where-account", "/where?q="+txn.Transaction.Account)
	shot("payout", "/payouts/"+id)
}

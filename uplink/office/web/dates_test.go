package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/wire"
)

// night is when the date of the tests, 2026-11-23, is reconciled: 02:00 in Shanghai.
var night = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

const nightDay = "20261123"

// nightTown has three payments on the date, and one of a kiosk that has not reported since.
func nightTown(t *testing.T) (w *town, serials []string) {
	t.Helper()
	w = newTown(t)

	return w, w.night()
}

// night plays that date.
func (w *town) night() (serials []string) {
	w.t.Helper()
	for _, kiosk := range []string{"10000001", "10000002"} {
		w.kiosk(kiosk, true, noon, wire.State{})
	}
	for i, yuan := range []int64{100, 50, 20} {
		serials = append(serials, w.pay(payment{
			kiosk: "10000001", account: "1000000001", arrears: 12850, at: noon.Add(time.Duration(i-30) * time.Minute), notes: []int64{yuan}, upTo: "posted",
		}))
	}
	serials = append(serials, w.pay(payment{kiosk: "10000002", account: "1000000002", at: noon.Add(-time.Hour), notes: []int64{10}, upTo: "posted"}))
	w.reports("10000001")

	return serials
}

// reports has a kiosk say, after midnight, what its last record is.
func (w *town) reports(kiosk string) {
	w.t.Helper()
	b, err := json.Marshal(wire.State{V: wire.Version, Online: true, Head: w.heads[kiosk].Seq})
	w.check(err)
	_, err = w.store.SaveReports(w.t.Context(), []fleet.Report{{Kiosk: kiosk, Online: true, Live: true, Text: string(b), At: night}})
	w.check(err)
}

// bookOf brings the MIS's file of the date, with these sums by serial.
func (w *town) bookOf(sums map[string]money.Amount, order []string) {
	w.t.Helper()
	var file bytes.Buffer
	w.check(form.Write104(&file, func(yield func(form.Line104) bool) {
		for _, serial := range order {
			line := form.Line104{
				Terminal: serial[:8], Serial: serial, Batch: "1", Class: "01", Date: "2026-11-23", Amount: sums[serial], Mode: "010301", Settle: "01", Customer: "1000000001", Unit: "1",
			}
			if sums[serial] > 0 && !yield(line) {
				return
			}
		}
	}))
	_, _, err := w.store.Settle.Import(w.t.Context(), settle.Incoming{Kind: settle.MIS, Day: nightDay, Name: "mis.txt", By: "zhang"},
		bytes.NewReader(file.Bytes()), func() time.Time { return night })
	w.check(err)
}

func (w *town) reconcile() {
	w.t.Helper()
	_, err := w.store.Settle.Run(w.t.Context(), nightDay, "office", func() time.Time { return night })
	w.check(err)
}

// openNight is a desk at night that reconciles when it is asked.
func openNight(t *testing.T, w *town) *desk {
	t.Helper()
	return openDesk(t, w, func(c *Config) {
		c.Now = func() time.Time { return night.Add(4 * time.Hour) }
		c.Reconcile = func(ctx context.Context, day string) error {
			_, err := w.store.Settle.Run(ctx, day, "office", c.Now)
			return err
		}
		c.Bring = (&settle.Clerk{Room: w.store.Settle, Clock: c.Now, Dir: t.TempDir()}).Bring
	})
}

// signs has a person sign the date, and is what the answer says.
func (d *desk) signs(t *testing.T, who, password string) (int, string) {
	t.Helper()
	a, err := d.as(who).PostForm(d.http.URL+"/dates/2026-11-23/sign", values("password", password))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()

	return a.StatusCode, pageText(readAll(t, a.Body))
}

// TestMorningOfADate is the accountant's morning: a date that lacks a file and a kiosk, then
// one with breaks of two kinds that nobody works on, and then the signature.
func TestMorningOfADate(t *testing.T) {
	w, serials := nightTown(t)
	d := openNight(t, w)
	w.reconcile()
	says(t, d.page(t, "zhang", "/"), "待签账务日期", "2026-11-23\n未齐")
	says(t, d.page(t, "zhang", "/dates"), "2026-11-23", "未齐", "营销系统 没有对账文件", "等另 1 项")
	says(t, d.page(t, "zhang", "/dates/2026-11-23"), "还缺下面这些", "10000002 这一天结束后还没有上报", "未齐，不能签")

	w.reports("10000002")
	sums := map[string]money.Amount{serials[0]: 10000, serials[1]: 4000, serials[3]: 1000}
	w.bookOf(sums, serials)
	zhang := d.as("zhang")
	if status, _ := d.form(zhang, "/dates/2026-11-23/run"); status != http.StatusSeeOther {
		t.Errorf("matched again: %d", status)
	}
	page := d.page(t, "zhang", "/dates/2026-11-23")
	says(t, page, "金额不一致", "50.00", "40.00", "单边账", serials[2], "补入账", "人工核实", "无人处理", "有不平项还没有处理人")
	if strings.Contains(page, serials[0]) {
		t.Error("a payment on which the books agree is among the breaks")
	}
	if status, body := d.signs(t, "zhang", password); status != http.StatusConflict || !strings.Contains(body, "还没有处理人或下一步") {
		t.Errorf("signed with a break that is nobody's: %d", status)
	}

	detail, err := w.store.Settle.Detail(t.Context(), nightDay)
	w.check(err)
	for _, b := range detail.Breaks {
		if status, to := d.form(zhang, "/cases/"+b.ID+"/assign", "owner", "zhang", "next", "问营销系统", "due", "2026-11-25"); status != http.StatusSeeOther {
			t.Errorf("assigned: %d %s", status, to)
		}
	}
	if status, _ := d.form(zhang, "/cases/"+detail.Breaks[0].ID+"/comment", "text", "营业厅已确认收款"); status != http.StatusSeeOther {
		t.Errorf("commented: %d", status)
	}
	says(t, d.page(t, "zhang", "/cases/"+detail.Breaks[0].ID), "对账不平", "账务日期 2026-11-23，单边账，终端 20.00，营销系统 没有。建议补入账：钱已收到，账上没有", "2026-11-25", "zhang: 问营销系统", "营业厅已确认收款", serials[2], "总部，须人工处理")
	const why = "the money of this case cannot go that way: leave out where it went"
	if status, body := d.call(zhang, "POST", "/api/v1/cases/"+detail.Breaks[0].ID+"/close", object{"resolution": "顾客不要了", "went": "kept"}); status != http.StatusConflict || !strings.Contains(body, why) {
		t.Errorf("closed with a way that it does not have: %d %s", status, body)
	}
	says(t, d.page(t, "zhang", "/dates/2026-11-23"), "问营销系统", "请再输一次密码")
	if page := d.page(t, "wang", "/dates/2026-11-23"); !strings.Contains(page, "由会计签账") {
		t.Error("an operator is offered to sign")
	}
	for _, try := range []struct {
		who, password string
		status        int
		says          string
	}{
		{"zhang", "another password", http.StatusForbidden, "密码不正确"},
		{"wang", password, http.StatusForbidden, "此事项由会计办理"},
		{"root", password, http.StatusForbidden, "此事项由会计办理"},
	} {
		if status, body := d.signs(t, try.who, try.password); status != try.status || !strings.Contains(body, try.says) {
			t.Errorf("%s signs: %d, want %d and %q", try.who, status, try.status, try.says)
		}
	}

	if status, _ := d.form(zhang, "/dates/2026-11-23/sign", "password", password); status != http.StatusSeeOther {
		t.Errorf("signed: %d", status)
	}
	signed, err := w.store.Settle.Detail(t.Context(), nightDay)
	w.check(err)
	says(t, d.page(t, "zhang", "/dates/2026-11-23"), "已签账并封存", "带 2 项未了结的不平签账", signed.Date.Seal)
	if strings.Contains(d.page(t, "zhang", "/"), "待签账务日期") {
		t.Error("a signed date is still to be signed")
	}
	if status, body := d.signs(t, "zhang", password); status != http.StatusConflict || !strings.Contains(body, "已经签过了") {
		t.Errorf("signed twice: %d", status)
	}
	d.reopens(t)
}

// reopens has two people open the signed date again, and signs it anew.
func (d *desk) reopens(t *testing.T) {
	t.Helper()
	w := d.town
	if n, wrong, err := w.store.Settle.Verify(t.Context()); n != 1 || len(wrong) != 0 || err != nil {
		t.Errorf("%d signed, %v, %v", n, wrong, err)
	}
	if status, _ := d.form(d.as("wang"), "/dates/2026-11-23/reopen", "reason", "再看看"); status != http.StatusForbidden {
		t.Errorf("an operator proposes to open a date again: %d", status)
	}
	status, to := d.form(d.as("zhang"), "/dates/2026-11-23/reopen", "reason", "营销系统补了一笔")
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/plans/p-") {
		t.Fatalf("proposed: %d %s", status, to)
	}
	plan, _, _ := strings.Cut(strings.TrimPrefix(to, "/plans/"), "?")
	if page := d.reads(d.as("zhang"), "/dates/2026-11-23"); !strings.Contains(page, `href="/plans/`+plan) || strings.Contains(page, "/dates/2026-11-23/reopen") {
		t.Error("the date does not show what waits in place of its form")
	}
	says(t, d.page(t, "root", "/plans/"+plan), "重新打开已签账期", "2026-11-23", "签账人 zhang", "营销系统补了一笔")
	p, err := w.store.Plans.Plan(t.Context(), plan, night)
	w.check(err)
	for _, try := range []struct {
		who    string
		status int
		state  settle.State
	}{
		{"zhang", http.StatusForbidden, settle.Signed},
		{"wang", http.StatusForbidden, settle.Signed},
		{"root", http.StatusSeeOther, settle.Broken},
		{"root", http.StatusConflict, settle.Broken},
	} {
		status, _ := d.form(d.as(try.who), "/plans/"+plan+"/approve", "hash", p.Hash.String())
		of, err := w.store.Settle.Detail(t.Context(), nightDay)
		w.check(err)
		if status != try.status || of.Date.State != try.state {
			t.Errorf("%s approves: %d, the date is %s; want %d, %s", try.who, status, of.Date.State, try.status, try.state)
		}
	}

	if status, body := d.signs(t, "zhang", password); status != http.StatusConflict || !strings.Contains(body, "须先重新对账") {
		t.Errorf("signed without another run: %d %s", status, body)
	}
	w.reconcile()
	if status, _ := d.signs(t, "zhang", password); status != http.StatusSeeOther {
		t.Errorf("signed anew: %d", status)
	}
	if n, wrong, err := w.store.Settle.Verify(t.Context()); n != 1 || len(wrong) != 0 || err != nil {
		t.Errorf("%d signed, %v, %v", n, wrong, err)
	}
}

// TestDatesOfPrograms holds what /api/v1/dates says against its description.
func TestDatesOfPrograms(t *testing.T) {
	w, serials := nightTown(t)
	w.reports("10000002")
	w.bookOf(map[string]money.Amount{serials[0]: 10000, serials[1]: 4000, serials[3]: 1000}, serials)
	d := openNight(t, w)
	w.reconcile()
	c := d.as("zhang")
	var all struct {
		Dates []dateView `json:"dates"`
	}
	d.get(c, "/api/v1/dates", &all)
	var one struct {
		Date   dateView    `json:"date"`
		Breaks []breakView `json:"breaks"`
		Files  []fileView  `json:"files"`
	}
	d.get(c, "/api/v1/dates/2026-11-23", &one)
	switch {
	case len(all.Dates) != 1 || all.Dates[0].Date != "2026-11-23" || all.Dates[0].Status != "breaks" || all.Dates[0].Breaks != 2:
		t.Errorf("%+v", all.Dates)
	case one.Date.Books[0].Name != "kiosk" || one.Date.Books[0].Count != 4 || one.Date.Books[0].Sum != 18000:
		t.Errorf("%+v", one.Date.Books)
	case one.Date.Books[1].Name != "mis" || one.Date.Books[1].Count != 3 || one.Date.Books[1].Sum != 15000:
		t.Errorf("%+v", one.Date.Books)
	case len(one.Breaks) != 2 || len(one.Files) != 1 || one.Files[0].Count != 3:
		t.Errorf("%+v %+v", one.Breaks, one.Files)
	}

	contract := readContract(t)
	for _, try := range []struct {
		method, path, listed string
		body                 any
		status               int
	}{
		{"GET", "/api/v1/dates", "/api/v1/dates", nil, http.StatusOK},
		{"GET", "/api/v1/dates/2026-11-23", "/api/v1/dates/{date}", nil, http.StatusOK},
		{"GET", "/api/v1/dates/yesterday", "/api/v1/dates/{date}", nil, http.StatusBadRequest},
		{"POST", "/api/v1/dates/2026-11-23/run", "/api/v1/dates/{date}/run", nil, http.StatusOK},
		{"POST", "/api/v1/dates/2026-11-23/sign", "/api/v1/dates/{date}/sign", object{"password": password}, http.StatusConflict},
		{"POST", "/api/v1/dates/2026-11-23/sign", "/api/v1/dates/{date}/sign", object{"password": "no"}, http.StatusForbidden},
	} {
		status, body := d.call(c, try.method, try.path, try.body)
		if status != try.status {
			t.Errorf("%s %s: %d, want %d: %s", try.method, try.path, status, try.status, body)
		}
		if wrong := contract.check(try.method, try.listed, status, body); wrong != "" {
			t.Errorf("%s %s: %s", try.method, try.path, wrong)
		}
	}
}

// TestReasonsOfProposalsHaveWords: what the matching says of a break is said in Chinese too.
func TestReasonsOfProposalsHaveWords(t *testing.T) {
	for _, why := range reconcile.Reasons() {
		if w := words["breakwhy."+why]; w[zh] == "" || w[en] != why {
			t.Errorf("%q: %q", why, w)
		}
	}
}

// TestDateShots keeps pictures of the pages of dates.
func TestDateShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, serials := nightTown(t)
	d := openNight(t, w)
	w.reconcile()
	ctx := browser(t)
	shot := func(name, path string) {
		t.Helper()
		keepShot(ctx, t, dir, name, d.http.URL+path, "main", 1440)
	}
	shot("login", "/login")
	enterAs(ctx, t, "zhang")
	shot("date-incomplete", "/dates/2026-11-23")
	w.reports("10000002")
	w.bookOf(map[string]money.Amount{serials[0]: 10000, serials[1]: 4000, serials[3]: 1000}, serials)
	w.reconcile()
	shot("dates", "/dates")
	shot("date-breaks", "/dates/2026-11-23")
	detail, err := w.store.Settle.Detail(t.Context(), nightDay)
	w.check(err)
	for _, b := range detail.Breaks {
		_, err := w.store.AssignCase(t.Context(), b.ID, books.Assignment{Owner: "zhang", NextStep: "问营销系统"}, "zhang", night)
		w.check(err)
	}
	shot("case", "/cases/"+detail.Breaks[0].ID)
	shot("date-to-sign", "/dates/2026-11-23")
	_, err = w.store.Settle.Sign(t.Context(), nightDay, "zhang", night)
	w.check(err)
	shot("date-signed", "/dates/2026-11-23")
}

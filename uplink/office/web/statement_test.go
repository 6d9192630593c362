package web

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestWhatNobodyDeposited: what the bank's statement has and no deposit is entered for is on
// the page of remittances, and a case. WATTKIOSK_SHOTS keeps pictures of the page.
func TestWhatNobodyDeposited(t *testing.T) {
	d, w, _ := cashTown(t)
	const file = "交易日期,交易时间,参考号,摘要,支出金额,收入金额,余额\n2026-11-23,10:00:00,B77,现金存款,,77.00,\n合计,1,0.00,77.00\n"
	_, err := w.store.Cash.TakeStatement(t.Context(), "november.csv", "zhang", strings.NewReader(file), w.store.Zone(), noon)
	w.check(err)
	_, page := d.call(d.as("zhang"), "GET", "/remittances", nil)
	if text := strings.Join(strings.Fields(pageText(page)), " "); !strings.Contains(text, "银行入账无对应存款 ¥77.00") || !strings.Contains(text, "2026-11-23 B77 77.00 zhang") {
		t.Errorf("%s", text)
	}
	_, page = d.call(d.as("zhang"), "GET", "/cases", nil)
	if text := pageText(page); !strings.Contains(text, "银行 2026-11-23 入账 77.00 元（B77），没有对应的存款") {
		t.Errorf("%s", text)
	}

	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		return
	}
	ctx := browser(t)
	keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
	enterAs(ctx, t, "zhang")
	keepShot(ctx, t, dir, "remittances-loose", d.http.URL+"/remittances", "#loose", 1440)
	w.check(chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en]`)))
	keepShot(ctx, t, dir, "remittances-loose-en", d.http.URL+"/remittances", "#loose", 1440)
}

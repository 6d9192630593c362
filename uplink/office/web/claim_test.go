package web

import (
	"net/http"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/counterfeit"
)

// TestTheMakerPays: what the maker bears of a counterfeit note is claimed, refused, claimed
// again and paid, on the page of the case; who claimed it does not say that it was paid.
// WATTKIOSK_SHOTS keeps pictures of the page.
func TestTheMakerPays(t *testing.T) {
	d, w, _ := cashTown(t)
	w.store.Forgeries.SetContracts(counterfeit.Contracts{
		Makers:   []counterfeit.Terms{{Maker: "示范识币器厂", InformHours: 4, ComeDays: 2, AnswerDays: 5, PayDays: 20, Bears: counterfeit.ByMaker}},
		Fittings: []counterfeit.Fitted{{Maker: "示范识币器厂", Device: "NV200"}},
	})
	c, err := w.store.Forgeries.Open(t.Context(), counterfeit.Finding{
		Kiosk: "10000001", Found: counterfeit.InVault, FoundAt: noon.UnixMilli(), Until: noon.UnixMilli(), Notes: []counterfeit.Note{{Value: 10000, Kind: counterfeit.Printed}},
	}, "zhang", noon)
	w.check(err)
	_, err = w.store.Forgeries.Tell(t.Context(), c.ID, "电话", "zhang", noon)
	w.check(err)
	p, err := w.store.Plans.Propose(t.Context(), approval.BearLoss, approval.Ask{Object: c.ID, Args: "maker", Reason: "合同第 7 条", By: "zhang"}, noon)
	w.check(err)
	_, err = w.store.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "", noon)
	w.check(err)

	path := "/counterfeits/" + c.ID
	zhang, he, wang := d.as("zhang"), d.as("he"), d.as("wang")
	does := func(who *http.Client, act string, want int, pairs ...string) {
		t.Helper()
		if status, body := d.form(who, path+"/"+act, pairs...); status != want {
			t.Errorf("%s: %d, want %d: %.300s", act, status, want, pageText(body))
		}
	}
	dir := os.Getenv("WATTKIOSK_SHOTS")
	shot := func(string) {}
	if dir != "" {
		ctx := browser(t)
		keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
		enterAs(ctx, t, "zhang")
		shot = func(name string) {
			keepShot(ctx, t, dir, name, d.http.URL+path, "#claim", 1440)
			w.check(chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en] main`)))
			keepShot(ctx, t, dir, name+"-en", d.http.URL+path, "#claim", 1440)
			w.check(chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=zh-CN] main`)))
		}
	}
	says(t, d.page(t, "zhang", path), "厂商赔付", "¥100.00", "待索赔")
	does(he, "paid", http.StatusConflict, "amount", "100.00", "reference", "P1")
	does(zhang, "claim", http.StatusSeeOther, "how", "函 7 号")
	says(t, d.page(t, "zhang", path), "已索赔，待付款", "付款期限 2026-12-13", "登记付款")
	shot("claim-claimed")
	does(zhang, "paid", http.StatusForbidden, "amount", "100.00", "reference", "P1") // who claimed it
	does(wang, "paid", http.StatusForbidden, "amount", "100.00", "reference", "P1")  // an operator enters nothing of the bank's
	does(he, "paid", http.StatusBadRequest, "amount", "99.00", "reference", "P1")
	does(zhang, "refused", http.StatusSeeOther, "why", "不认")
	says(t, d.page(t, "zhang", path), "厂商拒付")
	does(zhang, "claim", http.StatusSeeOther, "how", "函 8 号")
	does(he, "paid", http.StatusSeeOther, "amount", "100.00", "reference", "P20261201")
	says(t, d.page(t, "zhang", path), "已付款", "P20261201")
	shot("claim-paid")
	does(he, "paid", http.StatusConflict, "amount", "100.00", "reference", "P20261201")
}

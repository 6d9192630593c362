package web

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/counterfeit"
)

// borne is a counterfeit note that its maker bears, as two people decided.
func borne(t *testing.T, w *town, serial string) counterfeit.Case {
	t.Helper()
	w.store.Forgeries.SetContracts(counterfeit.Contracts{
		Makers:   []counterfeit.Terms{{Maker: "示范识币器厂", InformHours: 4, ComeDays: 2, AnswerDays: 5, PayDays: 20, Bears: counterfeit.ByMaker}},
		Fittings: []counterfeit.Fitted{{Maker: "示范识币器厂", Device: "NV200"}},
	})
	receives(t, w, serial, `{"genuine":[{"value":10000,"notes":2},{"value":5000,"notes":1}],"counterfeit":[{"value":2000,"notes":1}]}`)
	c, err := w.store.Forgeries.Open(t.Context(), counterfeit.Finding{
		Kiosk: "10000001", Found: counterfeit.InVault, Collection: serial, FoundAt: noon.UnixMilli(), Until: noon.UnixMilli(), Notes: []counterfeit.Note{{Value: 10000, Kind: counterfeit.Printed}},
	}, "zhang", noon)
	w.check(err)
	_, err = w.store.Forgeries.Tell(t.Context(), c.ID, "电话", "zhang", noon)
	w.check(err)
	p, err := w.store.Plans.Propose(t.Context(), approval.BearLoss, approval.Ask{Object: c.ID, Args: "maker", Reason: "合同第 7 条", By: "zhang"}, noon)
	w.check(err)
	_, err = w.store.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "", noon)
	w.check(err)

	return c
}

// receives has he and lu receive a collection, as they counted it.
func receives(t *testing.T, w *town, serial, args string) {
	t.Helper()
	p, err := w.store.Plans.Propose(t.Context(), approval.Receive, approval.Ask{Object: serial, Args: args, Reason: "按日接收", By: "he"}, noon)
	w.check(err)
	_, err = w.store.Plans.Approve(t.Context(), p.ID, p.Hash, "lu", "", noon)
	w.check(err)
}

// claimShots keeps pictures of a page of a counterfeit case, in both languages, where
// WATTKIOSK_SHOTS names a folder.
func claimShots(t *testing.T, d *desk, path string) func(name string) {
	t.Helper()
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		return func(string) {}
	}
	ctx := browser(t)
	keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
	enterAs(ctx, t, "zhang")

	return func(name string) { keepBoth(ctx, t, dir, name, d.http.URL+path, 1440) }
}

// TestTheMakerPays: what the maker bears of a counterfeit note is claimed, refused, claimed
// again and paid, on the page of the case; who claimed it does not say that it was paid, and is
// not offered to. WATTKIOSK_SHOTS keeps pictures of the page.
func TestTheMakerPays(t *testing.T) {
	d, w, serial := cashTown(t)
	c := borne(t, w, serial)

	path := "/counterfeits/" + c.ID
	zhang, he, wang := d.as("zhang"), d.as("he"), d.as("wang")
	does := func(who *http.Client, act string, want int, pairs ...string) {
		t.Helper()
		if status, body := d.form(who, path+"/"+act, pairs...); status != want {
			t.Errorf("%s: %d, want %d: %.300s", act, status, want, pageText(body))
		}
	}
	shot := claimShots(t, d, path)
	says(t, d.page(t, "zhang", path), "厂商赔付", "¥100.00", "待索赔")
	does(he, "paid", http.StatusConflict, "amount", "100.00", "reference", "P1")
	does(zhang, "claim", http.StatusSeeOther, "how", "函 7 号")
	says(t, d.page(t, "zhang", path), "已索赔，待付款", "付款期限 2026-12-13", "登记付款", "付款须由索赔人以外的人登记", "认定 厂商承担：合同第 7 条")
	saysNot(t, d.page(t, "zhang", path), "到账凭证号", "maker")
	says(t, d.page(t, "he", path), "按银行入账登记")
	says(t, d.page(t, "wang", path), "此事项由出纳、会计、管理员办理")
	shot("claim-claimed")
	does(zhang, "paid", http.StatusForbidden, "amount", "100.00", "reference", "P1") // who claimed it
	does(wang, "paid", http.StatusForbidden, "amount", "100.00", "reference", "P1")  // an operator enters nothing of the bank's
	does(he, "paid", http.StatusBadRequest, "amount", "99.00", "reference", "P1")
	does(zhang, "refused", http.StatusSeeOther, "why", "不认")
	says(t, d.page(t, "zhang", path), "厂商拒付", "核销")
	says(t, d.page(t, "wang", path), "此事项由会计办理")
	shot("claim-refused")
	does(zhang, "claim", http.StatusSeeOther, "how", "函 8 号")
	does(he, "paid", http.StatusSeeOther, "amount", "100.00", "reference", "P20261201")
	says(t, d.page(t, "zhang", path), "已付款", "P20261201")
	shot("claim-paid")
	does(he, "paid", http.StatusConflict, "amount", "100.00", "reference", "P20261201")
}

// TestTheMakerIsLetOff: what the maker refuses is written off by two people, on the page of the
// case and by the interface; until then it waits, and is not offered a second time.
func TestTheMakerIsLetOff(t *testing.T) {
	d, w, serial := cashTown(t)
	c := borne(t, w, serial)
	path := "/counterfeits/" + c.ID
	zhang, wang, root := d.as("zhang"), d.as("wang"), d.as("root")
	drops := func(who *http.Client, want int) {
		t.Helper()
		if status, body := d.call(who, "POST", api+path+"/drop", object{"reason": "厂商破产"}); status != want {
			t.Errorf("%d, want %d: %s", status, want, body)
		}
	}
	drops(zhang, http.StatusConflict) // nothing was claimed
	_, err := w.store.Forgeries.ClaimFrom(t.Context(), c.ID, "函 7 号", "zhang", noon)
	w.check(err)
	drops(zhang, http.StatusConflict) // the maker may pay
	_, err = w.store.Forgeries.RefusedBy(t.Context(), c.ID, "不认", "zhang", noon)
	w.check(err)
	drops(wang, http.StatusForbidden) // an operator
	drops(root, http.StatusForbidden) // an administrator proposes no loss

	if status, to := d.form(zhang, path+"/drop", "reason", "厂商破产"); status != http.StatusSeeOther {
		t.Fatal(status, to)
	}
	text := d.page(t, "zhang", path)
	says(t, text, "核销厂商拒付款：待另一人批准")
	saysNot(t, text, "提出后须由另一人批准才执行")
	p := d.waiting(zhang)
	if status, body := d.call(zhang, "POST", api+"/plans/"+p.ID+"/approve", object{"hash": p.Hash}); status != http.StatusForbidden {
		t.Errorf("by one person: %d %s", status, body)
	}
	says(t, d.page(t, "root", "/plans/"+p.ID), "核销厂商拒付款", "示范识币器厂", "¥100.00")
	d.approve(root)
	shot := claimShots(t, d, path)
	shot("claim-dropped")
	says(t, d.page(t, "zhang", path), "已核销", "zhang, root", "核销 厂商破产", "厂商事后付款")
	says(t, d.page(t, "zhang", "/counterfeits"), "其中核销")
	drops(zhang, http.StatusConflict)
}

// TestAMistakeIsTakenBack: a finding that was a mistake is taken back by two people, on the page of
// its case and by the interface, and its note is found anew; the pages say so.
func TestAMistakeIsTakenBack(t *testing.T) {
	d, w, serial := cashTown(t)
	c := borne(t, w, serial)
	path := "/counterfeits/" + c.ID
	wang, zhang, he := d.as("wang"), d.as("zhang"), d.as("he")
	takes := func(who *http.Client, want int) {
		t.Helper()
		if status, body := d.call(who, "POST", api+path+"/take-back", object{"reason": "银行鉴定为真币"}); status != want {
			t.Errorf("%d, want %d: %s", status, want, body)
		}
	}
	says(t, d.page(t, "he", path), "撤销误登", "此事项由会计、值班员、管理员办理")
	takes(he, http.StatusForbidden) // a cashier
	shot := claimShots(t, d, path)
	shot("takeback-offered")
	if status, to := d.form(wang, path+"/take-back", "reason", "银行鉴定为真币"); status != http.StatusSeeOther {
		t.Fatal(status, to)
	}
	text := d.page(t, "wang", path)
	says(t, text, "撤销误登的假币：待另一人批准")
	saysNot(t, text, "释放清机中的名额")
	takes(wang, http.StatusConflict) // it waits
	p := d.waiting(wang)
	says(t, d.page(t, "zhang", "/plans/"+p.ID), "撤销误登的假币", "执行前阶段", "已认定", "金库复点", "¥100.00", "银行鉴定为真币")
	if dir := os.Getenv("WATTKIOSK_SHOTS"); dir != "" {
		claimShots(t, d, "/plans/"+p.ID)("takeback-plan")
	}
	d.approve(zhang)

	shot("takeback-done")
	says(t, d.page(t, "zhang", path), "已撤销（误登）", "撤销人 wang, zhang", "银行鉴定为真币", "已作废")
	says(t, d.page(t, "zhang", "/plans/"+p.ID), "相关分录已冲回")
	says(t, d.page(t, "zhang", "/counterfeits"), "撤销件数")
	saysNot(t, d.page(t, "zhang", path), "登记索赔", "登记到场", "撤销误登 登记有误时")
	takes(wang, http.StatusConflict) // once
	var v forgeryView
	d.get(zhang, api+path, &v)
	if v.Stage != counterfeit.StageTakenBack || v.TakenBack.By != "wang" || v.TakenBack.Approver != "zhang" || v.Claim.State != counterfeit.Void {
		t.Errorf("%+v", v)
	}
	if status, body := d.call(wang, "POST", api+"/counterfeits", object{
		"kiosk": "10000001", "found": "vault", "collection": serial, "found_at": noon.UnixMilli(), "until": noon.UnixMilli(), "notes": []object{{"value": 10000, "kind": "printed"}},
	}); status != http.StatusBadRequest || !strings.Contains(body, "was taken back as case "+c.ID) {
		t.Errorf("the very same again: %d %s", status, body)
	}
}

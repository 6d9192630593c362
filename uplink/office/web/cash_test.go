package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// tell ingests an event of a collection.
func (w *town) tell(kiosk, serial string, at time.Time, e payments.Event) {
	w.t.Helper()
	b, err := json.Marshal(e)
	w.check(err)
	var o object
	w.check(json.Unmarshal(b, &o))
	w.write(kiosk, e.EventType(), serial, at, o)
}

// collect ingests a whole collection by 4711 and 4712, and returns its serial.
func (w *town) collect(kiosk string, at time.Time, inside, counted []collection.Pile) string {
	w.t.Helper()
	w.count[kiosk]++
	serial, ms := fmt.Sprintf("%s00%010d", kiosk, 4210+w.count[kiosk]), at.UnixMilli()
	w.tell(kiosk, serial, at, collection.Opened{By: "4711", With: "4712", At: ms})
	w.tell(kiosk, serial, at.Add(time.Minute), collection.Exchanged{Out: "KA-1", In: "KA-2", How: collection.BySensor, Inside: inside, At: ms + 60_000})
	w.tell(kiosk, serial, at.Add(5*time.Minute), collection.Counted{Piles: counted, At: ms + 300_000})
	if collection.Sum(inside) != collection.Sum(counted) {
		w.tell(kiosk, serial, at.Add(6*time.Minute), collection.Explained{Reason: "复点三次，仍少一张", At: ms + 360_000})
	}
	w.tell(kiosk, serial, at.Add(7*time.Minute), collection.Signed{By: "4711", At: ms + 420_000})
	w.tell(kiosk, serial, at.Add(7*time.Minute), collection.Signed{By: "4712", At: ms + 430_000})
	w.tell(kiosk, serial, at.Add(8*time.Minute), collection.Closed{Head: w.heads[kiosk].Hash.String(), At: ms + 440_000})

	return serial
}

// cashTown has two kiosks: one was emptied, with a note of 10 short, and went on.
func cashTown(t *testing.T) (d *desk, w *town, serial string) {
	t.Helper()
	w = newTown(t)
	for _, kiosk := range []string{"10000001", "10000002"} {
		w.kiosk(kiosk, true, noon, wire.State{})
	}
	w.pay(payment{kiosk: "10000001", account: "1000000001", arrears: 12850, at: noon.Add(-5 * time.Hour), notes: []int64{100, 20, 10}, upTo: "posted"})
	w.pay(payment{kiosk: "10000001", account: "1000000002", at: noon.Add(-4 * time.Hour), notes: []int64{100, 50}, upTo: "posted"})
	serial = w.collect("10000001", noon.Add(-3*time.Hour), storetest.Piles(100, 2, 50, 1, 20, 1, 10, 1), storetest.Piles(100, 2, 50, 1, 20, 1))
	w.pay(payment{kiosk: "10000001", account: "1000000003", at: noon.Add(-time.Hour), notes: []int64{100, 100, 50}, upTo: "posted"})
	w.pay(payment{kiosk: "10000002", account: "1000000004", at: noon.Add(-time.Hour), notes: []int64{20}, upTo: "posted"})
	w.write("10000002", "stray-note", "", noon.Add(-50*time.Minute), object{"value": 5000, "evidence": "lost"})
	d = openDesk(t, w, nil)
	hash, err := passwd.Hash(password)
	w.check(err)
	for _, name := range []string{"he", "lu"} {
		w.check(w.store.PutUser(t.Context(), people.User{Name: name, Hash: hash, Role: people.RoleCashier}, "test", noon))
	}
	_, err = w.store.Cash.Follow(t.Context(), noon)
	w.check(err)
	_, err = w.store.Cash.SetCapacity(t.Context(), "10000001", 600, "wang", noon)
	w.check(err)

	return d, w, serial
}

// TestCash: notes from the cassette to the bank by the interface, with each person who may.
func TestCash(t *testing.T) {
	d, _, serial := cashTown(t)
	he, zhang, root := d.as("he"), d.as("zhang"), d.as("root")
	var list struct{ Cassettes []cassetteView }
	d.get(zhang, api+"/cash", &list)
	if len(list.Cassettes) != 2 {
		t.Fatalf("%+v", list)
	}
	one, two := list.Cassettes[0], list.Cassettes[1]
	if one.Sum != 25000 || one.Notes != 3 || one.Cassette != "KA-2" || *one.Capacity != 600 || *one.Fill != 0 || one.FullIn != nil {
		t.Errorf("%+v", one)
	}
	if two.Sum != 2000 || two.Capacity != nil || two.Fill != nil || two.Doubts != 1 || two.DoubtAmount != 5000 {
		t.Errorf("%+v", two)
	}

	var c collectionView
	d.get(zhang, api+"/collections/"+serial, &c)
	if c.Phase != "in-transit" || *c.Expected != 28000 || *c.Counted != 27000 || *c.Difference != -1000 || c.Slip != "right" || c.Receipt != nil {
		t.Errorf("%+v", c)
	}
	receive := object{"genuine": storetest.Piles(100, 2, 50, 1, 20, 1), "reason": "按日接收"}
	if status, body := d.call(zhang, "POST", api+"/collections/"+serial+"/receive", receive); status != http.StatusForbidden {
		t.Errorf("an accountant receives: %d %s", status, body)
	}
	if status, body := d.call(he, "POST", api+"/collections/"+serial+"/receive", receive); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	d.approve(zhang)
	d.get(zhang, api+"/collections/"+serial, &c)
	if c.Phase != "received" || c.Receipt == nil || c.Receipt.By != "he" || c.Receipt.Approver != "zhang" || c.Receipt.Difference != 0 {
		t.Fatalf("%+v", c)
	}

	if status, body := d.call(he, "POST", api+"/collections/"+serial+"/receive", receive); status != http.StatusConflict || !strings.Contains(body, "collection "+serial+" is received") {
		t.Errorf("received twice: %d %s", status, body)
	}
	receive["genuine"] = storetest.Piles(100, 2, 100, 1)
	if status, body := d.call(he, "POST", api+"/collections/"+serial+"/receive", receive); status != http.StatusBadRequest || !strings.Contains(body, "100.00 stands there twice") {
		t.Errorf("a denomination twice: %d %s", status, body)
	}
	if status, body := d.call(he, "POST", api+"/remittances", object{"collections": []string{serial}, "reason": "按日解款"}); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	d.approve(zhang)
	var all struct{ Remittances []remittanceView }
	d.get(zhang, api+"/remittances", &all)
	if len(all.Remittances) != 1 || all.Remittances[0].Amount != 27000 || all.Remittances[0].Deposit != nil {
		t.Fatalf("%+v", all)
	}
	path := api + "/remittances/" + all.Remittances[0].ID
	entry := object{"reference": "DK20261123001", "amount": 27000, "date": "2026-11-23"}
	for _, x := range []struct {
		who  *http.Client
		act  string
		want int
	}{{he, "/deposit", 200}, {he, "/bank-line", 403}, {d.as("wang"), "/bank-line", 403}, {root, "/bank-line", 200}} {
		if status, body := d.call(x.who, "POST", path+x.act, entry); status != x.want {
			t.Errorf("%s: %d %s, want %d", x.act, status, body, x.want)
		}
	}
	var m remittanceView
	d.get(zhang, path, &m)
	if !m.Matched || m.Line.By != "root" {
		t.Errorf("%+v", m)
	}

	paid := "10000001000000004211"
	if status, body := d.call(d.as("wang"), "POST", api+"/postings/"+paid+"/reverse", object{"reason": "误缴"}); status != http.StatusConflict || !strings.Contains(body, "解款") {
		t.Errorf("reversed after it was remitted: %d %s", status, body)
	}
	a, err := d.as("wang").PostForm(d.http.URL+"/postings/"+paid+"/reverse", values("reason", "误缴"))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if text := readAll(t, a.Body); a.StatusCode != http.StatusConflict || !strings.Contains(text, "现金已解款，不得返销") {
		t.Errorf("the page says %d %s", a.StatusCode, text)
	}
	for _, page := range []string{"/cash", "/cash/10000001", "/collections", "/collections/" + serial, "/remittances", "/remittances/" + m.ID} {
		for _, who := range []string{"zhang", "he", "wang"} {
			if text := d.page(t, who, page); strings.Contains(text, missing) {
				t.Errorf("%s as %s lacks words: %s", page, who, text)
			}
		}
	}
}

// TestCashShots keeps pictures of the pages of cash.
func TestCashShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	d, w, serial := cashTown(t)
	ctx := browser(t)
	shot := func(name, path string) {
		t.Helper()
		keepBoth(ctx, t, dir, name, d.http.URL+path, 1440)
	}
	shot("login", "/login")
	enterAs(ctx, t, "he")
	shot("cash", "/cash")
	shot("cassette", "/cash/10000001")
	shot("collection-transit", "/collections/"+serial)
	plan := func(k approval.Kind, ask approval.Ask) {
		t.Helper()
		ask.By, ask.Reason = "he", "按日办理"
		p, err := w.store.Plans.Propose(t.Context(), k, ask, noon)
		w.check(err)
		if k == approval.Receive {
			shot("plan-receive", "/plans/"+p.ID)
		}
		_, err = w.store.Plans.Approve(t.Context(), p.ID, p.Hash, "zhang", "", noon)
		w.check(err)
	}
	plan(approval.Receive, approval.Ask{Object: serial, Args: `{"genuine":[{"value":10000,"notes":1},{"value":5000,"notes":1},{"value":2000,"notes":1}],"counterfeit":[{"value":10000,"notes":1}]}`})
	shot("collection-received", "/collections/"+serial)
	shot("vault", "/remittances")
	id := cash.RemittanceID([]string{serial})
	plan(approval.Remit, approval.Ask{Object: id, Args: serial})
	_, err := w.store.Cash.Deposit(t.Context(), id, entryOf("lu", 17000), noon)
	w.check(err)
	shot("remittance", "/remittances/"+id)
	shot("collections", "/collections")
	shot("cases-cash", "/cases")
}

func entryOf(by string, amount money.Amount) cash.BankEntry {
	return cash.BankEntry{Reference: "DK20261123001", Amount: amount, Date: "20261123", By: by}
}

// TestCashSentences has what cases about cash say in Chinese.
func TestCashSentences(t *testing.T) {
	for english, want := range map[string]string{
		"the kiosk says that 200.00 in 2 notes were inside, its records say 100.00 in 1":              "终端自报箱内 200.00 元 2 张，日志为 100.00 元 1 张",
		"the hash on the slip is not that of the journal":                                             "凭证上的摘要与日志不符",
		"does not follow: record 17: collection-exchanged in a collection that is \"\"":               "记录 17 不能接在之前的记录之后",
		"counted 260.00 at the kiosk by 4711 and 4712, expected 270.00: 少一张":                          "4711、4712 在终端清点 260.00 元，应有 270.00 元: 少一张",
		"counted 170.00 and 100.00 of counterfeit notes in the vault by chen and sun, carried 260.00": "chen、sun 在金库复点真币 170.00 元、假币 100.00 元，交接 260.00 元",
		"remitted on 2026-11-23 by chen and zhao, and not matched with the bank":                      "2026-11-23 由 chen、zhao 解款，尚未与银行核对",
		"remitted 170.00, deposited 170.00 as B1; the bank has 169.00 as B1":                          "解款 170.00 元，登记存款 170.00 元（B1），银行为 169.00 元（B1）",
		"remitted 170.00, deposited 160.00 as B1":                                                     "解款 170.00 元，登记存款 160.00 元（B1）",
		"open at the kiosk, by 4711 and 4712":                                                         "4711、4712 的清机尚未结束",
		"in transit, with 4711 and 4712":                                                              "现金在途，清机人 4711、4712",
		"in the vault, and not remitted":                                                              "在金库，尚未解款",
		"agrees after all":                                                                            "后经核对一致",
		"it went on":                                                                                  "已进入下一步",
		"matched with the bank":                                                                       "已与银行核对一致",
	} {
		if got := zh.basis(english); got != want {
			t.Errorf("%q: %q, want %q", english, got, want)
		}
	}
}

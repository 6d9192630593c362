package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// saleSerial is the n-th purchase of the purchases' town.
func saleSerial(n int) string { return fmt.Sprintf("10000001000000000%03d", 500+n) }

// saleTown has purchases at every stage: 1 on its card, 2 not on it, 3 perhaps, 4 being
// written, 5 sold, 6 settled another way, 7 taken back, 8 re-written by the other kiosk,
// 9 being sold. Head office books them with the MIS, which refused that of 1.
func saleTown(t *testing.T) *town {
	t.Helper()
	w := newTown(t)
	w.store = memstore.New(books.Rules{BookSales: true})
	w.kiosk("10000001", true, noon, wire.State{})
	w.kiosk("10000002", true, noon, wire.State{})
	for n := 1; n <= 9; n++ {
		w.buys(n)
	}
	leaves := func(n int, outcome metercard.Outcome) {
		w.writes(n, outcome)
		w.write("10000001", "meter-gave-up", saleSerial(n), noon.Add(time.Minute), object{"why": "no-card", "at": noon.UnixMilli()})
	}
	w.writes(1, metercard.Written)
	leaves(2, metercard.Unwritten)
	leaves(3, metercard.Unsure)
	w.write("10000001", "meter-write-begun", saleSerial(4), noon, object{"n": 1, "card": meterOf(4).Serial, "count": 5, "amount": 10000, "at": 1})
	leaves(6, metercard.Unsure)
	for _, user := range []string{"wang", "li"} {
		_, err := w.store.SettleWay(t.Context(), saleSerial(6), metercard.Remote, user, "电表可远程充值", noon.Add(time.Hour))
		w.check(err)
	}
	leaves(7, metercard.Unwritten)
	_, err := storetest.Act(t, w.store, saleSerial(7), posting.Reverse, noon)
	w.check(err)
	leaves(8, metercard.Unsure)
	again := "10000002000000000001"
	w.check(w.store.NameSale(t.Context(), saleSerial(8), "10000002", noon.Add(2*time.Minute)))
	w.write("10000002", "opened", again, noon.Add(2*time.Minute), object{
		"purpose": "rewrite", "account": "1000000003", "meter_card": meterOf(8), "original": saleSerial(8), "sold": soldAs(8), "opened_at": noon.UnixMilli(),
	})
	w.write("10000002", "meter-write-begun", again, noon.Add(2*time.Minute), object{"n": 1, "card": meterOf(8).Serial, "count": 5, "amount": 10000, "at": 1})
	w.write("10000002", "meter-write-ended", again, noon.Add(2*time.Minute), object{"n": 1, "outcome": "written", "count": 5, "purse": 10000})
	w.write("10000001", "meter-settled", saleSerial(8), noon.Add(3*time.Minute), object{"how": "rewritten", "by": again})

	booking := posting.BookingSerial(saleSerial(1))
	w.steps(booking, posting.Event{Kind: call.Due}, answer(mis.OpPost, mis.PostResult{Outcome: mis.NotDone, Code: "1035", Text: "不允许"}))
	w.steps(booking, posting.Event{Kind: call.Due}, answer(mis.OpAsk, mis.PostResult{Outcome: mis.NotDone, Code: "1003"}))
	return w
}

func meterOf(n int) metercard.Facts {
	return metercard.Facts{Serial: fmt.Sprintf("0A1B2C%02d", n), Form: metercard.CPU, Kind: metercard.Purchase, Count: 4, Loaded: 4}
}

func soldAs(n int) metercard.Sold {
	return metercard.Sold{Number: fmt.Sprintf("S%d", n), Card: meterOf(n).Serial, Count: 5, Amount: 10000, Energy: 18181}
}

// buys plays a purchase by cash up to its sale, the ninth up to its order.
func (w *town) buys(n int) {
	w.t.Helper()
	serial, at := saleSerial(n), noon.Add(time.Duration(n-20)*time.Minute)
	w.write("10000001", "opened", serial, at, object{
		"purpose": "purchase", "account": "1000000003", "name": "刘**", "address": "示范市建设路***", "arrears": 0, "online": true, "tender": "cash",
		"limit": 500000, "opened_at": at.UnixMilli(), "meter_card": meterOf(n),
	})
	w.write("10000001", "note-accepted", serial, at, object{"note": 0, "value": 10000})
	w.write("10000001", "note-stacked", serial, at, object{"note": 0, "value": 10000, "evidence": "stacked"})
	w.write("10000001", "cash-closed", serial, at, object{"total": 10000, "account": "1000000003", "tender": "cash", "closed_at": at.UnixMilli(), "reason": "customer"})
	if n == 9 {
		return
	}
	w.steps(serial, posting.Event{Kind: call.Due}, answer(mis.OpPost, mis.PostResult{
		Outcome: mis.Done, Code: "0000", Text: "成功", Amount: 10000, ToAdvance: 10000, Reference: soldAs(n).Number, Sold: soldAs(n),
	}))
	w.write("10000001", "outcome-learned", serial, at, object{
		"status": "posted", "code": "0000", "text": "成功", "reference": soldAs(n).Number, "to_arrears": 0, "to_advance": 10000, "sold": soldAs(n),
	})
}

func (w *town) writes(n int, outcome metercard.Outcome) {
	w.t.Helper()
	serial := saleSerial(n)
	w.write("10000001", "meter-write-begun", serial, noon, object{"n": 1, "card": meterOf(n).Serial, "count": 5, "amount": 10000, "at": 1})
	end := object{"n": 1, "outcome": outcome}
	if outcome == metercard.Written {
		end["count"], end["purse"] = 5, 10000
	} else {
		end["why"] = "pulled"
	}
	w.write("10000001", "meter-write-ended", serial, noon, end)
}

// steps gives events to a posting, at the time at which it is due.
func (w *town) steps(serial string, events ...posting.Event) {
	w.t.Helper()
	for _, e := range events {
		row, err := w.store.Posting(w.t.Context(), serial)
		w.check(err)
		if e.Now = noon; row.NextAt.After(noon) && !row.InFlight {
			e.Now = row.NextAt
		}
		c := books.Change{Posting: row, By: "office-1"}
		if row.InFlight {
			c.Event, c.Began = "post answered", noon
		}
		c.Posting.Posting, _, err = posting.Step(row.Posting, e)
		w.check(err)
		_, err = w.store.SavePosting(w.t.Context(), c, noon)
		w.check(err)
	}
}

// TestPurchasePages shows purchases at every stage in both languages.
func TestPurchasePages(t *testing.T) {
	d := openDesk(t, saleTown(t), nil)
	c := d.as("wang")
	paths := []string{"/purchases", "/purchases?open=1", "/cases", "/postings", "/", "/transactions/10000002000000000001", "/transactions/" + posting.BookingSerial(saleSerial(1))}
	for n := 1; n <= 9; n++ {
		paths = append(paths, "/transactions/"+saleSerial(n))
		paths = append(paths, "/purchases/"+saleSerial(n))
	}
	for _, language := range []string{"en", "zh"} {
		d.form(c, "/language", "language", language, "back", "/")
		for _, path := range paths {
			status, body := d.call(c, "GET", path, nil)
			if status != 200 || strings.Contains(body, missing) || strings.Contains(body, "<no value>") || strings.Contains(body, "%!") {
				t.Errorf("%s in %s: %d, or words are missing", path, language, status)
			}
		}
	}
	for file, path := range map[string]string{
		"purchases.zh.txt": "/purchases?live=1", "purchase-unsure.zh.txt": "/purchases/" + saleSerial(3) + "?live=1", "purchase-written.zh.txt": "/purchases/" + saleSerial(1) + "?live=1",
		"purchase-to-sell.zh.txt": "/purchases/" + saleSerial(9) + "?live=1",
		"purchase-payment.zh.txt": "/transactions/" + saleSerial(8) + "?live=1", "rewrite-payment.zh.txt": "/transactions/10000002000000000001?live=1",
	} {
		_, body := d.call(c, "GET", path, nil)
		golden(t, file, pageText(body))
	}
	if status, _ := d.call(c, "GET", "/purchases/none", nil); status != 404 {
		t.Error(status)
	}
}

// TestPurchaseIsThereBeforeItIsSold: money that was taken while the card-meter system is
// down is among the purchases, and among the open ones, with what the system said.
func TestPurchaseIsThereBeforeItIsSold(t *testing.T) {
	w := saleTown(t)
	w.steps(saleSerial(9), posting.Event{Kind: call.Due}, answer(mis.OpPost, mis.PostResult{Outcome: mis.NotDone, Retry: true, Code: "9001", Text: "系统忙"}))
	d, doc := openDesk(t, w, nil), readContract(t)
	c := d.as("wang")
	for _, path := range []string{"/purchases", "/purchases?open=1", "/purchases?account=1000000003", "/purchases/" + saleSerial(9)} {
		status, body := d.call(c, "GET", path, nil)
		if text := pageText(body); status != 200 || !strings.Contains(text, saleSerial(9)) || !strings.Contains(text, "待售电") || !strings.Contains(text, "已等 10 分钟 · 9001 系统忙") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	for route, path := range map[string]string{"/purchases": "/purchases?open=1&limit=50", "/purchases/{serial}": "/purchases/" + saleSerial(9), "/transactions/{serial}": "/transactions/" + saleSerial(9)} {
		status, body := d.call(c, "GET", api+path, nil)
		if wrong := doc.check("GET", api+route, status, body); status != 200 || wrong != "" || !strings.Contains(body, `"stage":"to-sell"`) ||
			!strings.Contains(body, `"sale_code":"9001"`) || !strings.Contains(body, `"amount":10000,"energy":null`) {
			t.Errorf("%s: %d %s %s", path, status, wrong, body)
		}
	}
	if _, body := d.call(c, "GET", api+"/purchases?kiosk=10000002", nil); !strings.Contains(body, `"purchases":[]`) {
		t.Errorf("of another kiosk: %s", body)
	}
}

// TestPurchaseIsToldOfItsSystem: while it waits, what is told of a purchase names the
// card-meter system, says how long it has waited, and that what never left is sent again.
func TestPurchaseIsToldOfItsSystem(t *testing.T) {
	w := saleTown(t)
	w.steps(saleSerial(9), posting.Event{Kind: call.Due}, answer(mis.OpPost, mis.PostResult{Outcome: mis.NotDone, Retry: true}))
	w.steps(saleSerial(9), posting.Event{Kind: call.Due}, answer(mis.OpPost, mis.PostResult{}))
	d := openDesk(t, w, nil)
	c := d.as("wang")
	_, body := d.call(c, "GET", "/transactions/"+saleSerial(9)+"?live=1", nil)
	text := pageText(body)
	for _, want := range []string{
		"¥100.00 待售电", "钱已收妥，正在售电系统售电 已等 10 分钟", "没有连上售电系统，请求没有送达 → 待重发", "售电系统没有答复，按未知处理 → 查询中", "查看这笔购电",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	if strings.Contains(text, "营销系统") || strings.Contains(text, "入账") {
		t.Errorf("the MIS has nothing to do with it: %s", text)
	}
	_, body = d.call(c, "GET", "/postings?open=1&live=1", nil)
	if text := pageText(body); !strings.Contains(text, "查询中 已等 10 分钟") {
		t.Errorf("postings: %s", text)
	}
}

// TestPurchasesInTheList say what their own pages say: 1 and 8 are on their cards, 2 and 3
// are not, as far as is known, 6 is settled, 9 is to be sold. A re-write has no amount, and
// leads to its sale.
func TestPurchasesInTheList(t *testing.T) {
	d := openDesk(t, saleTown(t), nil)
	c := d.as("wang")
	for _, path := range []string{"/?live=1", "/transactions?live=1"} {
		_, body := d.call(c, "GET", path, nil)
		if strings.Contains(path, "/?") && !strings.Contains(pageText(body), "最早一笔已等 ") {
			t.Error("the overview does not say how long the oldest has waited")
		}
		for n, want := range map[int]string{1: "已售电", 2: "未写卡", 3: "未写卡", 4: "写卡中", 5: "写卡中", 6: "已售电", 7: "撤销中", 8: "已售电", 9: "待售电"} {
			if row := rowOf(body, saleSerial(n)); !strings.HasSuffix(row, "现金 购电\n100.00\n"+want) {
				t.Errorf("%s: purchase %d is %q, want %s", path, n, row, want)
			}
		}
		if row := rowOf(body, "10000002000000000001"); !strings.HasSuffix(row, "补写\n—\n已补写") || !strings.Contains(body, `<td><a href="/purchases/`+saleSerial(8)+`">`) {
			t.Errorf("%s: the re-write is %q", path, row)
		}
	}
}

// rowOf is the text of the row of a table that has this key.
func rowOf(body, key string) string {
	_, row, _ := strings.Cut(body, `data-key="`+key+`"`)
	_, row, _ = strings.Cut(row, ">")
	row, _, _ = strings.Cut(row, "</tr>")

	return strings.TrimSpace(pageText(row))
}

// TestRewriteLeadsToItsSale: a re-write has no page of its own among the purchases.
func TestRewriteLeadsToItsSale(t *testing.T) {
	d := openDesk(t, saleTown(t), nil)
	c := d.as("wang")
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.http.URL+"/purchases/10000002000000000001", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || to != "/purchases/"+saleSerial(8) {
		t.Errorf("%d to %q", resp.StatusCode, to)
	}
}

// TestPurchaseIsReversedOnlyIfItIsNotOnItsCard: the page of a payment offers that and
// nothing else.
func TestPurchaseIsReversedOnlyIfItIsNotOnItsCard(t *testing.T) {
	w := saleTown(t)
	d := openDesk(t, w, nil)
	c := d.as("wang")
	for n, want := range map[int]bool{1: false, 2: true, 3: false, 4: false, 5: true, 6: false, 8: false} {
		_, body := d.call(c, "GET", "/transactions/"+saleSerial(n), nil)
		if got := strings.Contains(body, "/postings/"+saleSerial(n)+"/reverse"); got != want {
			t.Errorf("purchase %d: reversal offered %t", n, got)
		}
		status, _ := d.call(c, "POST", api+"/postings/"+saleSerial(n)+"/reverse", object{"reason": "退购"})
		if (status == 202) != want {
			t.Errorf("purchase %d: reversal answered %d", n, status)
		}
	}
}

// TestPurchaseTakesTwo to be settled without its card, on pages and by programs.
func TestPurchaseTakesTwo(t *testing.T) {
	d := openDesk(t, saleTown(t), func(c *Config) { c.Now = func() time.Time { return noon.Add(2 * time.Hour) } })
	wang, li, zhang, doc := d.as("wang"), d.as("li"), d.as("zhang"), readContract(t)
	path := "/purchases/" + saleSerial(2)
	if _, body := d.call(zhang, "GET", path, nil); strings.Contains(body, path+"/settle") {
		t.Error("the page offers an accountant what is refused")
	}
	for i, c := range []struct {
		by           string
		act, how, to string
		status       int
	}{
		{"wang", "settle", "boat", "", 400},
		{"wang", "burn", "remote", "", 404},
		{"wang", "settle", "by-hand", path + "?note=sale.asked", 303},
		{"wang", "settle", "by-hand", "", 403},
		{"li", "cancel", "", path + "?note=sale.cancel", 303},
		{"li", "cancel", "", "", 409},
		{"wang", "settle", "remote", path + "?note=sale.asked", 303},
	} {
		who := map[string]*http.Client{"wang": wang, "li": li}[c.by]
		status, to := d.form(who, path+"/"+c.act, "how", c.how, "reason", "顾客的电卡丢失")
		if status != c.status || c.to != "" && to != c.to {
			t.Errorf("%d: %d to %q", i, status, to)
		}
	}
	if _, body := d.call(wang, "GET", path, nil); strings.Contains(body, path+"/settle") || !strings.Contains(body, "待另一人批准：远程充值") {
		t.Error("the page offers what is refused, or does not say what it waits for")
	}
	if _, body := d.call(li, "GET", path, nil); !strings.Contains(body, path+"/settle") || !strings.Contains(body, path+"/cancel") {
		t.Error("the page does not offer another person to approve")
	}

	for _, c := range []struct {
		method, path, route string
		body                any
		want                int
		code                string
	}{
		{"POST", path + "/settle", "/purchases/{serial}/settle", object{"how": "remote", "reason": "同意"}, 200, ""},
		{"POST", path + "/settle", "/purchases/{serial}/settle", object{"how": "remote", "reason": "同意"}, 409, codeConflict},
		{"POST", path + "/cancel", "/purchases/{serial}/cancel", object{"reason": "不"}, 400, codeBad},
		{"POST", path + "/cancel", "/purchases/{serial}/cancel", object{"reason": "不要了"}, 409, codeConflict},
		{"POST", "/purchases/none/settle", "/purchases/{serial}/settle", object{"how": "remote", "reason": "同意"}, 404, codeNotFound},
		{"GET", path, "/purchases/{serial}", nil, 200, ""},
		{"GET", "/purchases/" + saleSerial(1), "/purchases/{serial}", nil, 200, ""},
		{"GET", "/purchases", "/purchases", nil, 200, ""},
		{"GET", "/transactions/" + saleSerial(3), "/transactions/{serial}", nil, 200, ""},
		{"GET", "/transactions/10000002000000000001", "/transactions/{serial}", nil, 200, ""},
		{"GET", "/transactions", "/transactions", nil, 200, ""},
	} {
		status, body := d.call(li, c.method, api+c.path, c.body)
		if wrong := doc.check(c.method, api+c.route, status, body); status != c.want || wrong != "" || c.code != "" && errCode(body) != c.code {
			t.Errorf("%s %s: %d %s %s", c.method, c.path, status, wrong, body)
		}
	}
	if _, body := d.call(li, "GET", api+path, nil); !strings.Contains(body, `"stage":"settled"`) || !strings.Contains(body, `"how":"remote"`) || !strings.Contains(body, `"by":"li"`) {
		t.Error(body)
	}
}

// TestPurchaseWords has every word of the books about purchases in both languages.
func TestPurchaseWords(t *testing.T) {
	saidInBoth(t, "stage", "to-sell not-sold contested to-write writing written unwritten unsure settled withdrawn")
	saidInBoth(t, "stage.means", "to-sell not-sold contested to-write writing written unwritten unsure settled withdrawn")
	saidInBoth(t, "salestate", "ordered calling asking reversing posted owed disputed")
	saidInBoth(t, "bookstate", "ordered calling asking reversing posted owed disputed")
	saidInBoth(t, "rewrite", "writing posted unwritten cancelled")
	saidInBoth(t, "how", "rewritten remote by-hand")
	saidInBoth(t, "class", "card-not-written unbooked-sale mis-away card-system-away")
	saidInBoth(t, "todo", "card-not-written unbooked-sale mis-away card-system-away")
	saidInBoth(t, "meterwhy", "unreadable other-card pulled reader silent refused script card-refused count-differs not-cleared too-long power-cut no-card attempts customer journal keys-away clock no-key")
	for in, want := range map[string]string{
		"paid 130.00 yuan by cash; sold as S001: 130.00 yuan, purchase 5 of card 0A1B2C3D; the card: unsure; the report: said": "收款 130.00 元（现金）；售电 S001：130.00 元，卡 0A1B2C3D 第 5 次购电；写卡：写卡不明；上报：已答复",
		"paid at a terminal; sold as S1: 1.00 yuan, purchase 1 of card 0A; the card: unwritten; the report: open":              "终端已收款；售电 S1：1.00 元，卡 0A 第 1 次购电；写卡：未写卡；上报：待答复",
		"written by 10000002000000000007":                                                                     "已由流水 10000002000000000007 写上电卡",
		"the card holds purchase 5, and the sale goes back":                                                   "电卡上已有第 5 次购电，而售电正在撤销",
		"the card holds purchase 5, which was settled another way: remote by wang":                            "电卡上已有第 5 次购电，而此前已另行送达：远程充值，经办 wang",
		"the sale was taken back, and purchase 5 reached the meter: written":                                  "售电已撤销，而第 5 次购电已送达：已写卡",
		"the journal has 1.00 yuan, purchase 5 of card AA; these books sold 2.00 yuan, purchase 5 of card AA": "终端记录：1.00 元，卡 AA 第 5 次购电；总部售电：2.00 元，卡 AA 第 5 次购电",
		"the card-meter system gives no answer, and postings wait for it":                                     "售电系统没有答复，有单在等待",
		"the sale was taken back":                                                                             "售电已撤销",
	} {
		if got := zh.basis(in); got != want {
			t.Errorf("basis(%q) = %q, want %q", in, got, want)
		}
	}
}

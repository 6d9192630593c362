package web

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// counter is the bank as two kiosks of a town meet it.
type counter struct{ *town }

func (c counter) say(kiosk, serial string, op posp.Op, trace uint32, at time.Time, end bank.End, code posp.Code, compared posp.Comparison) string {
	c.t.Helper()
	h := bank.Heading{
		Type:     map[posp.Op]iso8583.MTI{posp.SignIn: 0x0800, posp.Sale: 0x0200, posp.Reversal: 0x0400, posp.Settle: 0x0500}[op],
		Terminal: "2" + kiosk[1:], Merchant: "105290073724601", Trace: trace, Batch: 7,
	}
	if serial != "" {
		h.Processing, h.Amount = "000000", 8640
	}
	if op == posp.Sale {
		h.Masked = "622202*********0011"
	}
	carry, err := c.store.Bank.Take(c.t.Context(), bank.Asked{Kiosk: kiosk, Serial: serial, Terminal: h.Terminal, Heading: h}, "office", at)
	c.check(err)
	r := bank.Result{End: end}
	if end == bank.Answered {
		h.Type = h.Type.Answer()
		h.Code, h.Compared = code, compared
		if code == posp.OK && op == posp.Sale {
			h.Reference, h.AuthCode, h.Settles = "000000000101", "A1B2C3", "1123"
		}
		r.Answer = h
	}
	c.check(c.store.Bank.Ended(c.t.Context(), carry, r, "office", at.Add(2*time.Second)))
	return carry.ID
}

const cardSerial = "10000001000000000081"

// bankTown has a sale that nobody had posted, one that was declined and sold again and
// posted, one whose reversal the bank does not answer, and a batch that differs.
func bankTown(t *testing.T) (w *town, reversed string) {
	t.Helper()
	w = newTown(t)
	w.kiosk("10000001", true, noon, wire.State{})
	w.kiosk("10000002", true, noon, wire.State{})
	c := counter{w}
	hour := noon.Add(-time.Hour)
	c.say("10000001", "", posp.SignIn, 1, hour, bank.Answered, "00", 0)
	c.say("10000002", "", posp.SignIn, 1, hour, bank.Answered, "97", 0)
	c.say("10000001", cardSerial, posp.Sale, 2, hour.Add(time.Minute), bank.Answered, "55", 0)
	c.say("10000001", cardSerial, posp.Sale, 3, hour.Add(2*time.Minute), bank.Answered, "00", 0)
	_, err := w.store.EnsurePosting(t.Context(), books.Order{
		Serial: cardSerial, Account: "1000000001", Kiosk: "10000001", Tender: books.TenderBankCard, Amount: 8640, PaidAt: hour.UnixMilli(),
	}, hour.Add(3*time.Minute))
	w.check(err)
	c.say("10000001", "10000001000000000082", posp.Sale, 4, hour.Add(10*time.Minute), bank.Answered, "00", 0)
	c.say("10000001", "10000001000000000083", posp.Sale, 5, hour.Add(20*time.Minute), bank.NoAnswer, "", 0)
	reversed = c.say("10000001", "10000001000000000083", posp.Reversal, 5, hour.Add(21*time.Minute), bank.NoAnswer, "", 0)
	c.say("10000001", "10000001000000000083", posp.Reversal, 5, hour.Add(23*time.Minute), bank.Answered, "96", 0)
	c.say("10000001", "10000001000000000084", posp.Sale, 6, hour.Add(25*time.Minute), bank.NotSent, "", 0)
	c.say("10000001", "", posp.Settle, 7, hour.Add(30*time.Minute), bank.Answered, "00", posp.NotEqual)
	w.check(w.store.Bank.SetTerminal(t.Context(), "10000002", "20000002", "105290073724602", "wang", "换机", false, hour.Add(40*time.Minute)))
	w.check(w.store.Bank.Watch(t.Context(), 100, noon))

	at := noon.Add(-5 * time.Minute) // a sale that these books do not have
	w.write("10000001", "opened", lostSerial, at, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": at.UnixMilli()})
	w.write("10000001", "card-sale-ordered", lostSerial, at, object{
		"n": 1, "terminal": "20000001", "merchant": "105290073724601", "batch": "000007", "trace": "000099", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": at.UnixMilli(),
	})
	w.write("10000001", "card-sale-answered", lostSerial, at, object{"n": 1, "approved": true, "response": "00", "reference": "000000000199", "auth": "A1B2C9", "settle_date": "1123"})
	w.write("10000001", "card-closed", lostSerial, at, object{"total": 8640, "account": "1000000001", "closed_at": at.UnixMilli(), "reason": "paid"})

	return w, reversed
}

const lostSerial = "10000001000000000090"

// TestBankPages shows operations and terminals in both languages.
func TestBankPages(t *testing.T) {
	w, reversed := bankTown(t)
	d := openDesk(t, w, nil)
	c := d.as("wang")
	sale := "20000001-sale-000007-000003-" + cardSerial
	pages := []string{
		"/bank-cards", "/bank-cards?open=1", "/bank-cards?kiosk=10000002", "/bank-cards?serial=" + cardSerial, "/bank-cards/" + sale, "/bank-cards/" + reversed,
		"/terminals", "/cases",
	}
	for _, language := range []string{"en", "zh"} {
		d.form(c, "/language", "language", language, "back", "/")
		for _, path := range pages {
			status, body := d.call(c, "GET", path, nil)
			if status != 200 || strings.Contains(body, missing) || strings.Contains(body, "<no value>") || strings.Contains(body, "%!") {
				t.Errorf("%s in %s: %d, or words are missing", path, language, status)
			}
		}
	}
	for name, path := range map[string]string{"bank-cards.zh.txt": "/bank-cards?live=1", "bank-card.zh.txt": "/bank-cards/" + reversed + "?live=1", "terminals.zh.txt": "/terminals?live=1"} {
		_, body := d.call(c, "GET", path, nil)
		golden(t, name, pageText(body))
	}
	for path, want := range map[string]int{"/bank-cards/20000001-sale-000007-000099-1": 404, "/bank-cards?open=perhaps": 400, "/bank-cards?terminal=" + strings.Repeat("1", 100): 400} {
		if status, _ := d.call(c, "GET", path, nil); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}

	doc := readContract(t)
	for path, want := range map[string]string{"/bank-cards": `"reversing"`, "/bank-cards/{id}": `"A1B2C3"`, "/terminals": `"105290073724602"`} {
		status, body := d.call(c, "GET", api+strings.Replace(path, "{id}", sale, 1), nil)
		if wrong := doc.check("GET", api+path, status, body); status != 200 || wrong != "" || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s: %s", path, status, wrong, body)
		}
	}
}

// TestSettlementIsOrdered by an operator, on the page and by programs, and shows until the
// kiosk has settled.
func TestSettlementIsOrdered(t *testing.T) {
	w, _ := bankTown(t)
	d := openDesk(t, w, nil)
	wang, zhang, doc := d.as("wang"), d.as("zhang"), readContract(t)
	const form = "/terminals/10000001/settle"
	if _, body := d.call(zhang, "GET", "/terminals", nil); strings.Contains(body, form) {
		t.Error("the page offers an accountant what is refused")
	}
	if _, body := d.call(wang, "GET", "/terminals", nil); !strings.Contains(body, form) {
		t.Error("the page does not offer an operator to settle")
	}
	if status, to := d.form(wang, form, "reason", "月末对账"); status != 303 || to != "/terminals?note=settle" {
		t.Errorf("ordered: %d to %q", status, to)
	}
	if _, body := d.call(wang, "GET", "/terminals", nil); strings.Contains(body, form) || !strings.Contains(body, "已下达，等待终端") {
		t.Error("the page does not show the order")
	}

	for _, c := range []struct {
		kiosk, reason string
		want          int
		says          string
	}{
		{"10000002", "月末对账", 200, `"settle_ordered":true,"settle_batch":7,"settle_by":"wang"`},
		{"10000002", "", 400, "reason"},
		{"10000009", "月末对账", 404, "not found"},
	} {
		status, body := d.call(wang, "POST", api+"/terminals/"+c.kiosk+"/settle", object{"reason": c.reason})
		wrong := doc.check("POST", api+"/terminals/{kiosk}/settle", status, body)
		if status != c.want || wrong != "" || !strings.Contains(body, c.says) {
			t.Errorf("%s, %q: %d %s: %s", c.kiosk, c.reason, status, wrong, body)
		}
	}
}

// TestBankVouchTakesTwo, on pages and by programs.
func TestBankVouchTakesTwo(t *testing.T) {
	w, _ := bankTown(t)
	d := openDesk(t, w, nil)
	wang, li, zhang, doc := d.as("wang"), d.as("li"), d.as("zhang"), readContract(t)
	path := "/bank-cards/20000001-sale-000007-000099-" + lostSerial
	if _, body := d.call(zhang, "GET", "/bank-cards", nil); strings.Contains(body, "/bank-cards/vouch") {
		t.Error("the page offers an accountant what is refused")
	}
	if status, to := d.form(wang, "/bank-cards/vouch", "serial", lostSerial, "reason", "已向银行核实"); status != 303 || !strings.HasSuffix(to, "?note=plan.proposed") {
		t.Errorf("vouched: %d to %q", status, to)
	}
	for _, c := range []struct {
		serial string
		want   int
		code   string
	}{{lostSerial, 409, codePending}, {"10000001000000000999", 404, codeNotFound}, {cardSerial, 404, codeNotFound}} {
		status, body := d.call(li, "POST", api+"/bank-cards/vouch", object{"serial": c.serial, "reason": "同意"})
		if wrong := doc.check("POST", api+"/bank-cards/vouch", status, body); status != c.want || wrong != "" || errCode(body) != c.code {
			t.Errorf("%s: %d %s %s", c.serial, status, wrong, body)
		}
	}
	if status, _ := d.call(wang, "GET", path, nil); status != 404 {
		t.Errorf("one person's word made a row: %d", status)
	}
	p := d.waiting(li)
	if status, body := d.call(wang, "POST", api+"/plans/"+p.ID+"/approve", object{"hash": p.Hash}); status != 403 || errCode(body) != codeTwo {
		t.Errorf("confirmed by the same person: %d %s", status, body)
	}
	if status, body := d.call(li, "POST", api+"/plans/"+p.ID+"/approve", object{"hash": p.Hash}); status != 200 {
		t.Errorf("confirmed: %d %s", status, body)
	}
	if status, body := d.call(li, "POST", api+"/bank-cards/vouch", object{"serial": lostSerial, "reason": "再次"}); status != 409 || errCode(body) != codeConflict {
		t.Errorf("vouched for again: %d %s", status, body)
	}
	if _, body := d.call(li, "GET", path, nil); !strings.Contains(body, "wang, li") {
		t.Error("the page does not say who vouched")
	}
	if held, err := w.store.Received(t.Context(), noon); err != nil || len(held) != 0 {
		t.Errorf("held %+v, %v", held, err)
	}
	if _, err := w.store.Posting(t.Context(), lostSerial); err != nil {
		t.Error(err)
	}
}

// owedAtTheBank is a town with a payment that the MIS refused and whose kiosk cannot take the
// sale back any more, as its batch is settled. It returns the operation.
func owedAtTheBank(t *testing.T) (w *town, sale string) {
	t.Helper()
	w, _ = bankTown(t)
	p, err := w.store.Posting(t.Context(), cardSerial)
	w.check(err)
	p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "the MIS refused the posting"
	_, err = w.store.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "office"}, noon)
	w.check(err)
	counter{w}.say("10000001", "", posp.Settle, 8, noon, bank.Answered, "00", posp.Equal)

	return w, "20000001-sale-000007-000003-" + cardSerial
}

// TestBankGivesBack, asked by two people and answered by two, on pages and by programs.
func TestBankGivesBack(t *testing.T) {
	w, sale := owedAtTheBank(t)
	d := openDesk(t, w, nil)
	wang, li, zhang, doc := d.as("wang"), d.as("li"), d.as("zhang"), readContract(t)
	page := "/bank-cards/" + sale
	if _, body := d.call(zhang, "GET", page, nil); strings.Contains(body, page+"/refund") {
		t.Error("the page offers an accountant what is refused")
	}
	if _, body := d.call(wang, "GET", page, nil); !strings.Contains(body, page+"/refund") || strings.Contains(body, page+"/answer") {
		t.Error("the page does not offer to ask the bank")
	}
	ask := func(c *http.Client, what string, in object, want int, code string) {
		t.Helper()
		status, body := d.call(c, "POST", api+page+"/"+what, in)
		if wrong := doc.check("POST", api+"/bank-cards/{id}/"+what, status, body); status != want || wrong != "" || errCode(body) != code {
			t.Errorf("%s %v: %d %s %s", what, in, status, wrong, body)
		}
	}
	approve := func(c *http.Client) (plan string) {
		t.Helper()
		p := d.waiting(c)
		if status, body := d.call(c, "POST", api+"/plans/"+p.ID+"/approve", object{"hash": p.Hash}); status != 200 {
			t.Fatalf("approved: %d %s", status, body)
		}

		return p.ID
	}

	ask(zhang, "refund", object{"reason": "顾客要求退款"}, 403, codeForbidden)
	ask(wang, "answer", object{"answer": "refused", "reason": "银行函复"}, 409, codeConflict)
	if status, to := d.form(wang, page+"/refund", "reason", "顾客要求退款"); status != 303 || !strings.HasSuffix(to, "?note=plan.proposed") {
		t.Errorf("asked: %d to %q", status, to)
	}
	ask(li, "refund", object{"reason": "顾客要求退款"}, 409, codePending)
	plan := approve(li)
	ask(li, "refund", object{"reason": "顾客要求退款"}, 409, codeConflict)

	_, body := d.call(zhang, "GET", page+"?live=1", nil)
	golden(t, "bank-refund.zh.txt", strings.ReplaceAll(pageText(body), plan, "p-of-the-plan"))
	_, body = d.call(zhang, "GET", "/cases", nil)
	if !strings.Contains(body, "银行退款待答复") || !strings.Contains(body, "填写银行的答复") {
		t.Error("no case says that the bank is asked")
	}
	ask(zhang, "answer", object{"answer": "given", "reason": "银行函复"}, 400, codeBad)
	ask(zhang, "answer", object{"answer": "perhaps", "number": "20261124000077", "reason": "银行函复"}, 400, codeBad)
	ask(zhang, "answer", object{"answer": "given", "number": "20261124000077", "reason": "银行函复"}, 202, "")
	approve(wang)
	if _, body := d.call(zhang, "GET", page, nil); !strings.Contains(body, "银行已退款") || !strings.Contains(body, "20261124000077") || !strings.Contains(body, "zhang, wang</td>") {
		t.Error("the page does not say how it ended")
	}
	if _, body := d.call(zhang, "GET", "/transactions/"+cardSerial, nil); !strings.Contains(body, "银行退款") || strings.Contains(body, missing) {
		t.Error("the payment does not say how it ended")
	}
}

// TestBankWords: what the register and the bank may say has words.
func TestBankWords(t *testing.T) {
	for _, r := range posp.Reasons() {
		if _, ok := words["bankcode."+string(r)]; !ok {
			t.Errorf("no words for %s", r)
		}
	}
	for in, want := range map[string]string{
		"ordered: 86.40 yuan to 1000000001; the bank books this payment itself":                                                            "要求入账：户号 1000000001，86.40 元；而这笔缴费由银行入账",
		"ordered: 86.40 yuan to 1000000001; the bank has no such payment, or does not know yet":                                            "要求入账：户号 1000000001，86.40 元；银行没有批准这笔消费，或尚无答复",
		"held: sale of 86.40 yuan, trace 000101, sent; now asked: sale of 86.40 yuan, trace 000102":                                        "已有消费 86.40 元，流水 000101，已发出；又要求：消费 86.40 元，流水 000102",
		"the kiosk takes the sale back, and its posting is posted":                                                                         "终端冲正这笔消费，而入账单为：已入账",
		"approved by the bank after it had nothing to take back (25)":                                                                      "银行先称无原交易可冲正，之后又批准了这笔消费（25）",
		"the bank says that it is declined":                                                                                                "银行答复：拒绝",
		"batch 000001 of terminal 20000001, trace 000102: the bank was not told what a chip did with scripts: declined (30)":               "终端 20000001 批次 000001 流水 000102：没有告知银行芯片执行脚本的结果：拒绝（30）",
		"batch 000001 of terminal 20000001 was not settled: declined (94)":                                                                 "终端 20000001 批次 000001 没有结清：拒绝（94）",
		"batch 000001 of terminal 20000001: the bank has other totals than the kiosk":                                                      "终端 20000001 批次 000001：银行与终端的总额不符",
		"batch 000002 of terminal 20000001: the bank did not take the certificates of 3 sales by chip":                                     "终端 20000001 批次 000002：银行没有收下 3 笔芯片卡消费的交易证书（TC）",
		"reversal open, sent 3 times, unknown (96)":                                                                                        "冲正未完成，已发送 3 次，结果不明（96）",
		"terminal 20000002 of 105290073724601 in a frame of this kiosk, which has 20000001 of 105290073724601":                             "本终端使用银行终端号 20000002（商户 105290073724601），登记的是 20000001（商户 105290073724601）",
		"terminal 20000002 of 105290073724601 in a frame of this kiosk, which has none of none":                                            "本终端使用银行终端号 20000002（商户 105290073724601），而它没有登记",
		"terminal 20000001 in a frame of this kiosk is that of kiosk 10000001":                                                             "本终端使用的银行终端号 20000001 属于终端 10000001",
		"card 622202*********0011 is kept in the reader: forgotten":                                                                        "读卡器留卡 622202*********0011：顾客未取",
		"approved by the bank, and the kiosk ordered no posting":                                                                           "银行已批准，终端没有要求入账",
		"the bank did not answer, and the kiosk did not take it back":                                                                      "银行没有答复，终端也没有冲正",
		"the bank did not answer; by the kiosk's records the bank took it back, which these books have not seen":                           "银行没有答复；终端记录称银行已冲正，总部账册中没有，请与银行核对",
		"reversal without an answer, sent 2 times; by the kiosk's records the bank took it back, which these books have not seen":          "冲正没有答复，已发送 2 次；终端记录称银行已冲正，总部账册中没有，请与银行核对",
		"the kiosk takes the sale back, and the bank was asked to give it back":                                                            "终端冲正这笔消费，而总部已请银行退款，顾客可能得到两次",
		"asked of the bank: give back 86.40 yuan, terminal 20000001, batch 000007, trace 000003, reference 000000000101; request p-abcdef": "请银行退款 86.40 元：终端 20000001，批次 000007，流水 000003，参考号 000000000101；申请编号 p-abcdef",
		"refund given: 20261124000077: 银行函复":                                                                                               "银行已退款：20261124000077: 银行函复",
		"given back by the bank, as two people wrote down":                                                                                 "银行已退款，经两人确认",
		"taken back by the bank": "银行已冲正",
		"the batch was settled":  "批次已结清",
	} {
		if got := zh.basis(in); got != want {
			t.Errorf("basis(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestBankShots keeps pictures of the pages of bank cards.
func TestBankShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, reversed := bankTown(t)
	d := openDesk(t, w, nil)
	ctx := browser(t)
	shot := func(name, path string, width int64) {
		t.Helper()
		keepShot(ctx, t, dir, name, d.http.URL+path, "main", width)
	}
	shot("login", "/login", 1440)
	enterAs(ctx, t, "wang")
	shot("bank-cards", "/bank-cards", 1440)
	shot("bank-card", "/bank-cards/"+reversed, 1440)
	shot("bank-sale", "/bank-cards/20000001-sale-000007-000003-"+cardSerial, 1280)
	shot("terminals", "/terminals", 1440)
	d.form(d.as("li"), "/bank-cards/vouch", "serial", lostSerial, "reason", "银行回单 2026-11-23")
	shot("bank-claimed", "/bank-cards/20000001-sale-000007-000099-"+lostSerial, 1440)
	shot("bank-cases", "/cases", 1440)
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en]`)); err != nil {
		t.Fatal(err)
	}
	shot("bank-cards-en", "/bank-cards", 1280)
	shot("bank-card-en", "/bank-cards/"+reversed, 1440)
	shot("terminals-en", "/terminals", 1280)
}

// TestBankRefundShots keeps pictures of a payment that the bank is asked to give back.
func TestBankRefundShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, sale := owedAtTheBank(t)
	d := openDesk(t, w, nil)
	ctx := browser(t)
	page := "/bank-cards/" + sale
	shot := func(name, path string) {
		t.Helper()
		keepShot(ctx, t, dir, name, d.http.URL+path, "main", 1440)
	}
	approve := func() string {
		t.Helper()
		p := d.waiting(d.as("wang"))
		if status, body := d.call(d.as("wang"), "POST", api+"/plans/"+p.ID+"/approve", object{"hash": p.Hash}); status != 200 {
			t.Fatalf("%d %s", status, body)
		}

		return "/plans/" + p.ID
	}
	shot("login", "/login")
	enterAs(ctx, t, "wang")
	shot("refund-1-offered", page)
	d.form(d.as("li"), page+"/refund", "reason", "顾客要求退款")
	shot("refund-2-proposed", page)
	shot("refund-3-plan", approve())
	shot("refund-4-asked", page)
	shot("refund-5-case", "/cases")
	shot("refund-5-payment", "/transactions/"+cardSerial)
	d.form(d.as("li"), page+"/answer", "answer", "given", "number", "20261124000077", "reason", "银行函复")
	shot("refund-6-answer", approve())
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en]`)); err != nil {
		t.Fatal(err)
	}
	shot("refund-7-given-en", page)
	shot("refund-8-payment-en", "/transactions/"+cardSerial)
}

// TestBankBooksPage: a payment that the bank books itself is posted, by the bank, with the
// bank's reference and without what head office cannot know.
func TestBankBooksPage(t *testing.T) {
	const serial = "10000001000000000095"
	w, _ := bankTown(t)
	at := noon.Add(-4 * time.Minute)
	w.write("10000001", "opened", serial, at, object{
		"account": "1000000001", "arrears": 8640, "online": true, "tender": "bankcard", "limit": 8640, "by_bank": true, "opened_at": at.UnixMilli(),
	})
	w.write("10000001", "card-sale-ordered", serial, at, object{
		"n": 1, "terminal": "20000001", "merchant": "105290073724601", "batch": "000007", "trace": "000098", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": at.UnixMilli(),
	})
	w.write("10000001", "card-sale-answered", serial, at, object{"n": 1, "approved": true, "response": "00", "reference": "000000000198", "auth": "A1B2C8", "settle_date": "1123"})
	counter{w}.say("10000001", serial, posp.Sale, 98, at, bank.Answered, "00", 0)
	w.write("10000001", "card-closed", serial, at, object{"total": 8640, "account": "1000000001", "closed_at": at.UnixMilli(), "reason": "paid"})

	d := openDesk(t, w, nil)
	c := d.as("wang")
	for language, want := range map[string][]string{"zh": {"由银行入账（公共支付）", "已入账", "000000000198"}, "en": {"by the bank", "000000000198"}} {
		d.form(c, "/language", "language", language, "back", "/")
		status, body := d.call(c, "GET", "/transactions/"+serial, nil)
		for _, s := range want {
			if status != 200 || !strings.Contains(body, s) {
				t.Errorf("in %s: %d, and the page lacks %q", language, status, s)
			}
		}
		if strings.Contains(body, "冲抵欠费") || strings.Contains(body, missing) {
			t.Errorf("in %s: the page says what nobody here knows, or lacks words", language)
		}
	}

	var detail struct {
		Transaction map[string]any `json:"transaction"`
	}
	d.get(c, "/api/v1/transactions/"+serial, &detail)
	var list struct {
		Transactions []map[string]any `json:"transactions"`
	}
	d.get(c, "/api/v1/transactions?limit=500", &list)
	byBank := map[any]any{}
	for _, x := range list.Transactions {
		byBank[x["serial"]] = x["by_bank"]
	}
	if detail.Transaction["by_bank"] != true || byBank[serial] != true || byBank["10000001000000000090"] != false {
		t.Errorf("by_bank: %v alone, in the list %v", detail.Transaction["by_bank"], byBank)
	}
}

package paybill

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/wire"
)

const serial = "10000001000000000005"

var rules = Rules{MaxTotal: 500000, Notes: []money.Amount{1000, 10000}}

func reply(t *testing.T, body any) wire.Reply {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Reply{V: 1, ID: "1-1", Body: b}
}

// txn is a payment of so many notes of 100.00, after events that must be legal.
func txn(t *testing.T, notes int, events ...payments.Event) payments.Transaction {
	t.Helper()
	all := []payments.Event{payments.Opened{Account: "1000000001", Arrears: 12850, Online: true, Tender: "cash", Limit: 50000}}
	for i := range notes {
		all = append(all, cash.NoteAccepted{Note: i, Value: 10000}, cash.NoteStacked{Note: i, Value: 10000})
	}
	var x payments.Transaction
	for _, e := range append(all, events...) {
		var err error
		if x, _, err = payments.Step(x, serial, e); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func closed(fen money.Amount) payments.Event {
	return cash.Closed{Total: fen, Account: "1000000001", Tender: "cash", ClosedAt: 1_764_000_000_000, Reason: "customer"}
}

// TestWhatMayBePaid reads head office's answers about an account.
func TestWhatMayBePaid(t *testing.T) {
	good := wire.VerifyResult{Payable: true, Account: "1000000001", Name: "张**", Fee: 12600, Penalty: 250, Arrears: 12850}
	change := func(f func(*wire.VerifyResult)) any { v := good; f(&v); return v }
	for _, c := range []struct {
		name  string
		reply wire.Reply
		want  string
	}{
		{"payable", reply(t, good), "128.50 of 5000.00"},
		{"a minimum that notes can reach", reply(t, change(func(v *wire.VerifyResult) { v.Minimum = 500000 })), "128.50 of 5000.00"},
		{"one that they cannot", reply(t, change(func(v *wire.VerifyResult) { v.Minimum = 500001 })), "too-large"},
		{"no such account", reply(t, wire.VerifyResult{Account: "1000000001", Reason: "no-account"}), "no-account"},
		{"a meter card", reply(t, wire.VerifyResult{Account: "1000000001", Reason: "meter-card"}), "meter-card"},
		{"a bank collects it", reply(t, wire.VerifyResult{Account: "1000000001", Reason: "direct-debit"}), "not-payable"},
		{"another account", reply(t, change(func(v *wire.VerifyResult) { v.Account = "1000000002" })), "unavailable"},
		{"no account", reply(t, change(func(v *wire.VerifyResult) { v.Account = "" })), "unavailable"},
		{"negative arrears", reply(t, change(func(v *wire.VerifyResult) { v.Arrears = -1 })), "unavailable"},
		{"no JSON", wire.Reply{Body: []byte("{")}, "unavailable"},
		{"an error", wire.Reply{Error: &wire.Error{Code: wire.ErrCodeInternal}}, "unavailable"},
		{"the MIS is down", wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnavailable}}, "nobody knows"},
	} {
		a := Verified("1000000001", c.reply, rules)
		got := a.Notice
		switch arrears, known := a.Quote.Arrears.Get(); {
		case a.Unknown:
			got = "nobody knows"
		case known:
			got = fmt.Sprintf("%s of %s", arrears, a.Quote.Limit)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := (Rules{MaxTotal: 5000000, Notes: []money.Amount{1000, 10000}}).Most(); got != 2000000 {
		t.Errorf("200 notes of 100.00 make %s", got)
	}
}

// TestNothingIsKnownOfAnUnverifiedAccount, least of all that nothing is owed.
// TestATenderThatHeadOfficeCannotHaveIsNotOffered: the answer about the account says so.
func TestATenderThatHeadOfficeCannotHaveIsNotOffered(t *testing.T) {
	for body, want := range map[string]bool{
		`{"payable":true,"account":"1000000001"}`:                              true,
		`{"payable":true,"account":"1000000001","not_now":["bank-card"]}`:      true,
		`{"payable":true,"account":"1000000001","not_now":["bank-card","qr"]}`: false,
	} {
		q := Verified("1000000001", wire.Reply{Body: []byte(body)}, rules).Quote
		if got := q.Takes(payments.QR); got != want || !q.Takes(payments.Cash) {
			t.Errorf("%s: by code %v, want %v; with notes %v", body, got, want, q.Takes(payments.Cash))
		}
		choices := []TenderChoice{{payments.Cash, true, true}, {payments.QR, true, q.Takes(payments.QR)}}
		touch := TenderPage{tenders: choices}.Touches()[1]
		if touch.Enabled != want || !want && touch.Why.Code != "no-qr" {
			t.Errorf("%s: %+v", body, touch)
		}
	}
}

func TestNothingIsKnownOfAnUnverifiedAccount(t *testing.T) {
	a := Unverified("1000000001", 20000, WhyMIS, rules)
	for name, o := range map[string]money.Optional{"fee": a.Quote.Fee, "penalty": a.Quote.Penalty, "advance": a.Quote.Advance, "arrears": a.Quote.Arrears} {
		if _, known := o.Get(); known {
			t.Errorf("%s is known", name)
		}
	}
	if a.Quote.Online || a.Quote.Limit != 20000 || a.Quote.Why != WhyMIS {
		t.Errorf("%+v", a.Quote)
	}
	if a := Unverified("1000000001", 999, WhyLine, rules); a.Notice != "unavailable" {
		t.Errorf("less than a note: %+v", a)
	}
	b, err := json.Marshal(Around{Quote: a.Quote}.Page(page.ConfirmAccount))
	if err != nil || strings.Contains(string(b), "arrears") || strings.Contains(string(b), "0.00") {
		t.Errorf("shown: %s, %v", b, err)
	}
}

// TestWhatAnAnswerToAnOrderMeans.
func TestWhatAnAnswerToAnOrderMeans(t *testing.T) {
	ordered := txn(t, 1, closed(10000))
	for _, c := range []struct {
		name  string
		reply wire.Reply
		want  post.State
	}{
		{"posted", reply(t, wire.PostState{Serial: serial, Status: wire.PostPosted, ToArrears: 9000, ToAdvance: 1000}), post.Posted},
		{"posted, another amount", reply(t, wire.PostState{Serial: serial, Status: wire.PostPosted, ToArrears: 9000}), post.Disputed},
		{"posted, a negative part", reply(t, wire.PostState{Serial: serial, Status: wire.PostPosted, ToArrears: 11000, ToAdvance: -1000}), post.Disputed},
		{"owed", reply(t, wire.PostState{Serial: serial, Status: wire.PostOwed}), post.Owed},
		{"disputed", reply(t, wire.PostState{Serial: serial, Status: wire.PostDisputed}), post.Disputed},
		{"another order", wire.Reply{Error: &wire.Error{Code: wire.ErrCodeConflict}}, post.Disputed},
		{"pending", reply(t, wire.PostState{Serial: serial, Status: wire.PostPending}), ""},
		{"unknown", reply(t, wire.PostState{Serial: serial, Status: wire.PostUnknown}), ""},
		{"another serial", reply(t, wire.PostState{Serial: "10000001000000000006", Status: wire.PostPosted, ToArrears: 10000}), ""},
		{"the MIS is down", wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnavailable}}, ""},
		{"no JSON", wire.Reply{Body: []byte("{")}, ""},
	} {
		o, final := Learned(ordered, c.reply)
		if o.Status != c.want || final != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", c.name, o.Status, final, c.want)
		}
		if !final {
			continue
		}
		if _, _, err := payments.Step(ordered, serial, o); err != nil {
			t.Errorf("%s: the outcome is not legal: %v", c.name, err)
		}
	}
}

// TestWhatIsAnotherIsNamed: each thing of an outcome that cannot be meant has words of its
// own.
func TestWhatIsAnotherIsNamed(t *testing.T) {
	card := metercard.Facts{Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4, Purse: 5000, Loaded: 4}
	var buys payments.Transaction
	for _, e := range []payments.Event{
		payments.Opened{Purpose: payments.Purchase, Account: "1000000001", Online: true, Tender: "cash", Limit: 50000, MeterCard: card},
		cash.NoteAccepted{Value: 10000},
		cash.NoteStacked{Value: 10000},
		closed(10000),
	} {
		var err error
		if buys, _, err = payments.Step(buys, serial, e); err != nil {
			t.Fatal(err)
		}
	}
	sold := metercard.Sold{Number: "S1", Card: card.Serial, Count: 5, Amount: 10000}
	for want, c := range map[string]struct {
		of     payments.Transaction
		spoil  func(*wire.PostState)
		status post.State
	}{
		"": {buys, func(*wire.PostState) {}, post.Posted},
		"head office reports another amount: posted 90.00 + 0.00, total 100.00":                       {txn(t, 1, closed(10000)), func(p *wire.PostState) { p.ToArrears, p.ToAdvance, p.Sold = 9000, 0, metercard.Sold{} }, post.Disputed},
		"head office reports another amount: sold 100.01, paid 100.00":                                {buys, func(p *wire.PostState) { p.Sold.Amount++ }, post.Disputed},
		"head office reports another count: sold as purchase 6, paid for purchase 5":                  {buys, func(p *wire.PostState) { p.Sold.Count++ }, post.Disputed},
		`head office reports another card: sold onto "0102030405060709", paid for "0102030405060708"`: {buys, func(p *wire.PostState) { p.Sold.Card = "0102030405060709" }, post.Disputed},
		"head office reports no number of the sale":                                                   {buys, func(p *wire.PostState) { p.Sold.Number = "" }, post.Disputed},
		"head office reports a sale, and none was ordered":                                            {txn(t, 1, closed(10000)), func(*wire.PostState) {}, post.Disputed},
	} {
		said := wire.PostState{Serial: serial, Status: wire.PostPosted, ToAdvance: 10000, Sold: sold}
		c.spoil(&said)
		if o, final := Learned(c.of, reply(t, said)); !final || o.Status != c.status || o.Text != want {
			t.Errorf("%s %q, want %q", o.Status, o.Text, want)
		}
	}
}

// TestWhatALaterWordMayChange: owed and disputed become posted, disputed becomes
// owed, and nothing else. Of a serial that another order holds, the word is the other's.
func TestWhatALaterWordMayChange(t *testing.T) {
	says := map[wire.PostStatus]wire.Reply{
		wire.PostPosted:   reply(t, wire.PostState{Serial: serial, Status: wire.PostPosted, ToArrears: 10000}),
		wire.PostOwed:     reply(t, wire.PostState{Serial: serial, Status: wire.PostOwed}),
		wire.PostDisputed: reply(t, wire.PostState{Serial: serial, Status: wire.PostDisputed}),
		wire.PostPending:  reply(t, wire.PostState{Serial: serial, Status: wire.PostPending}),
		wire.PostUnknown:  reply(t, wire.PostState{Serial: serial, Status: wire.PostUnknown}),
	}
	want := map[string]bool{"owed/posted": true, "disputed/posted": true, "disputed/owed": true}
	for state, x := range map[string]payments.Transaction{
		"ordered":  txn(t, 1, closed(10000)),
		"posted":   txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Posted, ToArrears: 10000}),
		"owed":     txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Owed}),
		"disputed": txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Disputed}),
		"conflict": txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Disputed, Code: "conflict"}),
		"doubt":    txn(t, 0, cash.NoteAccepted{Value: 10000}, cash.NoteUnresolved{Value: 10000}, closed(0)),
	} {
		for status, r := range says {
			o, news := Resolved(x, r)
			if news != want[state+"/"+string(status)] {
				t.Errorf("%s, head office says %s: news %v", state, status, news)
			}
			if !news {
				continue
			}
			if _, _, err := payments.Step(x, serial, o); err != nil || o.(post.Resolved).N != 1 {
				t.Errorf("%s, head office says %s: %+v is not legal: %v", state, status, o, err)
			}
		}
	}
	short := reply(t, wire.PostState{Serial: serial, Status: wire.PostPosted, ToArrears: 9000})
	if _, news := Resolved(txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Owed}), short); news {
		t.Error("another amount was believed")
	}
}

// TestTheResultInWords reads all sentences of a result together: no slip is asked to
// be taken that is not there, and nobody without one is left without the number.
func TestTheResultInWords(t *testing.T) {
	results := map[string]payments.Transaction{
		"paid":     txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Posted, ToArrears: 10000}),
		"pending":  txn(t, 1, closed(10000)),
		"owed":     txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Owed}),
		"disputed": txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Disputed}),
	}
	take := map[receipt.Lang][]string{receipt.Chinese: {"取走凭证", "取走并保留凭证"}, receipt.English: {"take your slip", "take the slip", "keep the slip"}}
	number := map[receipt.Lang]string{receipt.Chinese: "流水号", receipt.English: "receipt number"}
	for _, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
		seen := map[string]string{}
		for kind, x := range results {
			for _, slip := range []Slip{SlipNone, SlipPrinting, SlipPrinted, SlipFailed} {
				f := page.NewFrame(lang, "10000001", "95598", true, "", false)
				p := Around{Frame: f, Standing: Standing{Txn: x, Slip: slip}}.Page(page.Done).(ResultPage)
				all := p.ResultText + " " + p.SlipText + " " + p.NextText
				asksToTake := false
				for _, words := range take[lang] {
					asksToTake = asksToTake || strings.Contains(all, words)
				}
				there := slip == SlipPrinted
				if p.Result != kind || asksToTake != there {
					t.Errorf("%s %s %q: %s", lang, kind, slip, all)
				}
				if missing := slip == SlipFailed || slip == SlipNone; missing && !strings.Contains(all, number[lang]) {
					t.Errorf("%s %s %q leaves the customer with nothing: %s", lang, kind, slip, all)
				}
				if other, twice := seen[p.NextText]; twice && other != kind {
					t.Errorf("%s: %s and %s say the same: %s", lang, kind, other, p.NextText)
				}
				seen[p.NextText] = kind
			}
		}
	}
}

// TestAResultAfterAPowerCut speaks of the note that came back, or may have, and of
// nothing of the kind after any other end.
func TestAResultAfterAPowerCut(t *testing.T) {
	back := []payments.Event{cash.NoteAccepted{Note: 1, Value: 2000}, cash.NoteReturned{Note: 1, Value: 2000}}
	cut := cash.Closed{Total: 10000, Account: "1000000001", Tender: "cash", Reason: "power-cut"}
	posted := post.OutcomeLearned{Status: post.Posted, ToArrears: 10000}

	for name, c := range map[string]struct {
		events    []payments.Event
		recovered bool
		want      string
	}{
		"a known note":   {append(back, cut, posted), true, "刚才停电，您的 ¥20.00 已从入钞口退回，请取走。请取走凭证。谢谢！"},
		"a note unread":  {[]payments.Event{cut, posted}, true, "刚才停电，如有纸币从入钞口退回，请取走。请取走凭证。谢谢！"},
		"by the visitor": {append(back, closed(10000), posted), true, "请取走凭证。谢谢！"},
		"read later":     {append(back, cut, posted), false, "请取走凭证。谢谢！"},
	} {
		f := page.NewFrame(receipt.Chinese, "10000001", "95598", true, "", false)
		s := Standing{Txn: txn(t, 1, c.events...), Slip: SlipPrinted, Recovered: c.recovered}
		p := Around{Frame: f, Standing: s}.Page(page.Done).(ResultPage)
		if p.NextText != c.want {
			t.Errorf("%s: %s, want %s", name, p.NextText, c.want)
		}
		if p.StillOwed == nil || *p.StillOwed != 2850 || p.StillOwedText != "28.50" {
			t.Errorf("%s: still owed %v %s, want 28.50", name, p.StillOwed, p.StillOwedText)
		}
	}
}

// TestWeights: 20 s, 45 s, or until somebody was asked.
func TestWeights(t *testing.T) {
	paid := txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Posted, ToArrears: 10000})
	pending := txn(t, 1, closed(10000))
	owed := txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Owed})
	for _, c := range []struct {
		name string
		txn  payments.Transaction
		slip Slip
		want Weight
	}{
		{"paid, printed", paid, SlipPrinted, Weight{20 * time.Second, false}},
		{"paid, printing", paid, SlipPrinting, Weight{3 * time.Minute, true}},
		{"paid, failed", paid, SlipFailed, Weight{3 * time.Minute, true}},
		{"pending, printed", pending, SlipPrinted, Weight{45 * time.Second, false}},
		{"pending, failed", pending, SlipFailed, Weight{3 * time.Minute, true}},
		{"owed, printed", owed, SlipPrinted, Weight{3 * time.Minute, true}},
		{"cancelled", txn(t, 0, closed(0)), SlipNone, Weight{20 * time.Second, false}},
	} {
		if got := WeightOf(c.txn, c.slip, 0); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := WeightOf(paid, SlipPrinted, 5*time.Minute); got.For != 5*time.Minute {
		t.Errorf("a longer wait of the site is kept: %v", got.For)
	}
}

// TestWhoTakesTheNumberAlong: everybody who must act, and everybody without a slip.
func TestWhoTakesTheNumberAlong(t *testing.T) {
	paid := txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Posted, ToArrears: 10000})
	pending := txn(t, 1, closed(10000))
	owed := txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Owed})
	disputed := txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Disputed})
	for _, c := range []struct {
		name string
		txn  payments.Transaction
		slip Slip
		want bool
	}{
		{"paid, printing", paid, SlipPrinting, false},
		{"paid, printed", paid, SlipPrinted, false},
		{"paid, failed", paid, SlipFailed, true},
		{"pending, printed", pending, SlipPrinted, false},
		{"pending, none", pending, SlipNone, true},
		{"owed, printed", owed, SlipPrinted, true},
		{"disputed, printing", disputed, SlipPrinting, true},
		{"cancelled", txn(t, 0, closed(0)), SlipNone, false},
	} {
		p := Around{Frame: page.NewFrame(receipt.Chinese, "10000001", "95598", true, "", false), Standing: Standing{Txn: c.txn, Slip: c.slip}}.Page(page.Done).(ResultPage)
		if p.Keep != c.want {
			t.Errorf("%s: %v, want %v", c.name, p.Keep, c.want)
		}
	}
}

// TestTheTitleClaimsNoMoreThanTheResult: only what is booked is complete.
func TestTheTitleClaimsNoMoreThanTheResult(t *testing.T) {
	for name, c := range map[string]struct {
		of   payments.Transaction
		want string // empty: the title of the screen
	}{
		"paid":      {txn(t, 1, closed(10000), post.OutcomeLearned{Status: post.Posted, ToArrears: 10000}), ""},
		"pending":   {txn(t, 1, closed(10000)), "Money received"},
		"cancelled": {txn(t, 0, closed(0)), "Payment ended"},
	} {
		f := page.NewFrame(receipt.English, "10000001", "95598", true, "", false)
		p := Around{Frame: f, Standing: Standing{Txn: c.of}}.Page(page.Done).(ResultPage)
		if got := p.Title(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestNobodyScansWhileTheLineIsDown: whether a code was paid cannot be learned then.
func TestNobodyScansWhileTheLineIsDown(t *testing.T) {
	for _, up := range []bool{true, false} {
		f := page.NewFrame(receipt.Chinese, "10000001", "95598", up, "", false)
		a := Around{Frame: f, Tender: payments.QR, Amount: 12850, Face: tender.Face{Code: "https://pay.test/1", Step: "waiting", Scans: true}}
		p := a.Page(page.ShowCode).(CodePage)
		want := "线路中断：已付款请稍候，未付款请勿扫码"
		if up {
			want = "请用手机微信或支付宝扫描此码"
		}
		if p.StepText != want || p.LineDown == up || (p.ScanText != "") != up {
			t.Errorf("line up %v: %q, line down %v, %q", up, p.StepText, p.LineDown, p.ScanText)
		}
	}
}

// TestTheTakenCardIsToldTheBanksWords, in the field of the refusal too.
func TestTheTakenCardIsToldTheBanksWords(t *testing.T) {
	x := payments.Transaction{Serial: serial, Purpose: payments.Bill, Tender: payments.BankCard, Account: "1000000001"}
	x.Card.Amount, x.Card.State, x.Card.Closed, x.Card.Reason, x.Card.Answer.Response = 12850, bankcard.Declined, true, "declined", "51"
	f := page.NewFrame(receipt.Chinese, "10000001", "95598", true, "", false)
	p := Around{Frame: f, Tender: payments.BankCard, Face: tender.Face{Step: "take-card", Refused: "no-funds"}, Standing: Standing{Txn: x}}.Page(page.TakeCard).(TakeCardPage)
	if p.RefusedText != "余额不足，未扣款。" || p.OutcomeText != p.RefusedText {
		t.Errorf("refused %q, outcome %q", p.RefusedText, p.OutcomeText)
	}
}

// TestNothingIsSaidToBeBookedThatIsNot while a payment is under way, or is looked at after
// a power cut.
func TestNothingIsSaidToBeBookedThatIsNot(t *testing.T) {
	for name, c := range map[string]struct {
		of        payments.Transaction
		recovered bool
		want      string
	}{
		"notes inside":          {txn(t, 1), false, "Booking your payment, please stay…"},
		"posting":               {txn(t, 1, closed(10000)), true, "Booking your payment, please stay…"},
		"no notes":              {txn(t, 0), false, "Ending the cash payment, one moment…"},
		"no notes, after a cut": {txn(t, 0), true, "The power was cut. Checking what became of the payment, one moment…"},
	} {
		f := page.NewFrame(receipt.English, "10000001", "95598", true, "", false)
		p := Around{Frame: f, Standing: Standing{Txn: c.of, Recovered: c.recovered}}.Page(page.Processing).(ProcessingPage)
		if p.Message != c.want {
			t.Errorf("%s: %q, want %q", name, p.Message, c.want)
		}
	}
}

// TestEachTenderHasItsOwnBound: what is owed may be more than one of them takes, and what is
// the least to be paid is asked only of a tender that takes it.
func TestEachTenderHasItsOwnBound(t *testing.T) {
	own := Rules{MaxTotal: 500000, Notes: []money.Amount{10000}, MaxCard: 2000000, MaxQR: 300000}
	quote := func(arrears, minimum int) Answer {
		body := fmt.Sprintf(`{"account":"1000000001","name":"A","payable":true,"arrears":%d,"minimum":%d}`, arrears, minimum)

		return Verified("1000000001", wire.Reply{Body: []byte(body)}, own)
	}
	q := quote(600000, 400000).Quote
	for tender, want := range map[payments.Tender]struct {
		most  money.Amount
		takes bool
		open  money.Amount
	}{
		payments.Cash: {500000, true, 500000}, payments.BankCard: {2000000, true, 700000}, payments.QR: {300000, false, 300000},
	} {
		if q.Most(tender) != want.most || q.Takes(tender) != want.takes || q.Open(time.Time{}, tender, 700000).Limit != want.open {
			t.Errorf("%s: %s, %v, %s", tender, q.Most(tender), q.Takes(tender), q.Open(time.Time{}, tender, 700000).Limit)
		}
	}
	if quote(2000000, 2000000).Notice != "" || quote(2000001, 2000001).Notice != "too-large" {
		t.Error("the least payable is more than any tender takes")
	}

	a := Around{Quote: q, Tender: profile.QR}
	if p := a.amounts(); p.Most != 300000 || p.takes(300001) || p.Hint != "扫码单笔最多 ¥3000.00，其余可再缴一次。" {
		t.Errorf("%+v", p)
	}
	a.Tender = profile.BankCard
	if p := a.amounts(); p.Most != 2000000 || !p.takes(600000) {
		t.Errorf("%+v", p)
	}
	if q := Unverified("1000000001", 20000, WhyLine, own).Quote; q.Most(payments.BankCard) != 20000 || q.Most(payments.QR) != 20000 {
		t.Errorf("%+v", q)
	}
}

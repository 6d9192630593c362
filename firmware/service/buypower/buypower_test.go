package buypower

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	desk "wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/wire"
)

var now = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

func facts() metercard.Facts {
	return metercard.Facts{
		Serial: "1122334455667788", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "202600001234", Customer: "1000000003",
		Count: 4, Purse: 10000, Loaded: 4, Left: 3725,
	}
}

func quote() wire.CardQuote {
	return wire.CardQuote{
		Card: "1122334455667788", Sellable: true, Account: "1000000003", Name: "*建国", Min: 1000, Max: 100000,
		Tariff: []wire.PriceTier{{UpTo: 21000, Price: 5000}, {UpTo: 40000, Price: 6000}, {Price: 8000}},
	}
}

// answered is the card once head office said this of it.
func answered(t *testing.T, q wire.CardQuote) Card {
	t.Helper()
	body, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}

	return *Card{Facts: facts(), Known: Asking}.Answer(now, wire.Reply{Body: body}, paybill.Rules{MaxTotal: 200000, Notes: []money.Amount{100, 10000}})
}

func with(change func(q *wire.CardQuote)) wire.CardQuote {
	q := quote()
	change(&q)

	return q
}

// TestWhatAnAnswerAboutACardMeans: an answer about another card, or none, is silence.
func TestWhatAnAnswerAboutACardMeans(t *testing.T) {
	for name, c := range map[string]struct {
		reply wire.Reply
		want  Known
	}{
		"an answer":        {wire.Reply{Body: []byte(`{"card":"1122334455667788","account":"1000000003","sellable":true,"min":1000,"max":50000}`)}, Answered},
		"a refusal":        {wire.Reply{Body: []byte(`{"card":"1122334455667788","reason":"not-loaded"}`)}, Answered},
		"of no account":    {wire.Reply{Body: []byte(`{"card":"1122334455667788","sellable":true,"min":1000,"max":50000}`)}, Silent},
		"another card":     {wire.Reply{Body: []byte(`{"card":"1122334455667789","sellable":true}`)}, Silent},
		"no JSON":          {wire.Reply{Body: []byte(`{`)}, Silent},
		"4 minutes apart":  {wire.Reply{Body: []byte(`{"card":"1122334455667788","account":"1000000003","sellable":true,"min":1000,"max":50000,"at":1796028960000}`)}, Answered},
		"5 minutes ahead":  {wire.Reply{Body: []byte(`{"card":"1122334455667788","account":"1000000003","sellable":true,"min":1000,"max":50000,"at":1796028900000}`)}, Clock},
		"5 minutes behind": {wire.Reply{Body: []byte(`{"card":"1122334455667788","reason":"not-loaded","at":1796029500000}`)}, Clock},
		"less than none":   {wire.Reply{Body: []byte(`{"card":"1122334455667788","sellable":true,"max":-1}`)}, Silent},
		"no line":          {wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnsent}}, Offline},
		"the system is up": {wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnavailable}}, Silent},
	} {
		before := Card{Facts: facts(), Known: Asking}
		if got := before.Answer(now, c.reply, paybill.Rules{}); got.Known != c.want || got.Facts != facts() || before.Known != Asking {
			t.Errorf("%s: %q, want %q", name, got.Known, c.want)
		}
	}
}

// TestWhichAmountsCanBeBought, and which have a button.
func TestWhichAmountsCanBeBought(t *testing.T) {
	for name, c := range map[string]struct {
		quote   wire.CardQuote
		offered string
		fits    string // of 0.01, 10, 55, 60, 200 and 2000 yuan
		cash    string // with notes: of 55, 60 and 200 yuan
	}{
		"any":              {quote(), "[50.00 100.00 200.00 300.00 500.00 1000.00]", "no yes yes yes yes no", "yes yes yes"},
		"steps of 20":      {with(func(q *wire.CardQuote) { q.Step, q.Max = 2000, 25000 }), "[100.00 200.00]", "no no no yes yes no", "yes yes yes"},
		"a fixed one":      {with(func(q *wire.CardQuote) { q.Fixed = 20000 }), "[200.00]", "no no no no yes no", "yes yes yes"},
		"fixed, with fen":  {with(func(q *wire.CardQuote) { q.Fixed = 20050 }), "[200.50]", "no no no no no no", "no no no"},
		"fixed, beyond":    {with(func(q *wire.CardQuote) { q.Fixed = 200000 }), "[]", "no no no no no no", "yes yes yes"},
		"less than usual":  {with(func(q *wire.CardQuote) { q.Min, q.Max = 1000, 3000 }), "[10.00 30.00]", "no yes no no no no", "no no no"},
		"nothing":          {with(func(q *wire.CardQuote) { q.Min, q.Max = 0, 0 }), "[]", "no no no no no no", "no no no"},
		"no cash just now": {with(func(q *wire.CardQuote) { q.NotNow = []string{"cash"} }), "[50.00 100.00 200.00 300.00 500.00 1000.00]", "no yes yes yes yes no", "no no no"},
	} {
		card := answered(t, c.quote)
		if got := fmt.Sprint(card.offered()); got != c.offered {
			t.Errorf("%s: offered %s, want %s", name, got, c.offered)
		}
		if sells := len(card.offered()) > 0; card.Sellable() != sells {
			t.Errorf("%s: sellable %v with %v", name, card.Sellable(), card.offered())
		}
		word := map[bool]string{true: "yes", false: "no"}
		var fits, cash []string
		for _, a := range []money.Amount{1, 1000, 5500, 6000, 20000, 200000} {
			fits = append(fits, word[card.Fits(a)])
		}
		for _, a := range []money.Amount{5500, 6000, 20000} {
			cash = append(cash, word[card.Takes(payments.Cash, a)])
		}
		if strings.Join(fits, " ") != c.fits || strings.Join(cash, " ") != c.cash {
			t.Errorf("%s: fits %v, cash %v, want %s, %s", name, fits, cash, c.fits, c.cash)
		}
	}
	if card := answered(t, quote()); card.Takes(payments.Cash, 200100) || !card.Takes(payments.QR, 200100) {
		t.Error("notes make more than the machine takes of them")
	}
	card := answered(t, quote())
	card.notes.MaxCard, card.notes.MaxQR = 40000, 20000
	if card.Most(payments.BankCard) != 40000 || card.Takes(payments.BankCard, 40001) || !card.Takes(payments.BankCard, 40000) || card.Takes(payments.QR, 20100) {
		t.Error("a tender takes more than the machine is set up to take")
	}
}

// TestAboutHowMuchEnergyAnAmountMakes, worked out by hand.
func TestAboutHowMuchEnergyAnAmountMakes(t *testing.T) {
	single := wire.CardQuote{Tariff: []wire.PriceTier{{Price: 5469}}}
	ladder := quote() // 0.50 to 210 kWh, 0.60 to 400 kWh, then 0.80
	byTime := wire.CardQuote{ByTime: []wire.PriceTime{{Name: "peak", Price: 10000}, {Name: "valley", Price: 2500}}}
	for name, c := range map[string]struct {
		quote    wire.CardQuote
		amount   money.Amount
		from, to int64
		known    bool
	}{
		"one price":            {single, 10000, 182, 183, true},
		"within the first":     {ladder, 10000, 125, 200, true},
		"to its end":           {ladder, 10500, 131, 210, true},
		"into the second":      {ladder, 11100, 138, 220, true},
		"into the third":       {ladder, 10500 + 11400 + 8000, 373, 500, true},
		"just beyond":          {wire.CardQuote{Tariff: []wire.PriceTier{{UpTo: 21000, Price: 4883}, {Price: 7883}}}, 10000, 126, 205, true},
		"by the time, rounded": {wire.CardQuote{ByTime: []wire.PriceTime{{Name: "peak", Price: 7883}, {Name: "valley", Price: 4883}}}, 10000, 126, 205, true},
		"by the time of day":   {byTime, 10000, 100, 400, true},
		"nobody knows":         {wire.CardQuote{}, 10000, 0, 0, false},
		"a price of nothing":   {wire.CardQuote{Tariff: []wire.PriceTier{{UpTo: 100, Price: 5000}, {Price: 0}}}, 10000, 0, 0, false},
		"a ladder that ends":   {wire.CardQuote{Tariff: []wire.PriceTier{{UpTo: 10000, Price: 5000}}}, 10000, 200, 200, true},
		"steps out of order":   {wire.CardQuote{Tariff: []wire.PriceTier{{UpTo: 20000, Price: 5000}, {UpTo: 10000, Price: 6000}, {Price: 8000}}}, 18000, 225, 300, true},
		"more than can be had": {single, money.Max, 18284878405, 18284878406, true},
	} {
		from, to, known := Estimate(c.quote, c.amount)
		if from != c.from || to != c.to || known != c.known {
			t.Errorf("%s: %d to %d, %v, want %d to %d", name, from, to, known, c.from, c.to)
		}
	}
}

func frame(l receipt.Lang, words ...string) page.Frame {
	return page.NewFrame(l, "10000001", "95598", true, "", false).About(words...)
}

// TestWhatACardDoesNotSayIsNotDrawn: an unknown sum is no sum of nothing.
func TestWhatACardDoesNotSayIsNotDrawn(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(f *metercard.Facts)
		has     string // fields, by their names
		hasNone string
	}{
		"a card":           {func(*metercard.Facts) {}, "count last loaded left meter", "arrears"},
		"not in the meter": {func(f *metercard.Facts) { f.Loaded, f.Left = 0, 0 }, "count last loaded", "left left_text"},
		"never bought":     {func(f *metercard.Facts) { f.Count, f.Purse, f.Loaded, f.Left = 0, 0, 0, 0 }, "count last_text", "last loaded left"},
		"blank": {func(f *metercard.Facts) {
			*f = metercard.Facts{Serial: "AA", Form: metercard.CPU, Kind: metercard.Blank}
		}, "kind", "count last loaded left meter customer"},
		"left in the red":    {func(f *metercard.Facts) { f.Left = -1250 }, "left overdrawn", ""},
		"nothing left in it": {func(f *metercard.Facts) { f.Left = 0 }, "left left_text", "overdrawn"},
	} {
		f := facts()
		c.change(&f)
		b, err := json.Marshal(Around{Frame: frame(receipt.English), Card: Card{Facts: f}, Looks: true}.Page(page.MeterCard))
		var fields map[string]any
		if err == nil {
			err = json.Unmarshal(b, &fields)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range strings.Fields(c.has) {
			if _, ok := fields[want]; !ok {
				t.Errorf("%s: no %s in %s", name, want, b)
			}
		}
		for _, no := range strings.Fields(c.hasNone) {
			if _, ok := fields[no]; ok {
				t.Errorf("%s: %s in %s", name, no, b)
			}
		}
		if strings.Contains(string(b), "202600001234") || strings.Contains(string(b), "1000000003") {
			t.Errorf("%s shows a number whole: %s", name, b)
		}
	}
}

// TestWhyNothingCanBeBought: each reason has a sentence and says what to do, in both
// languages, and nothing is offered that cannot be had.
func TestWhyNothingCanBeBought(t *testing.T) {
	key := regexp.MustCompile(`^(why|todo)\.`)
	for _, r := range []mis.Reason{
		mis.NoAccount, mis.NotNow, mis.NotPayable, mis.OtherArea, mis.NotLoaded, mis.OldCard, mis.NotOpened, mis.BlankCard, mis.OtherCard, mis.CountDiffers,
		mis.ArrearsFirst, mis.OverHoarding, mis.BelowMinimum, mis.FixedAmount, mis.NotMultiple, mis.TariffDue, mis.Unwritten, mis.Written, mis.KeysAway,
	} {
		for _, l := range []receipt.Lang{receipt.Chinese, receipt.English} {
			card := answered(t, with(func(q *wire.CardQuote) { q.Sellable, q.Reason = false, r }))
			p := Around{Frame: frame(l, "buy"), Card: card}.Page(page.MeterCard).(CardPage)
			if p.WhyText == "" || p.TodoText == "" || key.MatchString(p.WhyText+p.TodoText) || p.LimitsText != "" {
				t.Errorf("%s %s: %q, %q", r, l, p.WhyText, p.TodoText)
			}
			v := page.View{Actions: page.Actions(p.Touches())}
			if again := r == mis.NotNow || r == mis.KeysAway; v.Offers("confirm") || v.Offers("rewrite") || v.Offers("retry") != again || !v.Offers("take-card") {
				t.Errorf("%s: offers %+v", r, v.Actions)
			}
		}
	}
}

// TestASaleThatIsNotOnTheCardIsWrittenFirst, for nothing, and only onto its own card.
func TestASaleThatIsNotOnTheCardIsWrittenFirst(t *testing.T) {
	sold := metercard.Sold{Number: "S1", Card: "1122334455667788", Count: 5, Amount: 10000}
	waits := with(func(q *wire.CardQuote) {
		q.Sellable, q.Reason, q.Unwritten, q.UnwrittenSold = false, mis.Unwritten, "10000001010000000042", sold
	})
	card := answered(t, waits)
	p := Around{Frame: frame(receipt.English, "buy"), Card: card}.Page(page.MeterCard).(CardPage)
	v := page.View{Actions: page.Actions(p.Touches())}
	if !v.Offers("rewrite") || v.Offers("confirm") || p.UnwrittenText != "Your purchase of ¥100.00 (no. 5) is not on the card yet" {
		t.Errorf("%+v, %q", v.Actions, p.UnwrittenText)
	}

	o := card.Rewrite(now)
	txn, acts, err := payments.Step(payments.Transaction{}, "10000001010000000057", o)
	if err != nil || txn.Status() != payments.Writing || txn.Sold() != sold || fmt.Sprint(acts) != "[write-card]" {
		t.Errorf("opened as %s with %v: %v", txn.Status(), acts, err)
	}

	waits.UnwrittenSold.Card = "00"
	p = Around{Frame: frame(receipt.English, "buy"), Card: answered(t, waits)}.Page(page.MeterCard).(CardPage)
	if v := (page.View{Actions: page.Actions(p.Touches())}); v.Offers("rewrite") || p.WhyText == "" {
		t.Errorf("what was sold onto another card is written: %+v", v.Actions)
	}
}

// TestHowAPurchaseIsOpened: with notes for any amount that can be bought, else for the one
// that was chosen.
func TestHowAPurchaseIsOpened(t *testing.T) {
	for name, c := range map[string]struct {
		quote        wire.CardQuote
		with         payments.Tender
		least, limit money.Amount
	}{
		"notes":       {quote(), payments.Cash, 1000, 100000},
		"a card":      {quote(), payments.BankCard, 15000, 15000},
		"a code":      {quote(), payments.QR, 15000, 15000},
		"a rich card": {with(func(q *wire.CardQuote) { q.Max = 900000 }), payments.Cash, 1000, 200000},
		"fixed":       {with(func(q *wire.CardQuote) { q.Fixed = 15000 }), payments.Cash, 15000, 15000},
	} {
		o := answered(t, c.quote).Open(now, c.with, 15000)
		if o.Minimum != c.least || o.Limit != c.limit {
			t.Errorf("%s: from %s to %s", name, o.Minimum, o.Limit)
		}
		txn, _, err := payments.Step(payments.Transaction{}, "10000001010000000042", o)
		if err != nil || txn.Purpose != payments.Purchase || txn.MeterCard != facts() || txn.Status() != payments.Tendering {
			t.Errorf("%s: %s, %v", name, txn.Status(), err)
		}
	}
}

// TestWhatIsChosenFits: an amount in fen or as it was typed, and a refusal of what cannot
// be bought.
func TestWhatIsChosenFits(t *testing.T) {
	card := answered(t, with(func(q *wire.CardQuote) { q.Step = 1000 }))
	for args, want := range map[string]string{
		"fen=10000": "choose-tender 10000", "number=150": "choose-tender 15000", "number=150.00": "choose-tender 15000",
		"fen=500": "amount-out-of-range", "fen=200000": "amount-out-of-range", "number=155": "not-a-multiple", "number=1e3": "bad-amount", "x=1": "amount-out-of-range",
	} {
		name, value, _ := strings.Cut(args, "=")
		in := page.Intent{Name: "amount", Args: map[string]string{name: value}}
		for _, s := range []page.Screen{page.ChooseAmount, page.EnterAmount} {
			p := Around{Frame: frame(receipt.English, "buy"), Card: card}.Page(s)
			touch, err := page.Find(p, s, in)
			var m page.Move
			if err == nil {
				m, err = touch.Do(in)
			}
			got := fmt.Sprintf("%s %s", m.To, m.Typed)
			if no, ok := errors.AsType[*page.Refused](err); ok {
				got = no.Code
			}
			if got != want {
				t.Errorf("%s on %s: %s, want %s", args, s, got, want)
			}
		}
	}
}

// TestWhyACardIsNotWritten: each cause that a card can come out with has words of its own.
func TestWhyACardIsNotWritten(t *testing.T) {
	t0 := payments.Transaction{
		Serial: "10000001010000000001", Purpose: payments.Purchase, Tender: payments.Cash, MeterCard: facts(),
		Write: metercard.Leg{State: metercard.GoneAway, Sold: metercard.Sold{Number: "S1", Card: facts().Serial, Count: 5, Amount: 10000}, Sure: true},
	}
	says := func(l receipt.Lang, why string) string {
		a := Around{Frame: frame(l, "buy"), Face: desk.Face{Step: desk.TakeCard, Why: why}, Pay: paybill.Around{Frame: frame(l, "buy"), Standing: paybill.Standing{Txn: t0}}}

		return a.Page(page.TakeCard).(TakePage).WhyText
	}
	seen := map[string]string{}
	for _, why := range []string{
		desk.Pulled, desk.NoReader, desk.Unreadable, desk.OtherCard, desk.Silent, desk.Refused, desk.BadScript, desk.NoKey, desk.WrongClock,
		desk.CardRefused, desk.CountDiffers, desk.NotCleared, desk.TooLong, desk.Attempts, desk.NoJournal, string(mis.OldCard),
	} {
		for _, l := range []receipt.Lang{receipt.Chinese, receipt.English} {
			got := says(l, why)
			if got == "" || seen[got] != "" {
				t.Errorf("%s is said as %q, as is %q", why, got, seen[got])
			}
			seen[got] = why
		}
	}
	if got := says(receipt.English, desk.WrongClock); !strings.Contains(got, "clock") {
		t.Errorf("the clock: %q", got)
	}
	if got := says(receipt.English, "of-tomorrow"); got != "" {
		t.Errorf("a code of tomorrow: %q", got)
	}
}

// TestTheWriteAsItIsSeen: each step of the desk, what is asked for, and what may be
// touched.
func TestTheWriteAsItIsSeen(t *testing.T) {
	for step, want := range map[desk.Step]string{
		desk.Reading: "1 Writing your card – leave it in", desk.Ready: "1 Writing your card – leave it in", desk.Writing: "2 Writing your card – leave it in",
		desk.Checking: "3 Writing your card – leave it in", desk.None: "1 Writing your card – leave it in", desk.PutBack: "0 Put the same card back",
		desk.Waiting: "0 Put the same card back", desk.Away: "0 The reader does not answer", desk.Stuck: "0 The reader does not answer",
	} {
		p := Around{Frame: frame(receipt.English, "buy"), Face: desk.Face{Step: step, Why: desk.OtherCard}}.Page(page.WriteCard).(WritePage)
		at := 0
		for _, s := range p.Stages {
			if s.Now {
				at = s.N
			}
		}
		if got := fmt.Sprintf("%d %s", at, p.StepText); got != want {
			t.Errorf("%q: %s, want %s", step, got, want)
		}
		asks := step == desk.PutBack || step == desk.Waiting
		if (p.RefusedText != "") != asks || p.Amount != nil {
			t.Errorf("%q: refused %q, amount %v", step, p.RefusedText, p.Amount)
		}
		touch, err := page.Find(p, page.WriteCard, page.Intent{Name: "give-up-card"})
		if err != nil || touch.Enabled != asks || touch.Quiet == asks {
			t.Errorf("%q: giving up is %v, %v", step, touch.Enabled, err)
		}
	}
}

// TestTheResultOfAPurchase claims of the card what was read back, and no more.
func TestTheResultOfAPurchase(t *testing.T) {
	open := answered(t, quote()).Open(now, payments.BankCard, 10000)
	base, _, err := payments.Step(payments.Transaction{}, "10000001010000000042", open)
	if err != nil {
		t.Fatal(err)
	}
	base.Card.Total, base.Card.State, base.Card.Closed = 10000, "approved", true
	sold := base
	sold.Post = post.Leg{State: post.Posted, Amount: 10000, Result: post.Outcome{
		Status: post.Posted, Sold: metercard.Sold{Number: "S1", Card: "1122334455667788", Count: 5, Amount: 10000},
	}}
	at := func(s metercard.State, sure bool) payments.Transaction {
		x := sold
		x.Write = metercard.Leg{State: s, Sold: sold.Post.Result.Sold, Sure: sure, Writes: 1}

		return x
	}
	for name, c := range map[string]struct {
		of     payments.Transaction
		says   string
		onCard string
		keep   bool
	}{
		"written":   {at(metercard.On, false), "Bought, and on your card", "true", false},
		"unwritten": {at(metercard.GoneAway, true), "Bought, but not on the card yet", "false", true},
		"unsure":    {at(metercard.GoneAway, false), "Bought; we do not know whether it is on the card", "unknown", true},
	} {
		a := Around{Frame: frame(receipt.English, Words(c.of)...), Pay: paybill.Around{Frame: frame(receipt.English, Words(c.of)...), Standing: paybill.Standing{Txn: c.of, Slip: paybill.SlipPrinted}}}
		p, ok := a.Page(page.Done).(ResultPage)
		if !ok {
			t.Fatalf("%s: %T", name, a.Page(page.Done))
		}
		on := "unknown"
		if p.OnCard != nil {
			on = fmt.Sprint(*p.OnCard)
		}
		if p.ResultText != c.says || on != c.onCard || p.Keep != c.keep || p.Energy != nil || p.Count == nil || *p.Count != 5 {
			t.Errorf("%s: %q, on the card %s, keep %v, %+v", name, p.ResultText, on, p.Keep, p.Bought)
		}
	}
}

// TestNotesEndWithWhatCanBeBought: no notes are taken beyond the largest multiple, which
// nobody could buy or close with.
func TestNotesEndWithWhatCanBeBought(t *testing.T) {
	for _, c := range []struct {
		max, step, notes, want money.Amount
		takes                  bool
	}{
		{8500, 1000, 200000, 8000, true},
		{8500, 0, 200000, 8500, true},
		{300000, 3000, 200000, 198000, true},
		{8500, 9000, 200000, 0, false},
		{196350, 0, 200000, 196300, true},
	} {
		card := Card{Known: Answered, Quote: wire.CardQuote{Sellable: true, Min: 1000, Max: c.max, Step: c.step}, notes: paybill.Rules{MaxTotal: c.notes, Notes: []money.Amount{100, 10000}}}
		opened := card.Open(time.Unix(0, 0), payments.Cash, 1000)
		if opened.Limit != c.want || card.Takes(payments.Cash, 1000) != c.takes {
			t.Errorf("to %s by %s: notes up to %s, taken %v", c.max, c.step, opened.Limit, card.Takes(payments.Cash, 1000))
		}
	}
}

// TestWhatNotesCanMake: of a purchase that is paid with notes the ends are sums of the
// smallest note, within what may be bought.
func TestWhatNotesCanMake(t *testing.T) {
	for _, c := range []struct {
		min, max, step, note money.Amount
		least, most          money.Amount
	}{
		{100, 196350, 0, 1000, 1000, 196000},
		{100, 196350, 0, 100, 100, 196300},
		{1050, 196350, 0, 500, 1500, 196000},
		{1000, 10000, 1500, 1000, 3000, 9000},
		{1000, 10000, 300, 0, 1200, 0},
	} {
		card := Card{Known: Answered, Quote: wire.CardQuote{Sellable: true, Min: c.min, Max: c.max, Step: c.step}}
		if c.note > 0 {
			card.notes = paybill.Rules{MaxTotal: 500000, Notes: []money.Amount{10000, c.note}}
		}
		opened := card.Open(now, payments.Cash, 5000)
		if opened.Minimum != c.least || opened.Limit != c.most || card.Payer(payments.Cash).Minimum != c.least {
			t.Errorf("%+v: from %s to %s", c, opened.Minimum, opened.Limit)
		}
		if other := card.Payer(payments.QR).Minimum; other > c.least {
			t.Errorf("%+v: from %s without notes", c, other)
		}
	}

	shown := answered(t, with(func(q *wire.CardQuote) { q.Min, q.Max = 150, 196350 }))
	a := Around{Frame: frame(receipt.English, "buy"), Card: shown}
	a.Pay.Amount, a.Pay.Tenders = 10000, []paybill.TenderChoice{{Tender: payments.Cash, Here: true, Now: true}}
	if got := a.Page(page.ChooseTender).(TenderPage).Hint; got != "In cash, what you insert is bought: at most ¥1963.00." {
		t.Errorf("the hint is %q", got)
	}
}

// TestWhyNothingIsSoldComesFirst on the page of a card.
func TestWhyNothingIsSoldComesFirst(t *testing.T) {
	for name, c := range map[string]struct {
		quote wire.CardQuote
		first bool
	}{
		"sells": {quote(), false}, "refused": {with(func(q *wire.CardQuote) { q.Sellable, q.Reason = false, mis.TariffDue }), true},
		"waits": {with(func(q *wire.CardQuote) {
			q.Sellable, q.Unwritten, q.UnwrittenSold = false, "10000001010000000042", metercard.Sold{Number: "S", Card: facts().Serial, Count: 5, Amount: 100}
		}), true},
	} {
		p := Around{Frame: frame(receipt.English, "buy"), Card: answered(t, c.quote)}.Page(page.MeterCard).(CardPage)
		if p.Nothing() != c.first {
			t.Errorf("%s: %v", name, p.Nothing())
		}
	}
}

// TestACountErrorMayBeNone: a card that is put in twice shows one, and nothing is wrong then.
func TestACountErrorMayBeNone(t *testing.T) {
	for l, want := range map[receipt.Lang]string{receipt.Chinese: "已显示金额则正常", receipt.English: "Fine if it shows the amount"} {
		p := Around{Frame: frame(l, "buy")}.Page(page.MeterErrors).(ErrorsPage)
		i := slices.IndexFunc(p.Errors, func(e MeterError) bool { return e.Code == "Err-34" })
		if i < 0 || !strings.HasPrefix(p.Errors[i].Todo, want) {
			t.Errorf("%s: %+v", l, p.Errors)
		}
	}
}

// TestAQueriedCardOfNobodyGetsAdvice, as one that power is to be bought onto.
func TestAQueriedCardOfNobodyGetsAdvice(t *testing.T) {
	for kind, want := range map[metercard.Kind]string{
		metercard.Blank:    "这是空白卡，没有用户 请带卡和证件到营业厅开卡。",
		metercard.Other:    "这不是本供电公司的电卡 请换一张电卡，或到发卡的供电公司办理。",
		metercard.Purchase: " ",
	} {
		p := Around{Frame: frame(receipt.Chinese), Card: Card{Facts: metercard.Facts{Kind: kind}}, Looks: true}.Page(page.MeterCard).(CardPage)
		if got := p.WhyText + " " + p.TodoText; got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

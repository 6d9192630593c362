package kiosktest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
)

// customer is a person in front of the screen: they look, think, and touch or
// put in a note. Some change their mind about the account, walk away, press twice,
// or touch a window that still shows an older page.
type customer struct {
	account string
	typed   string  // the account as last sent, by keys or by scanner
	asked   bool    // it was sent since they last went back
	purse   []int64 // notes to put in, next first
	leaves  bool    // walks away once the notes are in
	scans   bool    // shows the bill to the scanner in place of typing
	patient int     // looks left before giving up
	paid    bool
	detours int          // how often they still go back or change the account
	phone   *telephone   // for a code; nil for none
	plastic *plastic     // a bank card; nil for none. Who has neither pays with notes
	amount  money.Amount // as chosen
	shopper *shopper     // who buys power; nil for who pays a bill
	struck  bool         // strikeCode or strikeCard was drawn
	sparked bool         // strikePower was drawn
	window  page.View
}

// arrive brings the next customer.
func (w *box) arrive() {
	if w.served >= w.plan.Customers || w.gone {
		return
	}
	w.served++
	w.stats.Customers++
	for _, a := range w.onArrival {
		if a.n == w.served {
			a.do()
		}
	}
	n := w.rng.IntN(40)
	c := &customer{account: accountNumber(n), leaves: w.rng.IntN(10) == 0, scans: w.rng.IntN(3) == 0, patient: 400, detours: w.rng.IntN(3)}
	switch {
	case n == 0:
		c.account = "1000000009" // unknown
	case n == 1:
		c.account = "1000000003" // meter card
	}
	for range 1 + w.rng.IntN(4) {
		c.purse = append(c.purse, []int64{100, 500, 1000, 2000, 5000, 10000}[w.rng.IntN(6)])
	}
	switch w.rng.IntN(20) {
	case 0:
		c.purse = nil // changes their mind
	case 1:
		for range 10 + w.rng.IntN(20) { // more than may be paid at once
			c.purse = append(c.purse, 10000)
		}
	}
	if c.phone = w.newTelephone(); c.phone == nil {
		c.plastic = w.newPlastic()
	}
	if w.plan.Early && c.plastic != nil {
		c.account, c.detours = accountNumber(wholeOnly[w.rng.IntN(len(wholeOnly))]), 0
		c.plastic.plan, c.plastic.wrong, c.plastic.card = paysByCard, false, w.counter.drawer[cardsim.BankFunds]
	}
	if c.shopper = w.newShopper(); c.shopper != nil && w.rng.IntN(3) > 0 { // most come with notes
		c.phone, c.plastic, c.purse = nil, nil, nil
		for range 1 + w.rng.IntN(3) {
			c.purse = append(c.purse, []int64{1000, 2000, 5000, 10000}[w.rng.IntN(4)])
		}
	}
	if (c.phone != nil || c.plastic != nil) && w.rng.IntN(4) == 0 {
		c.account = accountNumber(refusing[w.rng.IntN(len(refusing))])
	}
	if w.plan.Relents && w.rng.IntN(3) > 0 {
		c.account = accountNumber(refusing[w.rng.IntN(len(refusing))])
	}
	w.customer = c
	w.logf("customer %d with account %s and notes %v", w.served, c.account, c.purse)
	w.strike()
	w.crew.hears(false)
	w.bankdesk.hears()
	w.stops.hears()
	w.todo.at(w.now.Add(time.Second), func() { w.look(c) })
}

func accountNumber(n int) string { return fmt.Sprintf("20000000%02d", n) }

// reset is the customer seeing the box go dark.
func (c *customer) reset() {
	if c.paid {
		c.patient = min(c.patient, 20)
	}
}

// look lets the customer react to the screen.
func (w *box) look(c *customer) {
	if w.customer != c {
		return
	}
	c.patient--
	if c.patient <= 0 {
		w.leave("walks away")
		return
	}
	wait := between(w.rng, 300*time.Millisecond, 3*time.Second)
	w.stops.looks(w)
	w.eyes.looksForCassette(w)
	if w.core != nil {
		w.react(c)
	}
	if w.customer == c {
		w.todo.at(w.now.Add(wait), func() { w.look(c) })
	}
}

func (w *box) react(c *customer) {
	v := seen(w.core.View())
	if w.strange(c, v) {
		return
	}
	w.eyes.reads(w, c, v)
	w.otherWindow(c, v)
	if w.core == nil || w.core.View().Rev != v.Rev || w.detour(c, v) {
		return
	}

	switch v.Screen {
	case page.Idle:
		if c.paid || c.patient < 300 {
			w.leave("is done")
			return
		}
		w.touch(v, "start", nil)
	case page.ChooseService:
		if c.shopper != nil && w.env(v, "buy-power") {
			c.typed = c.shopper.home.account
			w.touch(v, "buy-power", nil)
			return
		}
		c.shopper = nil
		w.touch(v, "pay-bill", nil)
	case page.InsertMeterCard, page.MeterCard, page.WriteCard:
		w.buysPower(c, v)
	case page.EnterAccount:
		if v.Field("waiting") == true {
			return
		}
		if v.Field("notice") != nil && v.Field("notice") != "not-a-bill" {
			w.touch(v, "cancel", nil)
			w.leave("cannot pay here")
			return
		}
		if c.scans && w.scanning {
			w.scan(c)
			return
		}
		w.types(c, v)
	case page.ConfirmAccount:
		if !c.asked {
			w.office.fail("account %s is shown to somebody who asked for nothing since they went back", c.typed)
		}
		w.touch(v, "confirm", nil)
	case page.ChooseTender:
		w.chooseTender(c, v)
	case page.ChooseAmount:
		if c.shopper != nil {
			w.chooseEnergy(c, v)
			return
		}
		w.chooseAmount(c, v)
	case page.InsertCash:
		w.feed(c, v)
	case page.ShowCode:
		if !c.struck {
			c.struck = true
			w.strikeCode()
		}
		w.atCode(c, v)
	case page.InsertCard, page.ChooseCard, page.EnterPIN, page.TakeCard:
		if !c.struck {
			c.struck = true
			w.strikeCard()
		}
		w.atReader(c, v)
		w.atMeterSlot(c, v)
	case page.Processing:
		w.atReader(c, v)
	case page.Done, page.Failed:
		c.paid = true
		if w.rng.IntN(3) == 0 {
			w.touch(v, "finish", nil)
		}
		w.leave("takes the slip")
	}
}

// strange reports whether the screen still shows the visit of somebody who walked
// away. Who comes next cancels it, or waits where it cannot be cancelled.
func (w *box) strange(c *customer, v page.View) bool {
	switch v.Screen {
	case page.ConfirmAccount, page.ChooseTender, page.ChooseAmount, page.InsertCash, page.ShowCode, page.InsertCard, page.ChooseCard, page.EnterPIN, page.TakeCard:
		if c.typed != "" {
			return false
		}
		if w.env(v, "cancel") {
			w.touch(v, "cancel", nil)
		}

		return true
	}

	return false
}

// types sends the account that the person means now.
func (w *box) types(c *customer, v page.View) {
	c.typed = c.account
	w.touch(v, "account", map[string]string{"number": c.account})
}

// detour lets the person change their mind: they go back while the account is looked
// up or on any page before the first note, and often mean another account then.
func (w *box) detour(c *customer, v page.View) bool {
	if c.detours == 0 || w.rng.IntN(4) != 0 {
		return false
	}

	name := ""
	switch v.Screen {
	case page.EnterAccount:
		if v.Field("waiting") == true {
			name = []string{"back", "cancel"}[w.rng.IntN(2)]
		}
	case page.ConfirmAccount, page.ChooseTender, page.ChooseAmount:
		name = "back"
	case page.InsertCash, page.ShowCode, page.InsertCard:
		name = []string{"cancel", "language"}[w.rng.IntN(2)]
	case page.Done, page.Failed:
		name = "language"
	}
	if name == "" {
		return false
	}

	c.detours--
	w.eyes.turned++
	if w.rng.IntN(2) == 0 && (v.Screen == page.EnterAccount || v.Screen == page.ConfirmAccount) {
		c.account = accountNumber(w.rng.IntN(40))
		w.logf("means account %s now", c.account)
	}
	args := map[string]string{}
	if name == "language" {
		args["lang"] = []string{"en", "zh"}[w.rng.IntN(2)]
	}
	w.touch(v, name, args)

	return true
}

// otherWindow touches a window that was opened earlier, now and then: a page that is
// not the present one must have no effect.
func (w *box) otherWindow(c *customer, v page.View) {
	if c.window.Rev == 0 || w.rng.IntN(10) == 0 {
		c.window = v
	}
	if w.rng.IntN(12) != 0 || c.window.Rev == v.Rev || len(c.window.Actions) == 0 {
		return
	}

	a := c.window.Actions[w.rng.IntN(len(c.window.Actions))]
	args := map[string]string{"number": accountNumber(w.rng.IntN(40))}
	for k, x := range a.Args {
		args[k] = x
	}
	w.logf("touches %s in a window at revision %d", a.Name, c.window.Rev)
	effects, err := w.core.Touch(w.time(), page.Intent{Rev: c.window.Rev, Name: a.Name, Args: args})
	if err == nil {
		w.office.fail("a touch of revision %d was taken at revision %d", c.window.Rev, v.Rev)
	}
	w.effects(effects)
}

// seen is a view as a client of the kiosk has it: its fields are decoded once.
func seen(v page.View) page.View {
	b, err := json.Marshal(v.Fields)
	must(err)
	var fields map[string]any
	must(json.Unmarshal(b, &fields))
	v.Fields = fields

	return v
}

// scan shows the bill; now and then it is something else that is scanned.
func (w *box) scan(c *customer) {
	code := c.account + "20261100001234"
	if w.rng.IntN(10) == 0 {
		code, c.scans = "6901234567892", false
	}
	w.logf("scans %s", code)
	if c.scans {
		c.typed, c.asked = c.account, true
	}
	w.handle(kiosk.Scanner{Event: scanner.Event{Kind: scanner.Scanned, Code: scanner.Code(code)}})
}

// feed puts in the next note, finishes, cancels, or walks away.
func (w *box) feed(c *customer, v page.View) {
	if v.Field("note_moving") == true && w.rng.IntN(10) == 0 {
		w.hurry(c, v)
		return
	}
	if v.Field("taking_notes") != true || v.Field("note_moving") == true {
		return
	}
	if len(c.purse) == 0 {
		if c.leaves {
			w.leave("walks away with notes inside")
			return
		}
		c.paid = true
		if w.env(v, "finish-cash") {
			w.touch(v, "finish-cash", nil)
		} else if w.env(v, "cancel") {
			w.touch(v, "cancel", nil)
		}
		return
	}
	outcome := "genuine"
	if w.rng.IntN(25) == 0 {
		outcome = "unreadable"
	}
	value := c.purse[0]
	w.eyes.watchCassette(w)
	if err := w.notes.Insert(w.now, value, outcome); err != nil {
		return
	}
	if w.begun() {
		w.office.fail("a note of %s goes in while the cassette is exchanged", money.Amount(value))
	}
	w.eyes.pushes(c.typed, money.Amount(value), w.unasked["unasked"] || w.unasked["careless"])
	w.strikeNote()
	w.stats.Notes++
	w.logf("puts in %s (%s)", money.Amount(value), outcome)
	c.purse = c.purse[1:]
}

// hurry is a person who wants to be done while the last note is on its way.
func (w *box) hurry(c *customer, v page.View) {
	for _, name := range []string{"finish-cash", "cancel"} {
		if w.env(v, name) {
			c.paid = true
			w.touch(v, name, nil)

			return
		}
	}
}

func (w *box) env(v page.View, action string) bool {
	for _, a := range v.Actions {
		if a.Name == action {
			return a.Enabled
		}
	}
	return false
}

// chooseTender pays by code or card if the customer has a telephone, or a card, and the
// screen offers it.
func (w *box) chooseTender(c *customer, v page.View) {
	kind := "cash"
	for _, a := range v.Actions {
		switch {
		case a.Name != "tender" || !a.Enabled:
		case a.Args["kind"] == "qr" && c.phone != nil, a.Args["kind"] == "bankcard" && c.plastic != nil:
			kind = a.Args["kind"]
		}
	}
	if kind == "cash" {
		c.phone, c.plastic = nil, nil
	}
	w.touch(v, "tender", map[string]string{"kind": kind})
}

func (w *box) touch(v page.View, name string, args map[string]string) {
	times := 1
	if w.rng.IntN(8) == 0 {
		times = 2 // presses twice
	}
	for range times {
		if w.core == nil {
			return
		}
		w.logf("touches %s on %s", name, v.Screen)
		effects, err := w.core.Touch(w.time(), page.Intent{Rev: v.Rev, Name: name, Args: args})
		w.effects(effects)
		if err != nil {
			w.logf("refused: %v", err)
		} else if c := w.customer; c != nil && (v.Screen == page.EnterAccount || v.Screen == page.ConfirmAccount) {
			c.asked = name == "account" || c.asked && name != "back" && name != "cancel"
		}
	}
}

func (w *box) leave(why string) {
	w.logf("the customer %s", why)
	w.customer = nil
	w.crew.hears(true)
	most := 10 * time.Minute
	if w.plan.Hurry {
		most = time.Minute
	}
	if w.plan.Early {
		most = 45 * time.Minute
	}
	w.todo.at(w.now.Add(between(w.rng, 5*time.Second, most)), w.arrive)
}

// familyNames are different for each account, as only the first character of a name
// leaves head office.
var familyNames = strings.Split("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章", "")

// accounts fills the MIS with customers of every kind.
func accounts(w *World, m *missim.Server) {
	for n := range 40 {
		a := missim.Account{Number: accountNumber(n), Name: familyNames[n] + "用户" + strconv.Itoa(n), Address: "示范路" + strconv.Itoa(n) + "号", Class: 3}
		if n%4 != 0 {
			a.Bills = []missim.Bill{{ID: "B" + strconv.Itoa(n), Month: "202610", Fee: money.Amount(1000 + 370*n), Penalty: money.Amount(n % 3 * 50)}}
		}
		a.NoPartial = n%13 == 5
		a.NoAdvance = n%17 == 6
		must(m.AddAccount(a))
	}
}

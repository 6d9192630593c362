package kiosktest

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/hal/bill"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
)

// witness is what people saw, kept apart from all code under test: whose note went
// in, what the screen told whom.
type witness struct {
	inSlot  pushed                  // the note that went into the slot last
	counted int                     // notes of the cassette that are attributed
	stacked map[string]money.Amount // by the account that the person typed
	told    map[string]string       // serial: the result that a screen showed last
	unasked money.Amount            // the note that was stacked without an order, until it is reported
	lone    int                     // which of the papers that is
	blurred money.Amount            // of such notes, those of which no report told the value
	started bool                    // program or validator started, and neither a note nor rest was seen since
	turned  int                     // people who changed their mind about the account
	takes   []string                // serials whose slip a screen said to be there
	papers  papers
	removed time.Time // since when the validator says that no cassette is in its place; zero for not, or not to this program
}

// pushed is a note and the account that its owner typed.
type pushed struct {
	account string
	value   money.Amount
	unasked bool // the validator may have stacked it without an order
}

// pushes remembers whose note is in the slot.
func (e *witness) pushes(account string, value money.Amount, unasked bool) {
	e.blurs()
	e.inSlot = pushed{account: account, value: value, unasked: unasked}
	e.papers.pushed(value)
}

// watchCassette attributes what came into the cassette to who pushed it in: the path
// holds one note at a time.
func (e *witness) watchCassette(w *box) {
	e.papers.watch(w)
	inside := w.notes.Cassette()
	for _, v := range inside[e.counted:] {
		if e.inSlot.value != money.Amount(v) {
			w.office.fail("a note of %s is in the cassette, the last one pushed in was of %s", money.Amount(v), e.inSlot.value)
		}
		if e.stacked == nil {
			e.stacked = map[string]money.Amount{}
		}
		e.stacked[e.inSlot.account] += money.Amount(v)
		e.papers.last(inCassette)
		if e.inSlot.unasked {
			e.blurs()
			e.unasked, e.lone = money.Amount(v), len(e.papers.all)-1
		}
		if w.core == nil {
			e.blurs() // see die
		}
	}
	e.counted = len(inside)
}

// hears takes a report of the validator: of a note that was stacked without an order, it
// may not know the value, or where it is. told says that a record tells of a note since.
func (e *witness) hears(r bill.Event, told bool, at time.Time) {
	switch r.Kind {
	case bill.CassetteRemoved:
		e.removed = later(e.removed, at)
	case bill.Disabled, bill.Idling, bill.Accepting, bill.Escrowed, bill.Stacked, bill.CassetteFull, bill.Silent, bill.Failed:
		e.removed = time.Time{}
	}
	switch r.Kind {
	case bill.Starting, bill.PoweredUp, bill.PoweredUpInStacker, bill.PoweredUpInValidator:
		e.started = true
	case bill.Accepting, bill.Escrowed, bill.Disabled, bill.Idling:
		e.started = false
	}

	switch {
	case r.Kind != bill.Stacked && r.Kind != bill.PoweredUpInStacker && r.Kind != bill.Lost:
	case r.Value == 0 && !told:
		e.blurs()
	default:
		e.unasked = 0
	}
}

// looksForCassette: that the cassette is out of its place stands in the journal soon.
func (e *witness) looksForCassette(w *box) {
	if w.core == nil || w.full || e.removed.IsZero() || w.now.Sub(later(e.removed, w.freed)) < time.Minute {
		return
	}
	if !w.core.Status().Cash.Away {
		w.office.fail("the validator says since %s that no cassette is in its place, and no record says so", e.removed)
	}
}

// unknown are the notes without an order whose value no report told.
func (e *witness) unknown() money.Amount { return e.blurred + e.unasked }

// blurs: nobody will learn of the note that was stacked without an order.
func (e *witness) blurs() {
	if e.unasked > 0 {
		e.papers.all[e.lone].unheard = true
	}
	e.blurred, e.unasked = e.blurred+e.unasked, 0
}

// reads checks what a screen says to the person in front of it.
func (e *witness) reads(w *box, c *customer, v page.View) {
	text := func(field string) string { s, _ := v.Field(field).(string); return s }
	fen := func(field string) (money.Amount, bool) { n, ok := v.Field(field).(float64); return money.Amount(n), ok }

	switch v.Screen {
	case page.ConfirmAccount, page.ChooseTender, page.ChooseAmount, page.InsertCash, page.ShowCode, page.InsertCard, page.ChooseCard, page.EnterPIN, page.TakeCard:
		want := c.typed
		if c.shopper != nil { // it is read off a card, and shown masked
			want = "**" + want[len(want)-4:]
		}
		strays := text("comes") == "meter-card" // of the visit before, perhaps in the customer's hand already: of no account
		if v.Screen == page.TakeCard && w.plan.Fate == RolledBack {
			return // by the disk that was put back somebody else's card is in the reader
		}
		if got := text("account"); got != want && got != c.typed && (c.shopper == nil && !strays || got != "") {
			w.office.fail("the person typed %s, screen %s shows %s", c.typed, v.Screen, got)
		}
		if v.Field("verified") == true {
			e.readsName(w, c, v, text("name"))
		}
	}

	if v.Screen == page.InsertCash {
		if c.shopper == nil { // else what is missing is of the amount that was chosen
			e.readsSums(w, v, fen)
		}
		e.readsOffers(w, c, v, fen)
	}
}

// sees remembers the result that the screen shows, whoever is there to read it.
func (e *witness) sees(w *box, v page.View) {
	if v.Screen == page.Idle && v.Lang != receipt.Chinese {
		w.office.fail("the idle screen is in %s, as the customer before wanted it", v.Lang)
	}
	if v.Screen != page.Done && v.Screen != page.Failed {
		return
	}
	if e.told == nil {
		e.told = map[string]string{}
	}
	serial, _ := v.Field("serial").(string)
	e.told[serial], _ = v.Field("result").(string)
	if v.Field("slip") == string(paybill.SlipPrinted) {
		e.takes = append(e.takes, serial)
	}
}

// readsName: the name on the screen begins as that of the account that was typed.
func (e *witness) readsName(w *box, c *customer, v page.View, name string) {
	right, ok := w.office.nameOf(c.typed)
	if !ok || name == "" {
		w.office.fail("screen %s shows %q as the verified name of %s", v.Screen, name, c.typed)
		return
	}
	if []rune(name)[0] != []rune(right)[0] {
		w.office.fail("screen %s shows the name %s, %s is %s", v.Screen, name, c.typed, right)
	}
}

// readsOffers: who has notes inside is not told that they can go without them, and no sum
// is offered to be paid that the account does not allow.
func (e *witness) readsOffers(w *box, c *customer, v page.View, fen func(string) (money.Amount, bool)) {
	total, _ := fen("total")
	arrears, known := fen("arrears")
	if total > 0 && w.env(v, "cancel") {
		w.office.fail("the cash page offers to cancel with %s inside", total)
	}
	if a, ok := w.office.mis.Account(c.typed); ok && a.NoPartial && known && v.Field("verified") == true && total < arrears && w.env(v, "finish-cash") {
		w.office.fail("the cash page offers to pay %s of %s to %s, which takes no part", total, arrears, c.typed)
	}
}

// readsSums: what is unknown has no number, and what is known adds up.
func (e *witness) readsSums(w *box, v page.View, fen func(string) (money.Amount, bool)) {
	arrears, knowsArrears := fen("arrears")
	short, knowsShort := fen("remaining")
	over, knowsOver := fen("surplus")
	total, _ := fen("total")
	if v.Field("verified") != true {
		if knowsArrears || knowsShort || knowsOver {
			w.office.fail("the cash page of an account that nobody looked up shows arrears %s, remaining %s, surplus %s", arrears, short, over)
		}

		return
	}

	if due := arrears - total; knowsShort && short != due || knowsOver && over != -due || !knowsShort && !knowsOver {
		w.office.fail("the cash page shows arrears %s, inside %s, remaining %s, surplus %s", arrears, total, short, over)
	}
}

package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
)

// step is a moment as the page shows it.
type step struct {
	moment
	Day   string // set where a new day begins
	Clock string
	Fine  string // milliseconds
}

// paymentData is all about one payment.
type paymentData struct {
	books.Detail
	State              string
	Means              string // key of what the state means for whoever reads it
	Steps              []step
	Stacked            money.Amount
	Reason             string
	Settled            string // how, by whom and when it was settled without being booked
	Behind             string // what the kiosk has not heard of the result, in words; empty for nothing
	Knows              bool   // the kiosk has told that the money went back
	ByBank             bool   // the bank books it with the MIS itself
	ToArrears          money.Amount
	ToAdvance          money.Amount
	Code, Text, Ref    string
	Cases              []caseRow
	Retry, Reverse     bool
	Two                bool // a retry takes two people too
	Operator, NoRecord bool
	Plans              waiting // about this payment, the newest first
	Cash               bool    // paid in notes, as far as is known
	Sold               *soldData
	Rewrite            bool   // it takes no money
	Buys               bool   // power, onto a meter card
	Word               string // key of the words for State
	Waits              string // how long it has waited to be posted or sold; empty if it does not
	OfSale             string // serial of the sale that this books with the MIS; empty for a payment
	GiveBack           bool   // it was not by notes: undoing its posting is the first step of giving it back
	Nothing            bool   // it came to nothing: no money stayed
	Asked              money.Amount
	At                 string // path of the order or operations by which it was paid; empty for cash
}

func (s *booksPages) transactionPage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	d, err := s.cfg.Store.Detail(r.Context(), r.PathValue("serial"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	data := s.payment(r.Context(), l, d)
	if data.Settled, err = s.settled(r.Context(), l, d); err != nil {
		s.failPage(w, r, err)
		return
	}
	if data.Plans, err = s.plansOf(r.Context(), l, d.Transaction.Serial); err != nil {
		s.failPage(w, r, err)
		return
	}
	data.Operator = may(person(r.Context()), actOf(approval.Reverse)) && s.cfg.Kick != nil
	s.show(w, r, http.StatusOK, "payment", page{Title: l.t("txn.title") + " " + d.Transaction.Serial, Nav: "txns"}, data)
}

func (s *booksPages) payment(ctx context.Context, l lang, d books.Detail) paymentData {
	d.Transaction = masked(d.Transaction)
	p := paymentData{Detail: d, State: detailState(d), NoRecord: len(d.Events) == 0, Sold: l.soldIn(d)}
	p.Means = cmp.Or(meaning(d, p.State), p.State)
	if o := d.Posting; o != nil {
		p.OfSale = o.OfSale()
	}
	if p.OfSale != "" {
		p.Means = "booking"
	}
	if o := d.Posting; o != nil && p.State == books.StatusDisputed {
		p.Means += situationOf(books.ClassDisputed, o.Reason)
	}
	if d.Transaction.Doubt > 0 && d.Transaction.Total == 0 {
		p.Means = "doubt"
	}
	switch serial := pathEscape(d.Transaction.Serial); d.Transaction.Tender {
	case books.TenderQR:
		p.At = "/qr-orders/" + serial
	case books.TenderBankCard:
		p.At = "/bank-cards?serial=" + serial
	case "": // a re-write takes no money
	default:
		p.Cash = p.OfSale == ""
	}
	p.GiveBack = p.At != ""
	p.Nothing, p.Asked = cameToNothing(d.Transaction)
	for _, n := range d.Notes {
		if n.State == books.NoteStacked {
			p.Stacked += n.Value
		}
	}
	for _, c := range d.Cases {
		row := s.caseRow(ctx, l, c, purposeOf(d.Transaction, d.Posting) == payments.Purchase).notTheirs(ctx, l, d)
		row.Back = "/transactions/" + c.Serial
		if p.GiveBack && c.Class == books.ClassOwed {
			row.GiveBack, row.By = p.At, d.Transaction.Tender
		}
		p.Cases = append(p.Cases, row)
	}
	t := d.Transaction
	p.ByBank = t.Folded != nil && t.Folded.ByBank
	p.ToArrears, p.ToAdvance, p.Code, p.Text, p.Ref = t.ToArrears, t.ToAdvance, t.Code, t.Text, t.Reference
	if o := d.Posting; o != nil {
		p.ToArrears, p.ToAdvance, p.Code, p.Text, p.Ref = o.ToArrears, o.ToAdvance, o.Code, o.Text, o.Reference
		p.Reason = l.reason(o.Reason)
		p.Behind = l.unheard(t, o.State)
		m := books.MatterOf(d.Cases)
		p.Two = o.State.Final()
		p.Retry = posting.Allowed(o.Posting, m, posting.Retry) == nil
		p.Reverse = posting.Allowed(o.Posting, m, posting.Reverse) == nil && (d.Delivery == nil || d.Delivery.MayReverse())
	}
	purpose := purposeOf(t, d.Posting)
	p.Rewrite, p.Buys = purpose == payments.Rewrite, purpose == payments.Purchase
	p.Knows = p.State == stateRefunded && (t.Status == books.StatusUndone || voidedBy(t))
	p.Word = stateKey(purpose, p.State, d.Posting)
	if o := d.Posting; o != nil && !o.State.Final() {
		if age := s.now().Sub(o.OrderedAt); age >= usualWait {
			p.Waits = l.t("wait.age", l.lasted(age))
		}
	}
	p.Steps = steps(story(l, d), s.cfg.Store.Zone())
	return p
}

// cameToNothing reports whether a payment ended without money, and what was to be paid by
// card or code; 0 where that is not known, and for notes, which nobody asks for beforehand.
func cameToNothing(t books.Transaction) (nothing bool, asked money.Amount) {
	ended := t.Status == books.StatusCancelled || t.Status == books.StatusUndone
	if !ended || t.Total != 0 || t.Doubt != 0 {
		return false, 0
	}
	if f := t.Folded; f != nil {
		asked = cmp.Or(f.Card.Amount, f.QR.Amount)
	}

	return true, asked
}

// voidedBy reports whether the kiosk of a payment by bank card had its sale voided.
func voidedBy(t books.Transaction) bool {
	return t.Folded != nil && t.Folded.Card.Void() == bankcard.Voided
}

// unheard is what a kiosk has not heard of how a posting ended: all of it, or what head office
// did after the kiosk was told, which it is not told again. Who voided the sale knows.
func (l lang) unheard(t books.Transaction, end posting.State) string {
	switch {
	case !end.Final(), heard(t.Status, end), end == posting.Owed && voidedBy(t):
		return ""
	case t.Status == books.StatusPosted, t.Status == books.StatusWriting, t.Status == books.StatusUnwritten, t.Status == books.StatusUndone:
		return l.t("txn.before", l.of("state", t.Status))
	}

	return l.t("txn.behind")
}

// heard reports whether a kiosk whose records say status has heard how its posting ended:
// what it did since follows from that.
func heard(status string, end posting.State) bool {
	switch status {
	case books.StatusWriting, books.StatusUnwritten:
		return end == posting.Posted
	case books.StatusUndoing, books.StatusUndone: // it gives back what is not booked
		return end == posting.Owed
	}

	return status == posting.Word(end)
}

// settled is how a payment was settled that was owed or disputed, by whom and when. It is
// empty for one that is booked, or still to be settled; but of one whose card has its money
// it says so, since its posting may have been reversed only after that.
func (s *booksPages) settled(ctx context.Context, l lang, d books.Detail) (string, error) {
	state := stateOf(d.Transaction, d.Posting, d.Cases)
	_, c := books.SettlementOf(d.Cases, d.Posting != nil)
	at := stamp(c.ClosedAt, s.cfg.Store.Zone())
	switch {
	case state == stateSettled:
		return l.t("txn.settled", c.ClosedBy, at, c.Resolution), nil
	case state == books.StatusOwed && d.Transaction.Tender == books.TenderBankCard:
		ops, err := s.cfg.Store.Bank.Exchanges(ctx, bank.Filter{Serial: d.Transaction.Serial})
		back := func(x bank.Exchange) bool {
			return x.Op == posp.Reversal && x.State == bank.Approved && x.Code == posp.OK
		}
		held := func(x bank.Exchange) bool { return x.Op == posp.Sale && (x.State == bank.Approved || x.State.Open()) }
		if err != nil || !slices.ContainsFunc(ops, back) || slices.ContainsFunc(ops, held) {
			return "", err
		}
		return l.t("txn.reversed"), nil
	case state != stateRefunded:
		return "", nil
	case c.Resolution == books.TakenBack:
		return l.t("txn.taken", at), nil
	case c.Resolution == books.ReturnedByBank, c.Resolution == books.VoidedByBank:
		return l.t("txn.refunded", at), nil
	}

	o, err := s.cfg.Store.QR.Detail(ctx, d.Transaction.Serial)
	if err != nil {
		return "", err
	}
	said := []string{l.t("txn.back", at)}
	for _, h := range o.History {
		switch h.Event {
		case "refund asked":
			said = append(said, l.t("txn.asked", h.By))
		case "refund ordered":
			by, approver := books.WhoOrdered(l.actor(h, d.Transaction.Kiosk))
			if approver != "" {
				said = append(said, l.t("txn.asked", by))
				by = approver
			}
			said = append(said, l.t("txn.approved", by))
		}
	}
	return strings.Join(said, " · "), nil
}

func steps(moments []moment, zone *time.Location) []step {
	out := make([]step, len(moments))
	for i, m := range moments {
		t := time.UnixMilli(m.At).In(zone)
		out[i] = step{moment: m, Clock: t.Format("15:04:05"), Fine: t.Format(".000")}
		if i == 0 || !sameDay(t, time.UnixMilli(moments[i-1].At), zone) {
			out[i].Day = t.Format(time.DateOnly)
		}
	}
	return out
}

func (s *booksPages) postingForm(w http.ResponseWriter, r *http.Request) {
	act, serial := r.PathValue("act"), r.PathValue("serial")
	if act != actRetry && act != actReverse {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	if !s.form(w, r) {
		return
	}
	plan, err := s.order(r.Context(), act, serial, r.PostForm.Get("reason"))
	if err != nil || plan.ID != "" {
		s.toPlan(w, r, plan, err)
		return
	}
	http.Redirect(w, r, withNote("/transactions/"+pathEscape(serial), act), http.StatusSeeOther)
}

func pathEscape(s string) string { return url.PathEscape(s) }

// withNote is path with the note that the page shows once.
func withNote(path, note string) string {
	u, err := url.Parse(path)
	if err != nil {
		return "/"
	}
	q := u.Query()
	q.Set("note", note)
	u.RawQuery = q.Encode()
	return u.String()
}

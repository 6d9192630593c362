package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// ClosedByOffice stands for the person in a case that the books closed themselves. Its
// resolution is one of a few sentences.
const ClosedByOffice = "office"

const postedAfterAll = "posted after all"

// Orderers are the two people who order something, and the reason of the first one. The
// history names both.
type Orderers struct{ By, Approver, Reason string }

// Names are both, as the history has them. No name has a space in it.
func (o Orderers) Names() string { return o.By + andBy + o.Approver }

const andBy = ", "

// WhoOrdered are the two people of a history's line; approver is empty where there is one.
func WhoOrdered(names string) (by, approver string) {
	by, approver, _ = strings.Cut(names, andBy)

	return by, approver
}

// ActPlan is what an act on a posting starts from.
type ActPlan struct {
	Act     posting.Action `json:"act"`
	Serial  string         `json:"serial"`
	Kiosk   string         `json:"kiosk"`
	Account string         `json:"account"`
	Tender  string         `json:"tender"`
	Amount  money.Amount   `json:"amount"`
	State   string         `json:"state"`
	Version int64          `json:"version"`
}

// PlanAct says what an act on a posting would start from, and writes nothing.
// posting.ErrAction says that it is not possible as posting and case stand.
func PlanAct(ctx context.Context, tx Tx, serial string, a posting.Action) (ActPlan, error) {
	p, m, err := actable(ctx, tx, serial, a)
	if err != nil {
		return ActPlan{}, err
	}
	if err := posting.Allowed(p.Posting, m, a); err != nil {
		return ActPlan{}, err
	}
	if a == posting.Reverse && p.System() == mis.CardSystem {
		if _, err := withdrawable(ctx, tx, p); err != nil && !errors.Is(err, stored.ErrNotFound) {
			return ActPlan{}, err
		}
		if err := allReported(ctx, tx); err != nil {
			return ActPlan{}, err
		}
	}

	return ActPlan{a, p.Serial, p.Kiosk, p.Account, p.Tender, p.Amount, posting.Word(p.State), p.Version}, nil
}

// ActIn stores what follows from an act of two people on a posting, in the same
// database transaction in which its case is read. posting.ErrAction says that it
// is not possible as posting and case stand, stored.ErrStale that the machine was faster.
func ActIn(ctx context.Context, tx Tx, serial string, a posting.Action, who Orderers, now time.Time) (Posting, error) {
	p, m, err := actable(ctx, tx, serial, a)
	if err != nil {
		return p, err
	}
	if p.Posting, err = posting.Apply(p.Posting, m, a, now); err != nil {
		return p, err
	}
	if a == posting.Reverse {
		if err := withdraw(ctx, tx, p, now); err != nil {
			return p, err
		}
	}

	return p, keepAct(ctx, tx, &p, a, who.Names(), who.Reason, now)
}

// Hasten has an open posting tried at once: sooner, and nothing else, so that one person
// may order it. It is audited. ErrTwoPeople says that it is at its end, and that a retry
// would move money; posting.ErrAction that it is not possible.
func (s *Keeper) Hasten(ctx context.Context, serial, user, reason string, now time.Time) (Posting, error) {
	var p Posting
	err := s.b.Update(ctx, func(tx Tx) error {
		var m posting.Matter
		var err error
		if p, m, err = actable(ctx, tx, serial, posting.Retry); err != nil {
			return err
		}
		if p.State.Final() {
			return ErrTwoPeople
		}
		if p.Posting, err = posting.Apply(p.Posting, m, posting.Retry, now); err != nil {
			return err
		}
		if err := keepAct(ctx, tx, &p, posting.Retry, user, reason, now); err != nil {
			return err
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: user, Action: "hasten posting", Object: serial, Reason: stored.Text(reason)})
	})

	return p, err
}

// actable is a posting that people may act on, and how its case stands.
func actable(ctx context.Context, tx Tx, serial string, a posting.Action) (Posting, posting.Matter, error) {
	matters, err := mattersOf(ctx, tx, serial)
	if err != nil {
		return Posting{}, 0, err
	}
	p, err := onePosting(ctx, tx, serial)
	if err != nil {
		return p, 0, err
	}

	return p, matterOf(matters), errors.Join(stillPaid(ctx, tx, p, a), stillSold(ctx, tx, p, a))
}

func keepAct(ctx context.Context, tx Tx, p *Posting, a posting.Action, by, reason string, now time.Time) error {
	p.Version++
	p.UpdatedAt = stored.Millis(now)
	if err := tx.UpdatePosting(ctx, *p); err != nil {
		return fmt.Errorf("cannot store posting %s: %w", p.Serial, err)
	}
	h := line(*p, string(a)+orderedBy, by, now)
	h.Text = stored.Text(reason)

	return tx.PutHistory(ctx, []History{h})
}

// orderedBy ends the event of an act of people in a history.
const orderedBy = " ordered"

// asOrdered is why a posting was reversed, if people ordered it: who, and their reason.
func asOrdered(ctx context.Context, tx Tx, serial string) (string, error) {
	h, found, err := lastReversal(ctx, tx, serial)
	if err != nil || !found {
		return "", err
	}
	why := "reversed, as " + h.By + " ordered"
	if h.Text != "" {
		why += ": " + h.Text
	}

	return why, nil
}

// lastReversal is the line of the last reversal of a posting that people ordered.
func lastReversal(ctx context.Context, tx Tx, serial string) (History, bool, error) {
	steps, err := tx.History(ctx, serial)
	if err != nil {
		return History{}, false, fmt.Errorf("cannot read history of %s: %w", serial, err)
	}
	h, is := reversalIn(steps)

	return h, is, nil
}

// reversalIn is the last step in which people had a posting reversed.
func reversalIn(steps []History) (History, bool) {
	for _, h := range slices.Backward(steps) {
		if h.Event == string(posting.Reverse)+orderedBy {
			return h, true
		}
	}

	return History{}, false
}

// ReversedBy is who had the payment reversed last, and so may not settle it (ErrOwnReversal);
// empty for nobody.
func (d Detail) ReversedBy() string {
	h, _ := reversalIn(d.History)
	first, _, _ := strings.Cut(h.By, andBy)

	return first
}

// stillPaid refuses to post what an acquirer, or the bank, has given back.
func stillPaid(ctx context.Context, tx Tx, p Posting, a posting.Action) error {
	if !byOthers(p.Tender) || a != posting.Retry || p.ofSale() {
		return nil
	}
	o := Order{Serial: p.Serial, Kiosk: p.Kiosk, Account: p.Account, Tender: p.Tender, Amount: p.Amount}
	paid, err := receipts(ctx, tx, []Order{o})
	if err == nil && !paid.has(o) {
		err = fmt.Errorf("%w: the payment was given back, or is not there", posting.ErrAction)
	}
	return err
}

// mattersOf are the cases that say that a payment is owed or disputed, oldest
// first. In an update each of them is locked before it is believed, so that
// nobody closes it meanwhile.
func mattersOf(ctx context.Context, tx Tx, serial string) ([]Case, error) {
	cases, err := tx.CasesOf(ctx, serial)
	if err != nil {
		return nil, fmt.Errorf("cannot read cases of %.32q: %w", serial, err)
	}

	cases = slices.DeleteFunc(cases, func(c Case) bool { return !c.settles() })
	for i := range cases {
		if cases[i], err = tx.Case(ctx, cases[i].ID); err != nil {
			return nil, fmt.Errorf("cannot read case %s: %w", cases[i].ID, err)
		}
	}
	return cases, nil
}

// settles reports whether closing the case settles the payment itself.
func (c Case) settles() bool {
	return c.Class == ClassOwed || c.Class == ClassDisputed || c.Class == ClassUnbookedSale
}

// OfPayment reports whether closing the case says what became of the money of a payment: that
// of one without a posting is its unbooked case.
func (c Case) OfPayment() bool { return c.settles() || c.Class == ClassUnbooked }

func matterOf(cases []Case) posting.Matter {
	m := posting.NoCase
	for _, c := range cases {
		if c.Open {
			return posting.CaseOpen
		}
		m = posting.CaseClosed
	}
	return m
}

// MatterOf is how the case of a payment stands, among all its cases.
func MatterOf(cases []Case) posting.Matter {
	return matterOf(slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return !c.settles() }))
}

// What the books say of a case that they closed because the money went back.
const (
	GivenBack = "given back by the acquirer"
	TakenBack = "taken back by the bank"

	ReturnedByBank = "given back by the bank, as two people wrote down"
	VoidedByBank   = "voided by the bank, as two people ordered"

	NotVoided = "the bank did not void it" // it is as before

	// RefundGiven begins the word of two people that the bank gave back what it was asked to.
	RefundGiven = "refund given"
)

// PublicWentBack reports whether the bank gave a payment back that it had booked itself
// (公共支付), by a void or as two people asked, and took its booking back with that.
func (t Transaction) PublicWentBack(cases []Case) bool {
	if t.Folded == nil || !t.Folded.ByBank {
		return false
	}
	if asked, back := bookingsBack(cases); asked { // it knows of a void that was taken back, too
		return back
	}

	return t.Folded.Card.Void() == bankcard.Voided || slices.ContainsFunc(cases, func(c Case) bool {
		return c.Class == ClassRefundAsked && !c.Open && (c.Resolution == VoidedByBank || strings.HasPrefix(c.Resolution, RefundGiven+": "))
	})
}

// Settlement is how money that was not booked came to its end.
type Settlement int

// The settlements.
const (
	Unsettled Settlement = iota // a person has to see to it, or there was nothing to settle
	WentBack                    // to the customer, the way it came
	ByPerson                    // who says in the case what was done
)

// SettlementOf is how a payment of status owed or disputed was settled, among all its
// cases, and the case that says so. So is one that has no posting, by its unbooked case, and
// one that the bank had booked itself and gave back. What people said in an unbooked case
// holds where the order came after it, and was refused.
func SettlementOf(cases []Case, posted bool) (Settlement, Case) {
	var last, back Case
	for _, c := range cases {
		if c.givenBack() {
			back = c
		}
		unbooked := c.Class == ClassUnbooked && (!posted || c.closedByPeople())
		if !c.settles() && !unbooked {
			continue
		}
		if c.Open {
			return Unsettled, Case{}
		}
		if c.ClosedAt >= last.ClosedAt {
			last = c
		}
	}

	switch {
	case last.ID == "" && back.ID != "" && !posted:
		return WentBack, back
	case last.ID == "":
		return Unsettled, Case{}
	case last.ClosedBy != ClosedByOffice:
		return ByPerson, last
	case last.Resolution == GivenBack || last.Resolution == TakenBack || last.Resolution == ReturnedByBank || last.Resolution == VoidedByBank:
		return WentBack, last
	}
	return Unsettled, Case{}
}

// settle makes the cases of a posting that has come to its end say the same as
// the posting: one open case if it is owed or disputed, and none if it is posted, or owed and
// people said before what became of the money.
func settle(ctx context.Context, tx Tx, p Posting, now time.Time) error {
	cases, err := mattersOf(ctx, tx, p.Serial)
	if err != nil {
		return err
	}

	class, text := matter(p)
	standing := false
	for _, c := range cases {
		switch {
		case !c.Open:
			continue
		case c.Class == class && !standing:
			standing = true
			c.Text, c.UpdatedAt = text, stored.Millis(now)
			err = tx.PutCase(ctx, c)
		case class == "":
			_, err = closeCase(ctx, tx, c, ClosedByOffice, postedAfterAll, now)
		default:
			_, err = closeCase(ctx, tx, c, ClosedByOffice, "ended: "+posting.Word(p.State), now)
		}
		if err != nil {
			return fmt.Errorf("cannot store case %s: %w", c.ID, err)
		}
	}
	if standing || class == "" {
		return nil
	}

	if class == ClassOwed { // what people decided already is not owed a second time
		before, is, err := decided(ctx, tx, p.Serial)
		if err != nil {
			return err
		}
		if is {
			return KeepEvidence(ctx, tx, before, text, now)
		}
	}

	// A posting that was tried again by a person is a matter of its own.
	ref := p.Serial
	if p.Version > 1 {
		ref = fmt.Sprintf("%s-%d", p.Serial, p.Version)
	}
	return tx.AddCases(ctx, []Case{newCase(p.Kiosk, stored.Millis(now), class, ref, p.Serial, p.Amount, text)})
}

// matter is class and text of the case that a posting at its end needs, empty for none.
func matter(p Posting) (class, text string) {
	switch {
	case p.State != posting.Owed && p.State != posting.Disputed:
		return "", ""
	case p.ofSale():
		class = ClassUnbookedSale
	case p.State == posting.Owed:
		class = ClassOwed
	default:
		class = ClassDisputed
	}

	text = p.Reason
	if p.Code != "" {
		text += fmt.Sprintf(" (%s %s)", p.Code, p.Text)
	}
	return class, text
}

func (c Case) closed(by, resolution string, now time.Time) Case {
	c.Open, c.ClosedAt, c.UpdatedAt = false, stored.Millis(now), stored.Millis(now)
	c.ClosedBy, c.Resolution = by, resolution
	return c
}

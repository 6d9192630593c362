package bank

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Steps of the history of a sale that two people have given back.
const (
	refundAsked   = "refund asked"
	refundGiven   = books.RefundGiven
	refundRefused = "refund refused"
)

// RefundPlan is the sale that two people ask the bank to give back.
type RefundPlan struct {
	ID        string       `json:"id"`
	Kiosk     string       `json:"kiosk"`
	Serial    string       `json:"serial"`
	Terminal  string       `json:"terminal"`
	Merchant  string       `json:"merchant"`
	Batch     uint32       `json:"batch"`
	Trace     uint32       `json:"trace"`
	Amount    money.Amount `json:"amount"`
	Card      string       `json:"card"` // masked
	Reference string       `json:"reference"`
	AuthCode  string       `json:"auth_code"`
	Version   int64        `json:"version"`
}

// PlanRefund says which sale the bank would be asked to give back (退货申请), all of it, and
// writes nothing. ErrAct says that it is not possible: the bank does not have it, it is
// booked, or people settled it another way. books.ErrReversible says that its kiosk takes it
// back itself, or still can.
func PlanRefund(ctx context.Context, tx Tx, id string) (RefundPlan, error) {
	x, err := refundable(ctx, tx, id)
	if err != nil {
		return RefundPlan{}, err
	}

	return planOf(x), nil
}

func planOf(x Exchange) RefundPlan {
	return RefundPlan{x.ID, x.Kiosk, x.Serial, x.Terminal, x.Merchant, x.Batch, x.Trace, x.Amount, x.Masked, x.Reference, x.AuthCode, x.Version}
}

// RefundIn writes down that two people ask the bank to give a sale back. Head office has no
// card number, so that the request goes to the bank by people; number names it there. From
// then on the sale counts as going back: nothing is posted or paid out for it, and a case
// stands open until two people say what the bank answered.
func RefundIn(ctx context.Context, tx Tx, id, number string, who books.Orderers, now time.Time) (Exchange, error) {
	x, err := refundable(ctx, tx, id)
	if err != nil {
		return x, err
	}
	before := x
	x.State, x.WatchAt = Returning, 0
	if err := vouched(ctx, tx, before, &x, refundAsked, who.Names(), who.Reason, now); err != nil {
		return x, err
	}
	text := fmt.Sprintf("asked of the bank: give back %s yuan, terminal %s, batch %06d, trace %06d, reference %s; request %s",
		x.Amount, x.Terminal, x.Batch, x.Trace, or(x.Reference), number)
	c := books.NewCase(x.Kiosk, now, books.ClassRefundAsked, x.ID+"-"+number, x.Serial, x.Amount, text)
	if err := tx.AddCases(ctx, []books.Case{c}); err != nil {
		return x, fmt.Errorf("cannot store cases of %s: %w", x.ID, err)
	}

	return x, nil
}

// refundable is a sale that the bank may be asked to give back. From the locks on its row and
// on its cases on nothing is posted or paid out for it.
func refundable(ctx context.Context, tx Tx, id string) (Exchange, error) {
	x, err := approvedSale(ctx, tx, id)
	if err != nil {
		return x, err
	}
	if err := posted(ctx, tx, x.Serial); err != nil {
		return x, err
	}
	if err := unsettledByPeople(ctx, tx, x.Serial); err != nil {
		return x, err
	}

	return x, notByKiosk(ctx, tx, x)
}

// approvedSale is the sale with that row, which has to stand.
func approvedSale(ctx context.Context, tx Tx, id string) (Exchange, error) {
	x, err := tx.Exchange(ctx, id)
	switch {
	case err != nil:
		return x, fmt.Errorf("operation %.64q: %w", id, err)
	case x.Op != posp.Sale:
		return x, fmt.Errorf("%w: it is no sale", ErrGiveBack)
	case x.State != Approved:
		return x, fmt.Errorf("%w: the sale is %s", ErrGiveBack, x.State)
	}

	return x, nil
}

// unsettledByPeople refuses what people have settled another way.
func unsettledByPeople(ctx context.Context, tx Tx, serial string) error {
	settled, err := settledByPerson(ctx, tx, serial)
	if err == nil && settled {
		err = fmt.Errorf("%w: people have settled it another way", ErrGiveBack)
	}

	return err
}

// ErrGiveBack is why the bank is not asked to give a sale back.
var ErrGiveBack = fmt.Errorf("%w: the bank cannot be asked to give it back", posting.ErrAction)

// ErrPart is the refusal to give back a part of a sale.
var ErrPart = fmt.Errorf("%w: a sale goes back whole, as its payment was credited", ErrGiveBack)

// posted refuses what is posted, or may be: that is taken back first. What the bank has booked
// itself it takes back with the sale.
func posted(ctx context.Context, tx Tx, serial string) error {
	ps, err := tx.Postings(ctx, []string{serial})
	if err != nil {
		return fmt.Errorf("cannot read posting %s: %w", serial, err)
	}
	for _, p := range ps {
		if p.State != posting.Owed {
			return fmt.Errorf("%w: its posting is %s", ErrGiveBack, posting.Word(p.State))
		}
	}

	return nil
}

// notByKiosk refuses what the kiosk takes back itself, or has: the customer would have it
// twice. It cannot once its batch is closed, the bank refused that, or its journal is lost.
func notByKiosk(ctx context.Context, tx Tx, x Exchange) error {
	rows, err := tx.Transactions(ctx, []string{x.Serial})
	if err != nil {
		return fmt.Errorf("cannot read transaction %s: %w", x.Serial, err)
	}
	if len(rows) > 0 && rows[0].Folded != nil {
		switch rows[0].Folded.Card.State {
		case bankcard.Kept:
			return nil
		case bankcard.Reversed:
			return fmt.Errorf("%w: by the kiosk's records the bank took it back", ErrGiveBack)
		}
		if rows[0].Folded.Card.Void() == bankcard.Voided {
			return fmt.Errorf("%w: by the kiosk's records the bank voided it", ErrGiveBack)
		}
	}
	lost, err := books.LostJournal(ctx, tx, x.Kiosk, x.Serial)
	if err != nil || lost {
		return err
	}
	can, err := tx.Reversible(ctx, x.Serial)
	if err == nil && can {
		err = books.ErrReversible
	}

	return err
}

// The bank's answers to a request, as people write them down.
const (
	AnswerGiven   = "given"   // the bank gave it back
	AnswerRefused = "refused" // it does not
)

// ErrAnswer says that what people write down is no answer of the bank.
var ErrAnswer = errors.New("the bank's answer: given, with the bank's number of it (4 to 32 letters and digits), or refused")

// parseAnswer reads "given NUMBER" or "refused".
func parseAnswer(s string) (given bool, number string, err error) {
	said, number, _ := strings.Cut(s, " ")
	switch {
	case said == AnswerGiven && len(number) >= 4 && len(number) <= 32 && plain(number):
		return true, number, nil
	case s == AnswerRefused:
		return false, "", nil
	}

	return false, "", ErrAnswer
}

// AnswerPlan is what the bank answered to a request.
type AnswerPlan struct {
	ID      string       `json:"id"`
	Kiosk   string       `json:"kiosk"`
	Serial  string       `json:"serial"`
	Amount  money.Amount `json:"amount"`
	Case    string       `json:"case"`
	Answer  string       `json:"answer"`
	Number  string       `json:"number,omitempty"` // the bank's own, of what it gave back
	Version int64        `json:"version"`
}

// PlanAnswer says which request would be ended with the bank's answer, "given NUMBER" or
// "refused", and writes nothing. ErrAnswer says that it is none, ErrGiveBack that nothing is
// asked of the bank.
func PlanAnswer(ctx context.Context, tx Tx, id, answer string) (AnswerPlan, error) {
	given, number, err := parseAnswer(answer)
	if err != nil {
		return AnswerPlan{}, err
	}
	x, c, err := askedOf(ctx, tx, id)
	if err != nil {
		return AnswerPlan{}, err
	}
	said := AnswerRefused
	if given {
		said = AnswerGiven
	}

	return AnswerPlan{x.ID, x.Kiosk, x.Serial, x.Amount, c.ID, said, number, x.Version}, nil
}

// AnswerIn ends a request with the bank's answer. What the bank gave back is with the customer,
// and what stands open because it was owed is closed with that. What it refused it has as
// before, and is owed as before: it may be asked again, or the counter pays.
func AnswerIn(ctx context.Context, tx Tx, id, answer string, who books.Orderers, now time.Time) (Exchange, error) {
	given, number, err := parseAnswer(answer)
	if err != nil {
		return Exchange{}, err
	}
	x, c, err := askedOf(ctx, tx, id)
	if err != nil {
		return x, err
	}
	before := x
	event, next := refundRefused, Approved
	if given {
		event, next = refundGiven, Returned
		who.Reason = number + ": " + who.Reason
	}
	if x.State == Returning { // else its kiosk has taken it back meanwhile, which is a case
		x.State = next
	}
	if err := vouched(ctx, tx, before, &x, event, who.Names(), who.Reason, now); err != nil {
		return x, err
	}
	if err := books.EndCase(ctx, tx, c.ID, who.Names(), event+": "+who.Reason, now); err != nil || !given {
		return x, err
	}
	if err := x.bookingBack(ctx, tx, wasRefunded, now); err != nil {
		return x, err
	}

	return x, books.CloseCasesOf(ctx, tx, x.Serial, books.ReturnedByBank, now, books.ClassOwed, books.ClassUnbooked)
}

// askedOf is a sale that the bank is asked to give back, and the open case of that.
func askedOf(ctx context.Context, tx Tx, id string) (Exchange, books.Case, error) {
	x, err := tx.Exchange(ctx, id)
	if err != nil {
		return x, books.Case{}, fmt.Errorf("operation %.64q: %w", id, err)
	}
	c, found, err := books.RefundAsked(ctx, tx, x.Serial)
	switch {
	case err != nil:
		return x, c, err
	case !found || x.Op != posp.Sale || !strings.Contains(c.ID, x.ID):
		return x, c, fmt.Errorf("%w: nothing is asked of it", ErrGiveBack)
	}
	c, err = tx.Case(ctx, c.ID)
	if err == nil && !c.Open {
		err = fmt.Errorf("%w: it is answered", ErrGiveBack)
	}
	if err != nil {
		return x, c, err
	}
	t, err := tx.Terminal(ctx, x.Kiosk)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return x, c, nil
	case err == nil && t.Void.Sale == x.ID:
		err = fmt.Errorf("%w: its kiosk asks the bank", ErrGiveBack)
	}

	return x, c, err
}

// goingBack reports whether two people asked the bank to give a sale of a payment back, or
// the bank did so.
func goingBack(ctx context.Context, tx Tx, serial string) (bool, error) {
	others, err := tx.ExchangesOf(ctx, serial)
	if err != nil {
		return false, fmt.Errorf("cannot read the operations of %s: %w", serial, err)
	}
	for _, x := range others {
		if x.Op == posp.Sale && (x.State == Returning || x.State == Returned) {
			return true, nil
		}
	}

	return false, nil
}

// MayAsk reports whether people may ask the bank to give a sale back as it stands, but for
// what its kiosk can do.
func MayAsk(d Detail) bool {
	return d.Exchange.Op == posp.Sale && d.Exchange.State == Approved && (d.Posting == nil || d.Posting.State == posting.Owed)
}

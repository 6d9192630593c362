package cardsystem

import (
	"errors"
	"fmt"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// Errors of answers. Whoever gets one has no answer: the outcome is Unknown.
var (
	ErrMismatch = errors.New("answer to another request")
	ErrAnswer   = errors.New("answer that cannot be meant")
)

// Bounds of an answer.
const (
	MaxSales = 5000 // of one totals
	MaxTiers = 16   // of a ladder, and of the parts of a day
	maxText  = 200  // characters of a text, a name or an address; the rest is cut off
	maxWord  = 32   // bytes of a code, an account or the name of a part of the day
)

// Echo is what an answer repeats of its request, so that it is known to be its own.
type Echo struct {
	Serial   string // sell, ask, steps, report; of a reversal
	Original string // reverse
	Card     string // quote, steps: serial of the chip
	Round    int    // steps
	Date     string // totals
}

// EchoOf is what the answer to r repeats.
func EchoOf(r Request) Echo {
	switch r.Op {
	case OpQuote:
		return Echo{Card: r.Card.Serial}
	case OpSell:
		return Echo{Serial: r.Payment.Serial}
	case OpAsk:
		return Echo{Serial: r.Serial}
	case OpReverse:
		return Echo{Serial: r.Reversal.Serial, Original: r.Reversal.Original}
	case OpSteps:
		return Echo{Serial: r.Steps.Serial, Card: r.Steps.Card.Serial, Round: r.Steps.Round}
	case OpReport:
		return Echo{Serial: r.Report.Serial}
	case OpTotals:
		return Echo{Date: r.Date}
	}

	return Echo{}
}

// Code is the return code of an answer.
func (r Reply) Code() mis.Code {
	switch r.Op {
	case OpQuote:
		return r.Quote.Code
	case OpSell, OpAsk:
		return r.Post.Code
	case OpReverse:
		return r.Reverse.Code
	case OpSteps:
		return r.Steps.Code
	case OpReport:
		return r.Report.Code
	case OpTotals:
		return r.Totals.Code
	}

	return ""
}

// WithCode is an answer to op of a code and its text, and nothing else. What the code
// means is not filled in: see Conclude.
func WithCode(op Op, code mis.Code, text string) Reply {
	r := Reply{Op: op}
	switch op {
	case OpQuote:
		r.Quote = QuoteResult{Code: code, Text: text}
	case OpSell, OpAsk:
		r.Post = mis.PostResult{Code: code, Text: text}
	case OpReverse:
		r.Reverse = mis.ReverseResult{Code: code, Text: text}
	case OpSteps:
		r.Steps = StepsResult{Code: code, Text: text}
	case OpReport:
		r.Report = ReportResult{Code: code, Text: text}
	case OpTotals:
		r.Totals = TotalsResult{Code: code}
	}

	return r
}

// NotSent is the reply of a call of which no byte left: a sale is not done, and with retry
// may be tried again; it speaks for this call only. Everything else learned nothing.
func NotSent(op Op, retry bool) Reply {
	r := Reply{Op: op}
	if op == OpSell {
		r.Post = mis.PostResult{Outcome: mis.NotDone, Retry: retry}
	}

	return r
}

// Conclude makes the answer to q of what a road has read: it says what the code means,
// clears what a refusal has no business to carry, and checks the rest. With an error the
// answer is worth nothing, and the reply is the zero one with Op set.
func Conclude(codes Codes, q Request, r Reply) (Reply, error) {
	r.Op = q.Op
	if n := len(r.Code()); n > maxWord {
		return Reply{Op: q.Op}, fmt.Errorf("%w: %s: a code of %d bytes", ErrAnswer, q.Op, n)
	}
	v := codes.Classify(q.Op, r.Code())

	var err error
	switch q.Op {
	case OpQuote:
		err = r.Quote.conclude(v, q.Card)
	case OpSell, OpAsk:
		err = concludePost(&r.Post, v, q)
	case OpReverse:
		r.Reverse = mis.ReverseResult{Outcome: v.Outcome, Code: r.Reverse.Code, Text: clip(r.Reverse.Text), Wait: v.Wait}
	case OpSteps:
		err = r.Steps.conclude(v)
	case OpReport:
		r.Report = ReportResult{Outcome: v.Outcome, Code: r.Report.Code, Text: clip(r.Report.Text)}
	case OpTotals:
		err = r.Totals.conclude(v)
	}
	if err != nil {
		return Reply{Op: q.Op}, fmt.Errorf("%w: %s: %w", ErrAnswer, q.Op, err)
	}

	return r, nil
}

func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxText {
			return s[:i]
		}
	}

	return s
}

func (q *QuoteResult) conclude(v mis.Verdict, f metercard.Facts) error {
	q.Outcome, q.Reason = v.Outcome, v.Reason
	q.Text = clip(q.Text)
	q.Quote.Name, q.Quote.Address = clip(q.Quote.Name), clip(q.Quote.Address)
	if v.Outcome == mis.Unknown {
		q.Quote = Quote{}

		return nil
	}
	if q.Reason != mis.Unwritten {
		q.Quote.Unwritten = Unwritten{}
	}

	return q.Quote.check(q.Outcome == mis.Done, q.Reason, f)
}

// check finds what cannot be meant. What a refused card cannot buy need not make sense.
func (q *Quote) check(sellable bool, why mis.Reason, f metercard.Facts) error {
	for _, a := range []money.Amount{q.Arrears, q.Min, q.Max, q.Step, q.Fixed} {
		if a < 0 || a > money.Max {
			return fmt.Errorf("quote with %s", a)
		}
	}
	if len(q.Tariff) > MaxTiers || len(q.ByTime) > MaxTiers {
		return fmt.Errorf("%d tiers and %d parts of the day", len(q.Tariff), len(q.ByTime))
	}
	for _, t := range q.Tariff {
		if t.UpTo < 0 || t.Price < 0 || t.Price > money.Max {
			return fmt.Errorf("tier up to %d at %d", t.UpTo, t.Price)
		}
	}
	for _, t := range q.ByTime {
		if t.Price < 0 || t.Price > money.Max || len(t.Name) > maxWord {
			return fmt.Errorf("price %d of a part of the day", t.Price)
		}
	}
	if len(q.Account) > maxWord || len(q.Unwritten.Serial) > metercard.MaxSaleNumber {
		return fmt.Errorf("account of %d bytes, serial of %d", len(q.Account), len(q.Unwritten.Serial))
	}

	switch {
	case sellable && (q.Account == "" || q.Min > q.Max || q.Fixed > q.Max || q.Max == 0):
		return fmt.Errorf("account %d digits may buy %s to %s, fixed %s", len(q.Account), q.Min, q.Max, q.Fixed)
	case why == mis.Unwritten && q.Unwritten.Serial == "":
		return nil // it does not say which; a person looks it up
	case why == mis.Unwritten && (q.Unwritten.Sold.Card != f.Serial || q.Unwritten.Sold.Count != f.Count+1):
		return errors.New("an unwritten sale that is not for this card as it is")
	case why == mis.Unwritten:
		return checkSold(q.Unwritten.Sold)
	}

	return nil
}

func checkSold(s metercard.Sold) error {
	if s.Number == "" || len(s.Number) > metercard.MaxSaleNumber || s.Card == "" || len(s.Card) > maxWord || s.Count == 0 || s.Count > metercard.MaxCount || s.Amount <= 0 || s.Amount > money.Max || s.Energy < 0 {
		return fmt.Errorf("sold %s as purchase %d", s.Amount, s.Count)
	}

	return nil
}

// concludePost takes a sale as it was made if it can be meant at all. Another sum than
// was ordered is no mistake of the answer: who ordered compares.
func concludePost(p *mis.PostResult, v mis.Verdict, q Request) error {
	said := *p
	*p = mis.PostResult{
		Outcome: v.Outcome, Code: said.Code, Text: clip(said.Text), Retry: v.Retry, Wait: v.Wait, Reversed: v.Reversed, Reason: v.Reason,
	}
	if v.Outcome != mis.Done && !v.Reversed {
		return nil
	}

	p.Amount, p.Sold = said.Amount, said.Sold
	if err := checkSold(p.Sold); err != nil {
		return err
	}
	if p.Amount <= 0 || p.Amount > money.Max || p.Sold.Amount > p.Amount {
		return fmt.Errorf("%s booked, %s for the card", p.Amount, p.Sold.Amount)
	}
	p.ToAdvance, p.Reference = p.Amount, p.Sold.Number
	if q.Payment.Card.Serial != "" && (p.Sold.Card != q.Payment.Card.Serial || p.Sold.Count != q.Payment.Card.Count+1) {
		return fmt.Errorf("sold as purchase %d, for another card or count than was ordered", p.Sold.Count)
	}

	return nil
}

func (s *StepsResult) conclude(v mis.Verdict) error {
	s.Text = clip(s.Text)
	if v.Outcome != mis.Done {
		*s = StepsResult{Outcome: v.Outcome, Code: s.Code, Text: s.Text, Reason: v.Reason}

		return nil
	}

	s.Outcome = v.Outcome
	if len(s.Steps) == 0 && !s.Last || len(s.Steps) > script.MaxSteps {
		return fmt.Errorf("%d steps of one round", len(s.Steps))
	}
	for i := range s.Steps {
		if err := checkStep(&s.Steps[i]); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}

	return nil
}

// checkStep bounds a step; the terminal judges it before it carries it out.
func checkStep(s *script.Step) error {
	switch s.Op {
	case script.APDU, script.Read, script.Write, script.Verify:
	default:
		return fmt.Errorf("operation %.20q", s.Op)
	}
	if len(s.Data) > script.MaxBytes || s.Area < 0 || s.Area > 1 || s.Address < 0 || s.Address > 1<<16 || s.Length < 0 || s.Length > script.MaxBytes {
		return errors.New("out of bounds")
	}
	if len(s.Expect) > 4 || len(s.Save) > maxSave {
		return errors.New("expectation or name too long")
	}

	return nil
}

// maxSave bounds the name of an answer that is kept.
const maxSave = 24

func (t *TotalsResult) conclude(v mis.Verdict) error {
	t.Outcome = v.Outcome
	if v.Outcome != mis.Done {
		*t = TotalsResult{Outcome: v.Outcome, Code: t.Code}

		return nil
	}

	var (
		standing int
		sum      money.Amount // at most MaxSales n12: no overflow
	)
	for _, s := range t.Sales {
		if s.Serial == "" || s.Amount <= 0 || s.Amount > money.Max {
			return errors.New("a sale without serial or amount")
		}
		if !s.Reversed {
			standing++
			sum += s.Amount
		}
	}
	if len(t.Sales) > MaxSales || t.Count != standing || sum != t.Sum {
		return fmt.Errorf("%d sales listed, %d of them counted", len(t.Sales), t.Count)
	}

	return nil
}

package wire

import (
	"encoding/json"
	"fmt"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// Requests of purchases. The sale itself is a PostBody with its Card.
const (
	OpCardQuote Op = "card-quote" // CardQuoteBody -> CardQuote: what this card may buy
	OpCardSteps Op = "card-steps" // CardStepsBody -> CardSteps: what the card in the reader is written by
)

// CardQuoteBody asks for one meter card.
type CardQuoteBody struct {
	Card metercard.Facts `json:"card"`
}

// CardQuote is what a card may buy. Names and addresses are masked by head office.
type CardQuote struct {
	Card     string       `json:"card"` // serial of the chip, as asked
	Sellable bool         `json:"sellable"`
	Reason   mis.Reason   `json:"reason,omitempty"` // why it is not
	Code     string       `json:"code"`             // of the card-meter system, as information
	Text     string       `json:"text"`
	Account  string       `json:"account"`
	Name     string       `json:"name"`
	Address  string       `json:"address"`
	Arrears  money.Amount `json:"arrears"`
	Min      money.Amount `json:"min"`
	Max      money.Amount `json:"max"`
	Step     money.Amount `json:"step,omitempty"`  // multiples only; 0 for any amount
	Fixed    money.Amount `json:"fixed,omitempty"` // this amount only; 0 for any
	Tariff   []PriceTier  `json:"tariff,omitempty"`
	ByTime   []PriceTime  `json:"by_time,omitempty"`
	NotNow   []string     `json:"not_now,omitempty"` // tenders that cannot be had now
	At       int64        `json:"at,omitempty"`      // of the answer by head office's clock, Unix ms; 0 from one that does not say

	// Unwritten is a sale that did not reach this card: it is written first. Empty is none.
	Unwritten     string         `json:"unwritten,omitempty"` // serial of the transaction
	UnwrittenSold metercard.Sold `json:"unwritten_sold,omitzero"`
}

// Apart reports whether a clock that says now and head office's are so far apart that the
// terminal would carry out no script.
func (q CardQuote) Apart(now time.Time) bool {
	return q.At != 0 && now.Sub(time.UnixMilli(q.At)).Abs() >= script.MaxSkew
}

// PriceTier is one step of a ladder, in the order in which they are used up.
type PriceTier struct {
	UpTo  int64        `json:"up_to,omitempty"` // 0.01 kWh; 0 is without end
	Price money.Amount `json:"price"`           // fen for 100 kWh
}

// PriceTime is the price of a part of the day: sharp, peak, flat or valley.
type PriceTime struct {
	Name  string       `json:"name"`
	Price money.Amount `json:"price"` // fen for 100 kWh
}

// DecodeCardQuote reads the answer about the card with this serial. One about another
// card, or with amounts that cannot be meant, is ErrMessage. A reason that is not known
// here is not payable, without a finer one.
func DecodeCardQuote(body []byte, card string) (CardQuote, error) {
	var q CardQuote
	if err := json.Unmarshal(body, &q); err != nil {
		return CardQuote{}, fmt.Errorf("%w: card quote: %w", ErrMessage, err)
	}
	if q.Card == "" || q.Card != card {
		return CardQuote{}, fmt.Errorf("%w: quote of card %.32q, asked for %.32q", ErrMessage, q.Card, card)
	}
	for _, a := range []money.Amount{q.Arrears, q.Min, q.Max, q.Step, q.Fixed} {
		if a < 0 || a > money.Max {
			return CardQuote{}, fmt.Errorf("%w: card quote with %s", ErrMessage, a)
		}
	}
	if q.Sellable && (q.Reason != "" || q.Account == "" || q.Min > q.Max) || len(q.Tariff) > 16 || len(q.ByTime) > 16 {
		return CardQuote{}, fmt.Errorf("%w: card quote that contradicts itself", ErrMessage)
	}
	if len(q.Account) > maxNumber || len(q.Unwritten) > maxNumber || len(q.UnwrittenSold.Number) > metercard.MaxSaleNumber {
		return CardQuote{}, fmt.Errorf("%w: card quote with numbers of %d, %d and %d bytes", ErrMessage, len(q.Account), len(q.Unwritten), len(q.UnwrittenSold.Number))
	}
	if !q.Sellable && (q.Reason == "" || !q.Reason.Valid()) {
		q.Reason = mis.NotPayable
	}
	q.Code, q.Text = clip(q.Code, maxNumber), clip(q.Text, maxSaid)
	q.Name, q.Address = clip(q.Name, maxSaid), clip(q.Address, maxSaid)

	return q, nil
}

// CardStepsBody asks for the next round of steps of a card that is in the reader, or for
// the order under which the reader's own library writes it.
type CardStepsBody struct {
	Txn     string                  `json:"txn"`  // the transaction in front of the terminal
	Sale    string                  `json:"sale"` // the transaction that bought: the same, or the one that is written now (补写)
	Card    metercard.Facts         `json:"card"`
	Session string                  `json:"session"` // 32 hexadecimal digits, fresh for each stay of the card
	Round   int                     `json:"round"`   // from 0
	Saved   map[string]script.Bytes `json:"saved,omitempty"`
	Library bool                    `json:"library,omitempty"` // a library writes it: no rounds, one order
}

// CardSteps is the next round, or the order, signed by head office for this card,
// transaction and session; or why there is none.
type CardSteps struct {
	Script Signed     `json:"script,omitzero"`
	Order  Signed     `json:"order,omitzero"` // a library.Order, where a library was said to write
	Reason mis.Reason `json:"reason,omitempty"`
	Code   string     `json:"code,omitempty"`
	Text   string     `json:"text,omitempty"`
}

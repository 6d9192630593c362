// Package cardsystem is the card-meter system (卡表系统) as head office sees it: what a
// meter card may buy, the sale, the steps that write it onto the card, and the word on how
// that went. Its roads are below: socket, soap, odbc, tuxedo.
//
// Sell, Ask and Reverse move money and have three outcomes, as those of the MIS: they use
// its words. A sale is known by its serial: sold again with the same serial it is the same
// sale, with the same purchase count.
package cardsystem

import (
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// Op names an operation.
type Op string

// The operations.
const (
	OpQuote   Op = "quote"   // what may this card buy?
	OpSell    Op = "sell"    // sell, idempotent by serial
	OpAsk     Op = "ask"     // what became of a serial?
	OpReverse Op = "reverse" // take a sale back that is not on a card
	OpSteps   Op = "steps"   // the next round of steps for a card that is in front of a terminal
	OpReport  Op = "report"  // how the writing ended
	OpTotals  Op = "totals"  // the sales of one business date
)

// Request is one call. Which fields matter depends on Op.
type Request struct {
	Op       Op
	Card     metercard.Facts // quote
	Payment  mis.Payment     // sell: with its Card; ask: where it is known, and an answer about another card is none then
	Serial   string          // ask
	Reversal mis.Reversal    // reverse
	Steps    StepsOrder      // steps
	Report   Report          // report
	Date     string          // totals: YYYYMMDD
}

// Reply is the answer; one of its results is set by Op. A call that got no answer has the
// zero Reply with Op set: Unknown.
type Reply struct {
	Op      Op
	Quote   QuoteResult
	Post    mis.PostResult    // sell, ask: with its Sold
	Reverse mis.ReverseResult // reverse
	Steps   StepsResult       // steps
	Report  ReportResult      // report
	Totals  TotalsResult      // totals
}

// QuoteResult is the answer to a quote. Unknown may be asked again freely; NotDone is a
// card that can buy nothing now, with the Reason. A card with a sale that is not on it is
// NotDone for mis.Unwritten, with that sale in Quote.Unwritten.
type QuoteResult struct {
	Outcome mis.Outcome
	Code    mis.Code
	Text    string
	Reason  mis.Reason
	Quote   Quote // Done, and as far as known NotDone
}

// Quote is what a card may buy.
type Quote struct {
	Account string // 户号
	Name    string // as the system holds it; mask it before it leaves head office
	Address string
	Arrears money.Amount // that must be paid first; 0 for none
	Min     money.Amount
	Max     money.Amount // by the hoarding limit (囤积限额) and what is left in the meter
	Step    money.Amount // multiples only; 0 for any amount
	Fixed   money.Amount // this amount only (定量); 0 for any
	Tariff  []Tier       // in the order in which they are used up; empty where prices differ by time of day
	ByTime  []TimePrice  // time-of-use; empty where there is none
	// Unwritten is the last sale of this card that did not reach it: it is written first
	// (补写). The zero value is none.
	Unwritten Unwritten
}

// Tier is one step of a ladder (阶梯).
type Tier struct {
	UpTo  int64        // 0.01 kWh of the period; 0 is without end
	Price money.Amount // fen for 100 kWh
}

// TimePrice is the price of one part of the day.
type TimePrice struct {
	Name  string // 尖 peak-of-peaks, 峰 peak, 平 flat, 谷 valley: sharp, peak, flat, valley
	Price money.Amount
}

// Unwritten is a sale that is not on its card.
type Unwritten struct {
	Serial string // of the transaction that bought it
	Sold   metercard.Sold
}

// StepsOrder asks for the next round.
type StepsOrder struct {
	Serial string // of the sale
	Card   metercard.Facts
	Round  int                     // from 0
	Saved  map[string]script.Bytes // answers of the rounds before, by the names of their steps
}

// StepsResult is the next round. NotDone says that this card is not written, with the
// Reason; Unknown that no usable answer came: the card is powered off.
type StepsResult struct {
	Outcome mis.Outcome
	Code    mis.Code
	Text    string
	Reason  mis.Reason
	Steps   []script.Step
	Last    bool
}

// Report is how the writing of a sale ended. It may be said any number of times.
type Report struct {
	Serial  string
	Outcome metercard.Outcome
	Count   uint32 // as read back
}

// ReportResult is the answer to a Report. Whatever it is, nothing is known less.
type ReportResult struct {
	Outcome mis.Outcome
	Code    mis.Code
	Text    string
}

// TotalsResult is the sales of one business date.
type TotalsResult struct {
	Outcome mis.Outcome
	Code    mis.Code
	Count   int          // of the sales that are not reversed
	Sum     money.Amount // of the same
	Sales   []Sale       // all, the reversed ones too
}

// Sale is one line of the totals.
type Sale struct {
	Serial   string
	Account  string
	Amount   money.Amount
	Count    uint32
	Reversed bool
	Written  metercard.Outcome // empty where nobody has said yet
}

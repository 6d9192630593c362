package s2

import (
	"encoding/json"
	"errors"
	"fmt"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
)

// payMode is 010302: sale on a card.
const payMode = "010302"

// Words of the interface for ours; read-only.
var (
	cardTypes   = map[string]string{"blank": "00", "open-account": "01", "purchase": "02", "replacement": "03", "other": "FF"}
	settleModes = map[string]string{"cash": "01", "bankcard": "05", "qr": "21"}
	writeFlags  = map[string]string{"unwritten": "0", "written": "1", "unsure": "2"}
)

// wordFor is our word for the wire's.
func wordFor(table map[string]string, wire string) (string, error) {
	for word, w := range table {
		if w == wire {
			return word, nil
		}
	}

	return "", fmt.Errorf("%w: no such word as %.16q", ErrMalformed, wire)
}

// cardData is what a card says of itself.
type cardData struct {
	CardNo      string `json:"cardNo"`
	CardForm    string `json:"cardForm"`
	CardType    string `json:"cardType"`
	MeterNo     string `json:"meterNo"`
	CardConsNo  string `json:"cardConsNo"`
	BuyTimes    uint32 `json:"buyTimes"`
	PurseAmt    yuan   `json:"purseAmt"`
	LoadedTimes uint32 `json:"loadedTimes"`
	RemainAmt   yuan   `json:"remainAmt"`
}

func cardOf(f metercard.Facts) cardData {
	return cardData{
		CardNo: f.Serial, CardForm: string(f.Form), CardType: cardTypes[string(f.Kind)], MeterNo: f.Meter, CardConsNo: f.Customer,
		BuyTimes: f.Count, PurseAmt: yuan(f.Purse), LoadedTimes: f.Loaded, RemainAmt: yuan(f.Left),
	}
}

func (c cardData) facts() (metercard.Facts, error) {
	kind, err := wordFor(cardTypes, c.CardType)
	if err != nil {
		return metercard.Facts{}, err
	}

	f := metercard.Facts{
		Serial: c.CardNo, Form: metercard.Form(c.CardForm), Kind: metercard.Kind(kind), Meter: c.MeterNo, Customer: c.CardConsNo,
		Count: c.BuyTimes, Purse: c.PurseAmt.amount(), Loaded: c.LoadedTimes, Left: c.RemainAmt.amount(),
	}
	if err := f.Check(); err != nil {
		return metercard.Facts{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}

	return f, nil
}

type saleData struct {
	SerialNo   string   `json:"serialNo"`
	ConsNo     string   `json:"consNo"`
	Amt        yuan     `json:"amt"`
	AcctDate   string   `json:"acctDate"`
	PayTime    string   `json:"payTime"`
	SettleMode string   `json:"settleMode"`
	PayMode    string   `json:"payMode"`
	Terminal   string   `json:"terminal"`
	Card       cardData `json:"card"`
}

type serialData struct {
	SerialNo string `json:"serialNo"`
}

type reversalData struct {
	SerialNo    string `json:"serialNo"`
	OldSerialNo string `json:"oldSerialNo"`
	AcctDate    string `json:"acctDate"`
}

type stepsData struct {
	SerialNo string                  `json:"serialNo"`
	Card     cardData                `json:"card"`
	Round    int                     `json:"round"`
	Saved    map[string]script.Bytes `json:"saved,omitempty"`
}

type reportData struct {
	SerialNo      string `json:"serialNo"`
	WriteCardFlag string `json:"writeCardFlag"`
	BuyTimes      uint32 `json:"buyTimes"`
}

type dateData struct {
	AcctDate string `json:"acctDate"`
}

// requestBody is jsonData of a request.
func requestBody(r cardsystem.Request) (any, error) {
	switch r.Op {
	case cardsystem.OpQuote:
		return cardOf(r.Card), r.Card.Check()
	case cardsystem.OpSell:
		return saleOf(r.Payment)
	case cardsystem.OpAsk:
		return serialData{r.Serial}, needs(r.Serial)
	case cardsystem.OpReverse:
		return reversalData{r.Reversal.Serial, r.Reversal.Original, r.Reversal.BusinessDate}, needs(r.Reversal.Serial, r.Reversal.Original)
	case cardsystem.OpSteps:
		return stepsData{r.Steps.Serial, cardOf(r.Steps.Card), r.Steps.Round, r.Steps.Saved}, checkOrder(r.Steps)
	case cardsystem.OpReport:
		return reportData{r.Report.Serial, writeFlags[string(r.Report.Outcome)], r.Report.Count}, needs(r.Report.Serial, writeFlags[string(r.Report.Outcome)])
	}

	return dateData{r.Date}, needs(r.Date)
}

func saleOf(p mis.Payment) (saleData, error) {
	s := saleData{
		SerialNo: p.Serial, ConsNo: p.Account, Amt: yuan(p.Amount), AcctDate: p.BusinessDate, PayTime: p.Time,
		SettleMode: settleModes[p.Tender], PayMode: payMode, Terminal: p.Kiosk, Card: cardOf(p.Card),
	}
	if p.Amount <= 0 {
		return s, errors.New("sale of nothing")
	}

	return s, errors.Join(needs(p.Serial, p.Account, p.BusinessDate, s.SettleMode), p.Card.Check())
}

// maxKey bounds a serial, an account number or a date.
const maxKey = 32

// needs finds a key that is empty or too long.
func needs(keys ...string) error {
	for _, k := range keys {
		if k == "" || len(k) > maxKey {
			return fmt.Errorf("%w: a key of %d characters, want 1 to %d", ErrMalformed, len(k), maxKey)
		}
	}

	return nil
}

func checkOrder(o cardsystem.StepsOrder) error {
	if o.Round < 0 || o.Round >= script.MaxRounds || len(o.Saved) > script.MaxSaved {
		return fmt.Errorf("%w: round %d with %d answers", ErrMalformed, o.Round, len(o.Saved))
	}

	return errors.Join(needs(o.Serial), o.Card.Check())
}

// readRequest reads jsonData of a request to op.
func readRequest(op cardsystem.Op, data []byte) (cardsystem.Request, error) {
	r := cardsystem.Request{Op: op}
	var err error
	switch op {
	case cardsystem.OpQuote:
		r.Card, err = readCard(data)
	case cardsystem.OpSell:
		r.Payment, err = readSale(data)
	case cardsystem.OpAsk:
		r.Serial, err = readSerial(data)
	case cardsystem.OpReverse:
		r.Reversal, err = readReversal(data)
	case cardsystem.OpSteps:
		r.Steps, err = readSteps(data)
	case cardsystem.OpReport:
		r.Report, err = readReport(data)
	case cardsystem.OpTotals:
		r.Date, err = readDate(data)
	}
	if err != nil {
		return cardsystem.Request{}, err
	}

	return r, nil
}

func read[T any](data []byte) (T, error) {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("%w: jsonData is not what was agreed", ErrMalformed)
	}

	return v, nil
}

func readCard(data []byte) (metercard.Facts, error) {
	c, err := read[cardData](data)
	if err != nil {
		return metercard.Facts{}, err
	}

	return c.facts()
}

func readSale(data []byte) (mis.Payment, error) {
	s, err := read[saleData](data)
	if err != nil {
		return mis.Payment{}, err
	}
	f, err := s.Card.facts()
	if err != nil {
		return mis.Payment{}, err
	}
	tender, err := wordFor(settleModes, s.SettleMode)
	if err != nil {
		return mis.Payment{}, err
	}
	if s.Amt <= 0 || s.PayMode != payMode {
		return mis.Payment{}, fmt.Errorf("%w: no sale on a card", ErrMalformed)
	}

	return mis.Payment{
		Serial: s.SerialNo, Account: s.ConsNo, Amount: s.Amt.amount(), BusinessDate: s.AcctDate, Time: s.PayTime,
		Tender: tender, Kiosk: s.Terminal, Card: f,
	}, needs(s.SerialNo, s.ConsNo, s.AcctDate)
}

func readSerial(data []byte) (string, error) {
	s, err := read[serialData](data)

	return s.SerialNo, errors.Join(err, needs(s.SerialNo))
}

func readReversal(data []byte) (mis.Reversal, error) {
	r, err := read[reversalData](data)

	return mis.Reversal{Serial: r.SerialNo, Original: r.OldSerialNo, BusinessDate: r.AcctDate}, errors.Join(err, needs(r.SerialNo, r.OldSerialNo))
}

func readSteps(data []byte) (cardsystem.StepsOrder, error) {
	s, err := read[stepsData](data)
	if err != nil {
		return cardsystem.StepsOrder{}, err
	}
	f, err := s.Card.facts()
	if err != nil {
		return cardsystem.StepsOrder{}, err
	}
	o := cardsystem.StepsOrder{Serial: s.SerialNo, Card: f, Round: s.Round, Saved: s.Saved}

	return o, checkOrder(o)
}

func readReport(data []byte) (cardsystem.Report, error) {
	r, err := read[reportData](data)
	if err != nil {
		return cardsystem.Report{}, err
	}
	outcome, err := wordFor(writeFlags, r.WriteCardFlag)

	return cardsystem.Report{Serial: r.SerialNo, Outcome: metercard.Outcome(outcome), Count: r.BuyTimes}, errors.Join(err, needs(r.SerialNo))
}

func readDate(data []byte) (string, error) {
	d, err := read[dateData](data)

	return d.AcctDate, errors.Join(err, needs(d.AcctDate))
}

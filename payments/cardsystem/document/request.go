package document

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
)

// ErrMalformed is in every error about a document.
var ErrMalformed = errors.New("malformed card-meter document")

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
	CardNo      string `json:"cardNo" xml:"cardNo"`
	CardForm    string `json:"cardForm" xml:"cardForm"`
	CardType    string `json:"cardType" xml:"cardType"`
	MeterNo     string `json:"meterNo" xml:"meterNo"`
	CardConsNo  string `json:"cardConsNo" xml:"cardConsNo"`
	BuyTimes    uint32 `json:"buyTimes" xml:"buyTimes"`
	PurseAmt    yuan   `json:"purseAmt" xml:"purseAmt"`
	LoadedTimes uint32 `json:"loadedTimes" xml:"loadedTimes"`
	RemainAmt   yuan   `json:"remainAmt" xml:"remainAmt"`
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
	SerialNo   string   `json:"serialNo" xml:"serialNo"`
	ConsNo     string   `json:"consNo" xml:"consNo"`
	Amt        yuan     `json:"amt" xml:"amt"`
	AcctDate   string   `json:"acctDate" xml:"acctDate"`
	PayTime    string   `json:"payTime" xml:"payTime"`
	SettleMode string   `json:"settleMode" xml:"settleMode"`
	PayMode    string   `json:"payMode" xml:"payMode"`
	Terminal   string   `json:"terminal" xml:"terminal"`
	Card       cardData `json:"card" xml:"card"`
}

type serialData struct {
	SerialNo string `json:"serialNo" xml:"serialNo"`
}

type reversalData struct {
	SerialNo    string `json:"serialNo" xml:"serialNo"`
	OldSerialNo string `json:"oldSerialNo" xml:"oldSerialNo"`
	AcctDate    string `json:"acctDate" xml:"acctDate"`
}

type stepsData struct {
	SerialNo string      `json:"serialNo" xml:"serialNo"`
	Card     cardData    `json:"card" xml:"card"`
	Round    int         `json:"round" xml:"round"`
	Saved    []savedData `json:"saved,omitempty" xml:"saved,omitempty"`
}

// savedData is what a card answered to one step.
type savedData struct {
	Name string       `json:"name" xml:"name"`
	Data script.Bytes `json:"data" xml:"data"`
}

func savedOf(saved map[string]script.Bytes) (out []savedData) {
	for _, name := range slices.Sorted(maps.Keys(saved)) {
		out = append(out, savedData{name, saved[name]})
	}

	return out
}

// saved is the answers by name; one that comes twice is an error.
func (s stepsData) saved() (map[string]script.Bytes, error) {
	if len(s.Saved) == 0 {
		return nil, nil
	}

	out := map[string]script.Bytes{}
	for _, a := range s.Saved {
		if _, twice := out[a.Name]; twice {
			return nil, fmt.Errorf("%w: the answer %.24q twice", ErrMalformed, a.Name)
		}
		out[a.Name] = append(script.Bytes{}, a.Data...)
	}

	return out, nil
}

type reportData struct {
	SerialNo      string `json:"serialNo" xml:"serialNo"`
	WriteCardFlag string `json:"writeCardFlag" xml:"writeCardFlag"`
	BuyTimes      uint32 `json:"buyTimes" xml:"buyTimes"`
}

type dateData struct {
	AcctDate string `json:"acctDate" xml:"acctDate"`
}

// Decode reads a document into what v points at, as json.Unmarshal with its bytes.
type Decode func(v any) error

// Request is the document of a request. With an error it is not to be sent.
func Request(r cardsystem.Request) (any, error) {
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
		return stepsData{r.Steps.Serial, cardOf(r.Steps.Card), r.Steps.Round, savedOf(r.Steps.Saved)}, checkOrder(r.Steps)
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
	if o.Round < 0 || o.Round >= script.MaxRounds {
		return fmt.Errorf("%w: round %d", ErrMalformed, o.Round)
	}
	if err := script.CheckSaved(o.Saved); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}

	return errors.Join(needs(o.Serial), o.Card.Check())
}

// ReadRequest reads the document of a request to op, strictly.
func ReadRequest(op cardsystem.Op, data Decode) (cardsystem.Request, error) {
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

func read[T any](data Decode) (T, error) {
	var v T
	if data == nil {
		return v, fmt.Errorf("%w: nothing there", ErrMalformed)
	}
	if err := data(&v); err != nil {
		return v, fmt.Errorf("%w: not what was agreed", ErrMalformed)
	}

	return v, nil
}

func readCard(data Decode) (metercard.Facts, error) {
	c, err := read[cardData](data)
	if err != nil {
		return metercard.Facts{}, err
	}

	return c.facts()
}

func readSale(data Decode) (mis.Payment, error) {
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

func readSerial(data Decode) (string, error) {
	s, err := read[serialData](data)

	return s.SerialNo, errors.Join(err, needs(s.SerialNo))
}

func readReversal(data Decode) (mis.Reversal, error) {
	r, err := read[reversalData](data)

	return mis.Reversal{Serial: r.SerialNo, Original: r.OldSerialNo, BusinessDate: r.AcctDate}, errors.Join(err, needs(r.SerialNo, r.OldSerialNo))
}

func readSteps(data Decode) (cardsystem.StepsOrder, error) {
	s, err := read[stepsData](data)
	if err != nil {
		return cardsystem.StepsOrder{}, err
	}
	f, err := s.Card.facts()
	if err != nil {
		return cardsystem.StepsOrder{}, err
	}
	saved, err := s.saved()
	o := cardsystem.StepsOrder{Serial: s.SerialNo, Card: f, Round: s.Round, Saved: saved}

	return o, errors.Join(err, checkOrder(o))
}

func readReport(data Decode) (cardsystem.Report, error) {
	r, err := read[reportData](data)
	if err != nil {
		return cardsystem.Report{}, err
	}
	outcome, err := wordFor(writeFlags, r.WriteCardFlag)

	return cardsystem.Report{Serial: r.SerialNo, Outcome: metercard.Outcome(outcome), Count: r.BuyTimes}, errors.Join(err, needs(r.SerialNo))
}

func readDate(data Decode) (string, error) {
	d, err := read[dateData](data)

	return d.AcctDate, errors.Join(err, needs(d.AcctDate))
}

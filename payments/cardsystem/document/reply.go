package document

import (
	"errors"
	"fmt"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

type soldData struct {
	SerialNo string `json:"serialNo" xml:"serialNo"`
	SaleNo   string `json:"saleNo" xml:"saleNo"`
	CardNo   string `json:"cardNo" xml:"cardNo"`
	BuyTimes uint32 `json:"buyTimes" xml:"buyTimes"`
	PurseAmt yuan   `json:"purseAmt" xml:"purseAmt"`
	Energy   kwh    `json:"energy" xml:"energy"`
	RcvAmt   yuan   `json:"rcvAmt" xml:"rcvAmt"`
}

func (s soldData) sold() metercard.Sold {
	return metercard.Sold{Number: s.SaleNo, Card: s.CardNo, Count: s.BuyTimes, Amount: s.PurseAmt.amount(), Energy: int64(s.Energy)}
}

func soldOf(serial string, s metercard.Sold, received money.Amount) soldData {
	return soldData{
		SerialNo: serial, SaleNo: s.Number, CardNo: s.Card, BuyTimes: s.Count, PurseAmt: yuan(s.Amount), Energy: kwh(s.Energy), RcvAmt: yuan(received),
	}
}

type tierData struct {
	UpTo  kwh  `json:"upTo" xml:"upTo"`   // 0.00 is without end
	Price yuan `json:"price" xml:"price"` // of 100 kWh
}

type partData struct {
	Name  string `json:"name" xml:"name"`
	Price yuan   `json:"price" xml:"price"` // of 100 kWh
}

type quoteData struct {
	CardNo    string     `json:"cardNo" xml:"cardNo"`
	ConsNo    string     `json:"consNo" xml:"consNo"`
	ConsName  string     `json:"consName" xml:"consName"`
	ElecAddr  string     `json:"elecAddr" xml:"elecAddr"`
	OweAmt    yuan       `json:"oweAmt" xml:"oweAmt"`
	MinAmt    yuan       `json:"minAmt" xml:"minAmt"`
	MaxAmt    yuan       `json:"maxAmt" xml:"maxAmt"`
	StepAmt   yuan       `json:"stepAmt" xml:"stepAmt"`
	FixedAmt  yuan       `json:"fixedAmt" xml:"fixedAmt"`
	Ladder    []tierData `json:"ladder,omitempty" xml:"ladder,omitempty"`
	Parts     []partData `json:"parts,omitempty" xml:"parts,omitempty"`
	Unwritten *soldData  `json:"unwritten,omitempty" xml:"unwritten,omitempty"`
}

func quoteOf(card string, q cardsystem.Quote) quoteData {
	d := quoteData{
		CardNo: card, ConsNo: q.Account, ConsName: q.Name, ElecAddr: q.Address, OweAmt: yuan(q.Arrears),
		MinAmt: yuan(q.Min), MaxAmt: yuan(q.Max), StepAmt: yuan(q.Step), FixedAmt: yuan(q.Fixed),
	}
	for _, t := range q.Tariff {
		d.Ladder = append(d.Ladder, tierData{kwh(t.UpTo), yuan(t.Price)})
	}
	for _, p := range q.ByTime {
		d.Parts = append(d.Parts, partData{p.Name, yuan(p.Price)})
	}
	if q.Unwritten.Serial != "" {
		s := soldOf(q.Unwritten.Serial, q.Unwritten.Sold, q.Unwritten.Sold.Amount)
		d.Unwritten = &s
	}

	return d
}

func (d quoteData) quote() cardsystem.Quote {
	q := cardsystem.Quote{
		Account: d.ConsNo, Name: d.ConsName, Address: d.ElecAddr, Arrears: d.OweAmt.amount(),
		Min: d.MinAmt.amount(), Max: d.MaxAmt.amount(), Step: d.StepAmt.amount(), Fixed: d.FixedAmt.amount(),
	}
	for _, t := range d.Ladder {
		q.Tariff = append(q.Tariff, cardsystem.Tier{UpTo: int64(t.UpTo), Price: t.Price.amount()})
	}
	for _, p := range d.Parts {
		q.ByTime = append(q.ByTime, cardsystem.TimePrice{Name: p.Name, Price: p.Price.amount()})
	}
	if d.Unwritten != nil {
		q.Unwritten = cardsystem.Unwritten{Serial: d.Unwritten.SerialNo, Sold: d.Unwritten.sold()}
	}

	return q
}

type roundData struct {
	SerialNo string     `json:"serialNo" xml:"serialNo"`
	CardNo   string     `json:"cardNo" xml:"cardNo"`
	Round    int        `json:"round" xml:"round"`
	Steps    []stepData `json:"steps" xml:"steps"`
	Last     bool       `json:"last" xml:"last"`
}

type stepData struct {
	Op      script.Op    `json:"op" xml:"op"`
	Data    script.Bytes `json:"data,omitempty" xml:"data,omitempty"`
	Area    int          `json:"area" xml:"area"`
	Address int          `json:"address" xml:"address"`
	Length  int          `json:"length" xml:"length"`
	Expect  string       `json:"expect,omitempty" xml:"expect,omitempty"`
	Save    string       `json:"save,omitempty" xml:"save,omitempty"`
	Changes bool         `json:"changes" xml:"changes"`
	Purse   bool         `json:"purse" xml:"purse"`
}

func (d roundData) steps() (out []script.Step) {
	for _, s := range d.Steps {
		out = append(out, script.Step(s))
	}

	return out
}

func roundOf(e cardsystem.Echo, r cardsystem.StepsResult) roundData {
	d := roundData{SerialNo: e.Serial, CardNo: e.Card, Round: e.Round, Last: r.Last}
	for _, s := range r.Steps {
		d.Steps = append(d.Steps, stepData(s))
	}

	return d
}

type totalsData struct {
	AcctDate string     `json:"acctDate" xml:"acctDate"`
	Count    int        `json:"count" xml:"count"`
	Sum      yuan       `json:"sum" xml:"sum"`
	Sales    []lineData `json:"sales" xml:"sales"`
}

type lineData struct {
	SerialNo      string `json:"serialNo" xml:"serialNo"`
	ConsNo        string `json:"consNo" xml:"consNo"`
	Amt           yuan   `json:"amt" xml:"amt"`
	BuyTimes      uint32 `json:"buyTimes" xml:"buyTimes"`
	Reversed      bool   `json:"reversed" xml:"reversed"`
	WriteCardFlag string `json:"writeCardFlag" xml:"writeCardFlag"` // empty: nobody has said yet
}

// Reply is the text and the document of an answer with the echo e.
func Reply(e cardsystem.Echo, r cardsystem.Reply) (text string, data any) {
	switch r.Op {
	case cardsystem.OpQuote:
		return r.Quote.Text, quoteOf(e.Card, r.Quote.Quote)
	case cardsystem.OpSell, cardsystem.OpAsk:
		return r.Post.Text, soldOf(e.Serial, r.Post.Sold, r.Post.Amount)
	case cardsystem.OpReverse:
		return r.Reverse.Text, reversalData{SerialNo: e.Serial, OldSerialNo: e.Original}
	case cardsystem.OpSteps:
		return r.Steps.Text, roundOf(e, r.Steps)
	case cardsystem.OpReport:
		return r.Report.Text, serialData{e.Serial}
	}

	d := totalsData{AcctDate: e.Date, Count: r.Totals.Count, Sum: yuan(r.Totals.Sum)}
	for _, s := range r.Totals.Sales {
		d.Sales = append(d.Sales, lineData{s.Serial, s.Account, yuan(s.Amount), s.Count, s.Reversed, writeFlags[string(s.Written)]})
	}

	return "", d
}

// maxCode bounds a status.
const maxCode = 16

// ReadReply reads the answer to this very request: its status, its text, and its document;
// a nil data is none. With an error the reply is the zero one with Op set: Unknown.
func ReadReply(q cardsystem.Request, status mis.Code, text string, data Decode) (cardsystem.Reply, error) {
	nothing := cardsystem.Reply{Op: q.Op}
	if status == "" || len(status) > maxCode {
		return nothing, fmt.Errorf("%w: status of %d characters", ErrMalformed, len(status))
	}
	r, err := readReply(q, cardsystem.WithCode(q.Op, status, text), data)
	if err != nil {
		return nothing, err
	}

	return cardsystem.Conclude(Codes, q, r)
}

// readReply reads an answer as far as what its status means needs it. One that says that
// something is so has to repeat the request; a refusal may be without data.
//
// A nil data is an answer without a document.
func readReply(q cardsystem.Request, r cardsystem.Reply, data Decode) (cardsystem.Reply, error) {
	v := Codes.Classify(q.Op, r.Code())
	certain := v.Outcome == mis.Done || v.Reversed
	if data == nil && !certain {
		return r, nil
	}
	if data == nil {
		return r, fmt.Errorf("%w: %s: no document", cardsystem.ErrMismatch, q.Op)
	}

	e, err := readData(&r, q.Op, data)
	if err != nil && !certain && v.Outcome == mis.Unknown {
		return r, nil // it says nothing that is used
	}
	if err != nil {
		return r, err
	}
	if e != cardsystem.EchoOf(q) && (certain || e != cardsystem.Echo{}) {
		return r, fmt.Errorf("%w: %s", cardsystem.ErrMismatch, q.Op)
	}

	return r, nil
}

// readData reads the document into r, and returns what it repeats of the request.
func readData(r *cardsystem.Reply, op cardsystem.Op, data Decode) (e cardsystem.Echo, err error) {
	switch op {
	case cardsystem.OpQuote:
		d, err := read[quoteData](data)
		r.Quote.Quote = d.quote()

		return cardsystem.Echo{Card: d.CardNo}, err
	case cardsystem.OpSell, cardsystem.OpAsk:
		d, err := read[soldData](data)
		r.Post.Sold, r.Post.Amount = d.sold(), d.RcvAmt.amount()

		return cardsystem.Echo{Serial: d.SerialNo}, err
	case cardsystem.OpReverse:
		d, err := read[reversalData](data)

		return cardsystem.Echo{Serial: d.SerialNo, Original: d.OldSerialNo}, err
	case cardsystem.OpSteps:
		d, err := read[roundData](data)
		r.Steps.Steps, r.Steps.Last = d.steps(), d.Last

		return cardsystem.Echo{Serial: d.SerialNo, Card: d.CardNo, Round: d.Round}, err
	case cardsystem.OpReport:
		d, err := read[serialData](data)

		return cardsystem.Echo{Serial: d.SerialNo}, err
	}

	d, err := read[totalsData](data)
	var lines error
	r.Totals, lines = d.totals(r.Totals)

	return cardsystem.Echo{Date: d.AcctDate}, errors.Join(err, lines)
}

func (d totalsData) totals(t cardsystem.TotalsResult) (cardsystem.TotalsResult, error) {
	t.Count, t.Sum = d.Count, d.Sum.amount()
	for _, l := range d.Sales {
		written := ""
		if l.WriteCardFlag != "" {
			var err error
			if written, err = wordFor(writeFlags, l.WriteCardFlag); err != nil {
				return t, err
			}
		}
		t.Sales = append(t.Sales, cardsystem.Sale{
			Serial: l.SerialNo, Account: l.ConsNo, Amount: l.Amt.amount(), Count: l.BuyTimes, Reversed: l.Reversed, Written: metercard.Outcome(written),
		})
	}

	return t, nil
}

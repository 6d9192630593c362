package s2

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
	SerialNo string `json:"serialNo"`
	SaleNo   string `json:"saleNo"`
	CardNo   string `json:"cardNo"`
	BuyTimes uint32 `json:"buyTimes"`
	PurseAmt yuan   `json:"purseAmt"`
	Energy   kwh    `json:"energy"`
	RcvAmt   yuan   `json:"rcvAmt"`
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
	UpTo  kwh  `json:"upTo"`  // 0.00 is without end
	Price yuan `json:"price"` // of 100 kWh
}

type partData struct {
	Name  string `json:"name"`
	Price yuan   `json:"price"` // of 100 kWh
}

type quoteData struct {
	CardNo    string     `json:"cardNo"`
	ConsNo    string     `json:"consNo"`
	ConsName  string     `json:"consName"`
	ElecAddr  string     `json:"elecAddr"`
	OweAmt    yuan       `json:"oweAmt"`
	MinAmt    yuan       `json:"minAmt"`
	MaxAmt    yuan       `json:"maxAmt"`
	StepAmt   yuan       `json:"stepAmt"`
	FixedAmt  yuan       `json:"fixedAmt"`
	Ladder    []tierData `json:"ladder,omitempty"`
	Parts     []partData `json:"parts,omitempty"`
	Unwritten *soldData  `json:"unwritten,omitempty"`
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
	SerialNo string        `json:"serialNo"`
	CardNo   string        `json:"cardNo"`
	Round    int           `json:"round"`
	Steps    []script.Step `json:"steps"`
	Last     bool          `json:"last"`
}

type totalsData struct {
	AcctDate string     `json:"acctDate"`
	Count    int        `json:"count"`
	Sum      yuan       `json:"sum"`
	Sales    []lineData `json:"sales"`
}

type lineData struct {
	SerialNo      string `json:"serialNo"`
	ConsNo        string `json:"consNo"`
	Amt           yuan   `json:"amt"`
	BuyTimes      uint32 `json:"buyTimes"`
	Reversed      bool   `json:"reversed"`
	WriteCardFlag string `json:"writeCardFlag"` // empty: nobody has said yet
}

// replyBody is message and jsonData of an answer with the echo e.
func replyBody(e cardsystem.Echo, r cardsystem.Reply) (text string, data any) {
	switch r.Op {
	case cardsystem.OpQuote:
		return r.Quote.Text, quoteOf(e.Card, r.Quote.Quote)
	case cardsystem.OpSell, cardsystem.OpAsk:
		return r.Post.Text, soldOf(e.Serial, r.Post.Sold, r.Post.Amount)
	case cardsystem.OpReverse:
		return r.Reverse.Text, reversalData{SerialNo: e.Serial, OldSerialNo: e.Original}
	case cardsystem.OpSteps:
		return r.Steps.Text, roundData{SerialNo: e.Serial, CardNo: e.Card, Round: e.Round, Steps: r.Steps.Steps, Last: r.Steps.Last}
	case cardsystem.OpReport:
		return r.Report.Text, serialData{e.Serial}
	}

	d := totalsData{AcctDate: e.Date, Count: r.Totals.Count, Sum: yuan(r.Totals.Sum)}
	for _, s := range r.Totals.Sales {
		d.Sales = append(d.Sales, lineData{s.Serial, s.Account, yuan(s.Amount), s.Count, s.Reversed, writeFlags[string(s.Written)]})
	}

	return "", d
}

// readReply reads an answer as far as what its status means needs it. One that says that
// something is so has to repeat the request; a refusal may be without data.
func readReply(q cardsystem.Request, a answer, v mis.Verdict) (cardsystem.Reply, error) {
	r := cardsystem.WithCode(q.Op, a.Status, a.Message)
	certain := v.Outcome == mis.Done || v.Reversed
	if a.Data == "" && !certain {
		return r, nil
	}

	e, err := readData(&r, q.Op, []byte(a.Data))
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

// readData reads jsonData into r, and returns what it repeats of the request.
func readData(r *cardsystem.Reply, op cardsystem.Op, data []byte) (e cardsystem.Echo, err error) {
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
		r.Steps.Steps, r.Steps.Last = d.Steps, d.Last

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

package fixed

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/fixedfield"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
)

// cells is where values of a message are, by name.
type cells interface{ cell(name string) any }

// factCells ties names to the facts of a card.
type factCells struct {
	facts         metercard.Facts
	count, loaded int64
}

func factCellsOf(f metercard.Facts) factCells {
	return factCells{facts: f, count: int64(f.Count), loaded: int64(f.Loaded)}
}

func (c *factCells) cell(name string) any {
	switch name {
	case "cardno":
		return &c.facts.Serial
	case "form":
		return (*string)(&c.facts.Form)
	case "kind":
		return (*string)(&c.facts.Kind)
	case "meter":
		return &c.facts.Meter
	case "customer":
		return &c.facts.Customer
	case "count":
		return &c.count
	case "purse":
		return &c.facts.Purse
	case "loaded":
		return &c.loaded
	case "left":
		return &c.facts.Left
	}

	return nil
}

// read is the facts, checked.
func (c *factCells) read() (metercard.Facts, error) {
	if c.count > metercard.MaxCount || c.loaded > metercard.MaxCount {
		return metercard.Facts{}, fmt.Errorf("%w: count %d and %d", fixedfield.ErrMalformed, c.count, c.loaded)
	}
	f := c.facts
	f.Count, f.Loaded = uint32(c.count), uint32(c.loaded)
	if f.Form == "" { // a dialect may not say it
		f.Form = metercard.CPU
	}
	if err := f.Check(); err != nil {
		return metercard.Facts{}, fmt.Errorf("%w: %w", fixedfield.ErrMalformed, err)
	}

	return f, nil
}

// order ties field names to a request, for writing and reading alike.
type order struct {
	op    cardsystem.Op
	req   cardsystem.Request
	facts factCells
	count int64 // of a report
	saved int   // rows
}

// orderOf is a request that can be written.
func orderOf(r cardsystem.Request) (*order, error) {
	o := &order{op: r.Op, req: r, saved: len(r.Steps.Saved), count: int64(r.Report.Count)}
	switch r.Op {
	case cardsystem.OpQuote:
		o.facts = factCellsOf(r.Card)
	case cardsystem.OpSell:
		if r.Payment.Amount <= 0 {
			return nil, errors.New("sale of nothing")
		}
		o.facts = factCellsOf(r.Payment.Card)
	case cardsystem.OpSteps:
		if r.Steps.Round < 0 || r.Steps.Round >= script.MaxRounds {
			return nil, fmt.Errorf("round %d", r.Steps.Round)
		}
		if err := script.CheckSaved(r.Steps.Saved); err != nil {
			return nil, err
		}
		o.facts = factCellsOf(r.Steps.Card)
	case cardsystem.OpAsk, cardsystem.OpReverse, cardsystem.OpReport, cardsystem.OpTotals:
		return o, nil
	}

	return o, o.facts.facts.Check()
}

func (o *order) cell(name string) any {
	switch o.op {
	case cardsystem.OpQuote:
		return o.facts.cell(name)
	case cardsystem.OpSell:
		return o.saleCell(name)
	case cardsystem.OpAsk:
		if name == "serial" {
			return &o.req.Serial
		}
	case cardsystem.OpReverse:
		switch name {
		case "serial":
			return &o.req.Reversal.Serial
		case "original":
			return &o.req.Reversal.Original
		case "date":
			return &o.req.Reversal.BusinessDate
		}
	case cardsystem.OpSteps:
		switch name {
		case "serial":
			return &o.req.Steps.Serial
		case "round":
			return &o.req.Steps.Round
		case "saved":
			return &o.saved
		}

		return o.facts.cell(name)
	case cardsystem.OpReport:
		switch name {
		case "serial":
			return &o.req.Report.Serial
		case "outcome":
			return (*string)(&o.req.Report.Outcome)
		case "count":
			return &o.count
		}
	case cardsystem.OpTotals:
		if name == "date" {
			return &o.req.Date
		}
	}

	return nil
}

func (o *order) saleCell(name string) any {
	p := &o.req.Payment
	switch name {
	case "serial":
		return &p.Serial
	case "account":
		return &p.Account
	case "amount":
		return &p.Amount
	case "date":
		return &p.BusinessDate
	case "time":
		return &p.Time
	case "tender":
		return &p.Tender
	case "kiosk":
		return &p.Kiosk
	}

	return o.facts.cell(name)
}

// finish puts what was read where it belongs.
func (o *order) finish() (cardsystem.Request, error) {
	o.req.Op = o.op
	var err error
	switch o.op {
	case cardsystem.OpQuote:
		o.req.Card, err = o.facts.read()
	case cardsystem.OpSell:
		if o.req.Payment.Amount <= 0 {
			return cardsystem.Request{}, fmt.Errorf("%w: sale of nothing", fixedfield.ErrMalformed)
		}
		o.req.Payment.Card, err = o.facts.read()
	case cardsystem.OpSteps:
		if o.req.Steps.Round >= script.MaxRounds {
			return cardsystem.Request{}, fmt.Errorf("%w: round %d", fixedfield.ErrMalformed, o.req.Steps.Round)
		}
		o.req.Steps.Card, err = o.facts.read()
	case cardsystem.OpReport:
		if o.count > metercard.MaxCount {
			return cardsystem.Request{}, fmt.Errorf("%w: count %d", fixedfield.ErrMalformed, o.count)
		}
		o.req.Report.Count = uint32(o.count)
	case cardsystem.OpAsk, cardsystem.OpReverse, cardsystem.OpTotals:
	}
	if err != nil {
		return cardsystem.Request{}, err
	}

	return o.req, nil
}

// savedRow is one answer of a card.
type savedRow struct{ name, data string }

func (r *savedRow) cell(name string) any {
	switch name {
	case "name":
		return &r.name
	case "data":
		return &r.data
	}

	return nil
}

func (o *order) writeRows(w *fixedfield.Writer, group []fixedfield.Field) {
	for i, name := range slices.Sorted(maps.Keys(o.req.Steps.Saved)) {
		row := savedRow{name, hexOf(o.req.Steps.Saved[name])}
		w.Row = i + 1
		w.Fields(group, row.cell)
	}
}

func (o *order) readRows(c *fixedfield.Columns, group []fixedfield.Field) {
	if o.saved > script.MaxSaved {
		c.Fail("saved", fmt.Sprintf("%d rows, limit %d", o.saved, script.MaxSaved))
	}
	for i := 0; i < o.saved && c.Err() == nil; i++ {
		var row savedRow
		c.Row = i + 1
		c.Fields(group, row.cell)
		data, ok := bytesOf(row.data)
		if _, twice := o.req.Steps.Saved[row.name]; !ok || twice {
			c.Fail("data", "no digits of bytes, or a name twice")

			return
		}
		if o.req.Steps.Saved == nil {
			o.req.Steps.Saved = map[string]script.Bytes{}
		}
		o.req.Steps.Saved[row.name] = data
	}
	if c.Err() == nil && script.CheckSaved(o.req.Steps.Saved) != nil {
		c.Fail("name", "no name of an answer")
	}
}

func hexOf(b script.Bytes) string { return hex.EncodeToString(b) }

func bytesOf(digits string) (script.Bytes, bool) {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) > script.MaxBytes || hex.EncodeToString(b) != digits {
		return nil, false
	}
	if len(b) == 0 {
		return nil, true
	}

	return b, true
}

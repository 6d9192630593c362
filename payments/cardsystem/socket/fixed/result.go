package fixed

import (
	"fmt"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/fixedfield"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// Words for yes and no, and for what nobody has said.
const (
	yes     = "yes"
	no      = "no"
	nothing = "none"
)

func yesNo(b bool) string {
	if b {
		return yes
	}

	return no
}

// result ties field names to an answer, for writing and reading alike.
type result struct {
	op    cardsystem.Op
	echo  cardsystem.Echo
	code  mis.Code
	text  string
	lines int

	quote  cardsystem.Quote
	sold   soldCells
	booked money.Amount
	steps  []script.Step
	last   string
	totals cardsystem.TotalsResult
}

// soldCells ties names to a sale.
type soldCells struct {
	sold  metercard.Sold
	count int64
}

func (c *soldCells) cell(name string) any {
	switch name {
	case "number":
		return &c.sold.Number
	case "card":
		return &c.sold.Card
	case "count":
		return &c.count
	case "amount":
		return &c.sold.Amount
	case "energy":
		return &c.sold.Energy
	}

	return nil
}

func (c *soldCells) read() metercard.Sold {
	s := c.sold
	s.Count = uint32(min(c.count, metercard.MaxCount+1)) // what is beyond it is refused

	return s
}

func soldCellsOf(s metercard.Sold) soldCells { return soldCells{s, int64(s.Count)} }

// resultOf is an answer that can be written.
func resultOf(e cardsystem.Echo, r cardsystem.Reply) *result {
	out := &result{op: r.Op, echo: e, code: r.Code(), last: no}
	switch r.Op {
	case cardsystem.OpQuote:
		out.text, out.quote = r.Quote.Text, r.Quote.Quote
		out.sold = soldCellsOf(r.Quote.Quote.Unwritten.Sold)
		out.lines = len(out.quote.Tariff) + len(out.quote.ByTime)
	case cardsystem.OpSell, cardsystem.OpAsk:
		out.text, out.sold = r.Post.Text, soldCellsOf(r.Post.Sold)
		out.booked = r.Post.Amount
	case cardsystem.OpReverse:
		out.text = r.Reverse.Text
	case cardsystem.OpSteps:
		out.text, out.steps = r.Steps.Text, r.Steps.Steps
		out.last, out.lines = yesNo(r.Steps.Last), len(r.Steps.Steps)
	case cardsystem.OpReport:
		out.text = r.Report.Text
	case cardsystem.OpTotals:
		out.totals, out.lines = r.Totals, len(r.Totals.Sales)
	}

	return out
}

func (r *result) cell(name string) any {
	switch name {
	case "code":
		return (*string)(&r.code)
	case "text":
		return &r.text
	}

	switch r.op {
	case cardsystem.OpQuote:
		return r.quoteCell(name)
	case cardsystem.OpSell, cardsystem.OpAsk:
		switch name {
		case "serial":
			return &r.echo.Serial
		case "booked":
			return &r.booked
		}

		return r.sold.cell(name)
	case cardsystem.OpReverse:
		switch name {
		case "serial":
			return &r.echo.Serial
		case "original":
			return &r.echo.Original
		}
	case cardsystem.OpSteps:
		return r.stepsCell(name)
	case cardsystem.OpReport:
		if name == "serial" {
			return &r.echo.Serial
		}
	case cardsystem.OpTotals:
		switch name {
		case "date":
			return &r.echo.Date
		case "standing":
			return &r.totals.Count
		case "sum":
			return &r.totals.Sum
		case "lines":
			return &r.lines
		}
	}

	return nil
}

func (r *result) quoteCell(name string) any {
	q := &r.quote
	switch name {
	case "cardno":
		return &r.echo.Card
	case "account":
		return &q.Account
	case "name":
		return &q.Name
	case "address":
		return &q.Address
	case "arrears":
		return &q.Arrears
	case "min":
		return &q.Min
	case "max":
		return &q.Max
	case "step":
		return &q.Step
	case "fixed":
		return &q.Fixed
	case "waiting":
		return &q.Unwritten.Serial
	case "lines":
		return &r.lines
	}

	return r.sold.cell(name)
}

func (r *result) stepsCell(name string) any {
	switch name {
	case "serial":
		return &r.echo.Serial
	case "cardno":
		return &r.echo.Card
	case "round":
		return &r.echo.Round
	case "last":
		return &r.last
	case "lines":
		return &r.lines
	}

	return nil
}

// row is an empty row of the group of this operation's answer.
func (r *result) row() cells {
	switch r.op {
	case cardsystem.OpQuote:
		return new(priceRow)
	case cardsystem.OpSteps:
		return new(stepRow)
	}

	return new(saleRow)
}

// priceRow is a tier, or the price of a part of the day.
type priceRow struct {
	part  string // blank: a tier
	upTo  int64
	price money.Amount
}

func (r *priceRow) cell(name string) any {
	switch name {
	case "part":
		return &r.part
	case "upto":
		return &r.upTo
	case "price":
		return &r.price
	}

	return nil
}

// stepRow is one step of a round.
type stepRow struct {
	step           script.Step
	address        int64
	length         int64
	changes, purse string
	data           string
}

func stepRowOf(s script.Step) *stepRow {
	return &stepRow{s, int64(s.Address), int64(s.Length), yesNo(s.Changes), yesNo(s.Purse), hexOf(s.Data)}
}

func (r *stepRow) cell(name string) any {
	switch name {
	case "op":
		return (*string)(&r.step.Op)
	case "area":
		return &r.step.Area
	case "address":
		return &r.address
	case "length":
		return &r.length
	case "expect":
		return &r.step.Expect
	case "save":
		return &r.step.Save
	case "changes":
		return &r.changes
	case "purse":
		return &r.purse
	case "data":
		return &r.data
	}

	return nil
}

func (r *stepRow) read() (script.Step, bool) {
	data, ok := bytesOf(r.data)
	s := r.step
	s.Data = data
	s.Changes, s.Purse = r.changes == yes, r.purse == yes
	s.Address, s.Length = int(min(r.address, 1<<16+1)), int(min(r.length, script.MaxBytes+1)) // what is beyond them is refused

	return s, ok
}

// saleRow is one line of the totals.
type saleRow struct {
	sale              cardsystem.Sale
	count             int64
	reversed, outcome string
}

func saleRowOf(s cardsystem.Sale) *saleRow {
	r := &saleRow{s, int64(s.Count), yesNo(s.Reversed), string(s.Written)}
	if s.Written == "" {
		r.outcome = nothing
	}

	return r
}

func (r *saleRow) cell(name string) any {
	switch name {
	case "serial":
		return &r.sale.Serial
	case "account":
		return &r.sale.Account
	case "amount":
		return &r.sale.Amount
	case "count":
		return &r.count
	case "reversed":
		return &r.reversed
	case "outcome":
		return &r.outcome
	}

	return nil
}

func (r *saleRow) read() cardsystem.Sale {
	s := r.sale
	s.Count, s.Reversed = uint32(min(r.count, metercard.MaxCount+1)), r.reversed == yes
	if r.outcome != nothing {
		s.Written = metercard.Outcome(r.outcome)
	}

	return s
}

func (r *result) writeRows(w *fixedfield.Writer, group []fixedfield.Field) {
	var rows []cells
	for _, t := range r.quote.Tariff {
		rows = append(rows, &priceRow{upTo: t.UpTo, price: t.Price})
	}
	for _, p := range r.quote.ByTime {
		rows = append(rows, &priceRow{part: p.Name, price: p.Price})
	}
	for _, s := range r.steps {
		rows = append(rows, stepRowOf(s))
	}
	for _, s := range r.totals.Sales {
		rows = append(rows, saleRowOf(s))
	}

	for i, row := range rows {
		w.Row = i + 1
		w.Fields(group, row.cell)
	}
}

// most is how many rows an answer may have.
func (r *result) most() int {
	switch r.op {
	case cardsystem.OpQuote:
		return 2 * cardsystem.MaxTiers
	case cardsystem.OpSteps:
		return script.MaxSteps
	}

	return cardsystem.MaxSales
}

func (r *result) readRows(c *fixedfield.Columns, group []fixedfield.Field) {
	if r.lines > r.most() {
		c.Fail("lines", fmt.Sprintf("%d rows, limit %d", r.lines, r.most()))
	}
	for i := 0; i < r.lines && c.Err() == nil; i++ {
		row := r.row()
		c.Row = i + 1
		c.Fields(group, row.cell)
		if c.Err() == nil && !r.take(row) {
			c.Fail("data", "no digits of bytes")
		}
	}
}

// take keeps a row that was read.
func (r *result) take(row cells) bool {
	switch row := row.(type) {
	case *priceRow:
		if row.part == "" {
			r.quote.Tariff = append(r.quote.Tariff, cardsystem.Tier{UpTo: row.upTo, Price: row.price})
		} else {
			r.quote.ByTime = append(r.quote.ByTime, cardsystem.TimePrice{Name: row.part, Price: row.price})
		}
	case *stepRow:
		step, ok := row.read()
		r.steps = append(r.steps, step)

		return ok
	case *saleRow:
		r.totals.Sales = append(r.totals.Sales, row.read())
	}

	return true
}

// reply is what was read, with nothing concluded from it.
func (r *result) reply() cardsystem.Reply {
	out := cardsystem.WithCode(r.op, r.code, r.text)
	switch r.op {
	case cardsystem.OpQuote:
		out.Quote.Quote = r.quote
		out.Quote.Quote.Unwritten.Sold = r.sold.read()
	case cardsystem.OpSell, cardsystem.OpAsk:
		out.Post.Amount, out.Post.Sold = r.booked, r.sold.read()
	case cardsystem.OpSteps:
		out.Steps.Steps, out.Steps.Last = r.steps, r.last == yes
	case cardsystem.OpTotals:
		r.totals.Code = r.code
		out.Totals = r.totals
	case cardsystem.OpReverse, cardsystem.OpReport:
	}

	return out
}

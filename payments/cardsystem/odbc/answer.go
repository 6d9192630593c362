package odbc

import (
	"errors"
	"fmt"
	"strconv"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// errNoRow means that Read found nothing, where that is no answer.
var errNoRow = errors.New("no row")

// decode makes the reply to r of what came back; an error is Unknown.
func (c *Client) decode(r cardsystem.Request, a Answer) (cardsystem.Reply, error) {
	o := c.ops[r.Op]
	switch {
	case len(a.Read.Rows) == 0 && o.None == "":
		return cardsystem.Reply{}, errNoRow
	case len(a.Read.Rows) == 0:
		return cardsystem.Conclude(c.codes, r, cardsystem.WithCode(r.Op, mis.Code(o.None), ""))
	case len(a.Read.Rows) > 1:
		return cardsystem.Reply{}, fmt.Errorf("%w: %d rows", cardsystem.ErrAnswer, len(a.Read.Rows))
	}

	one := c.set.row(a.Read, 0)
	if err := echoed(r, one); err != nil {
		return cardsystem.Reply{}, err
	}
	reply := cardsystem.WithCode(r.Op, mis.Code(one.text("code")), one.text("text"))
	if reply.Code() == "" {
		return cardsystem.Reply{}, fmt.Errorf("%w: no code", cardsystem.ErrAnswer)
	}
	lists, err := c.lists(r.Op, a)
	if err != nil {
		return cardsystem.Reply{}, err
	}
	switch r.Op {
	case cardsystem.OpQuote:
		err = c.quote(&reply.Quote.Quote, r.Card, one, lists)
	case cardsystem.OpSell, cardsystem.OpAsk:
		reply.Post.Amount, reply.Post.Sold = one.amount("amount"), sold(one, "")
		reply.Post.Sold.Card = one.text("sold_card")
	case cardsystem.OpSteps:
		reply.Steps.Last = one.flag("last")
		reply.Steps.Steps, err = c.steps(lists["steps"])
	case cardsystem.OpTotals:
		reply.Totals.Count, reply.Totals.Sum = int(one.number("count", cardsystem.MaxSales)), one.amount("sum")
		reply.Totals.Sales, err = c.sales(lists["sales"])
	}
	if err = errors.Join(one.err, err); err != nil {
		return cardsystem.Reply{}, fmt.Errorf("%w: %w", cardsystem.ErrAnswer, err)
	}

	return cardsystem.Conclude(c.codes, r, reply)
}

// echoed finds an answer to another request.
func echoed(r cardsystem.Request, one *row) error {
	e := cardsystem.EchoOf(r)
	want := map[string]string{"serial": e.Serial, "original": e.Original, "card": e.Card, "date": e.Date}
	if r.Op == cardsystem.OpSteps {
		want["round"] = strconv.Itoa(e.Round)
	}
	for name, value := range want {
		if value != "" && one.text(name) != value {
			return fmt.Errorf("%w: column %s", cardsystem.ErrMismatch, name)
		}
	}

	return nil
}

// lists are those of an answer, by name.
func (c *Client) lists(op cardsystem.Op, a Answer) (map[string]Table, error) {
	names := c.listed(op)
	if len(a.Lists) != len(names) {
		return nil, fmt.Errorf("%w: %d lists, want %d", cardsystem.ErrAnswer, len(a.Lists), len(names))
	}

	all := map[string]Table{}
	for i, name := range names {
		all[name] = a.Lists[i]
	}
	return all, nil
}

func sold(r *row, prefix string) metercard.Sold {
	names := [3]string{"sold_count", "sold_amount", "energy"}
	if prefix != "" {
		names = [3]string{prefix + "count", prefix + "amount", prefix + "energy"}
	}

	return metercard.Sold{
		Number: r.text(prefix + "number"), Count: uint32(r.number(names[0], metercard.MaxCount)), Amount: r.amount(names[1]),
		Energy: r.number(names[2], maxEnergy),
	}
}

const maxEnergy = 1 << 40 // 0.01 kWh

func (c *Client) quote(q *cardsystem.Quote, f metercard.Facts, one *row, lists map[string]Table) error {
	for name, at := range map[string]*string{"account": &q.Account, "name": &q.Name, "address": &q.Address} {
		*at = one.text(name)
	}
	for name, at := range map[string]*money.Amount{"arrears": &q.Arrears, "min": &q.Min, "max": &q.Max, "step": &q.Step, "fixed": &q.Fixed} {
		*at = one.amount(name)
	}
	if q.Unwritten.Serial = one.text("unwritten_serial"); q.Unwritten.Serial != "" {
		q.Unwritten.Sold = sold(one, "unwritten_")
		q.Unwritten.Sold.Card = f.Serial // it was asked for by this card
	}

	var errs []error
	for i := range lists["tariff"].Rows {
		r := c.set.row(lists["tariff"], i)
		q.Tariff = append(q.Tariff, cardsystem.Tier{UpTo: r.number("up_to", maxEnergy), Price: money.Amount(r.number("price", int64(money.Max)))})
		errs = append(errs, r.err)
	}
	for i := range lists["by-time"].Rows {
		r := c.set.row(lists["by-time"], i)
		q.ByTime = append(q.ByTime, cardsystem.TimePrice{Name: r.text("name"), Price: money.Amount(r.number("price", int64(money.Max)))})
		errs = append(errs, r.err)
	}
	return errors.Join(errs...)
}

func (c *Client) steps(t Table) ([]script.Step, error) {
	var (
		all  []script.Step
		errs []error
	)
	for i := range t.Rows {
		r := c.set.row(t, i)
		s := script.Step{
			Op: script.Op(r.text("op")), Area: int(r.number("area", 1)), Address: int(r.number("address", 1<<16)), Length: int(r.number("length", script.MaxBytes)),
			Expect: r.text("expect"), Save: r.text("save"), Changes: r.flag("changes"), Purse: r.flag("purse"),
		}
		if data := r.text("data"); data != "" {
			errs = append(errs, s.Data.UnmarshalText([]byte(data)))
		}
		all, errs = append(all, s), append(errs, r.err)
	}

	return all, errors.Join(errs...)
}

func (c *Client) sales(t Table) ([]cardsystem.Sale, error) {
	var (
		all  []cardsystem.Sale
		errs []error
	)
	for i := range t.Rows {
		r := c.set.row(t, i)
		all = append(all, cardsystem.Sale{
			Serial: r.text("serial"), Account: r.text("account"), Amount: r.amount("amount"), Count: uint32(r.number("count", metercard.MaxCount)),
			Reversed: r.flag("reversed"), Written: metercard.Outcome(r.text("written")),
		})
		errs = append(errs, r.err)
	}

	return all, errors.Join(errs...)
}

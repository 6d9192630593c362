package fixed

import (
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/fixedfield"
)

// Message is one operation's request and reply.
type Message struct {
	Op             cardsystem.Op
	Request, Reply fixedfield.Layout
}

// Table is one system's way of saying it all, as data. New refuses a name that no
// operation knows (write a constant as a Literal), and a table that lacks a message, a
// field or a code without which money cannot be told.
type Table struct {
	Name     string
	Frame    fixedfield.Frame
	Codes    cardsystem.Codes
	Messages []Message
}

// ops are all operations.
var ops = [...]cardsystem.Op{
	cardsystem.OpQuote, cardsystem.OpSell, cardsystem.OpAsk, cardsystem.OpReverse, cardsystem.OpSteps, cardsystem.OpReport, cardsystem.OpTotals,
}

// least is what the messages of an operation must carry; read-only.
var least = map[cardsystem.Op]struct{ request, reply []string }{
	cardsystem.OpQuote:   {[]string{"cardno", "kind", "count", "loaded"}, []string{"code", "cardno", "account", "min", "max"}},
	cardsystem.OpSell:    {[]string{"serial", "account", "amount", "date", "cardno", "count"}, []string{"code", "serial", "number", "card", "count", "amount", "booked"}},
	cardsystem.OpAsk:     {[]string{"serial"}, []string{"code", "serial", "number", "card", "count", "amount", "booked"}},
	cardsystem.OpReverse: {[]string{"serial", "original", "date"}, []string{"code", "serial", "original"}},
	cardsystem.OpSteps:   {[]string{"serial", "cardno", "count", "round", "saved"}, []string{"code", "serial", "cardno", "round", "last", "lines"}},
	cardsystem.OpReport:  {[]string{"serial", "outcome"}, []string{"code", "serial"}},
	cardsystem.OpTotals:  {[]string{"date"}, []string{"code", "date", "standing", "sum", "lines"}},
}

// rows are the operations with a group, and the field that counts its rows.
var (
	requestRows = map[cardsystem.Op]string{cardsystem.OpSteps: "saved"}
	replyRows   = map[cardsystem.Op]string{cardsystem.OpQuote: "lines", cardsystem.OpSteps: "lines", cardsystem.OpTotals: "lines"}
)

// check finds mistakes in a table before it is used.
func (t *Table) check() error {
	if err := errors.Join(t.Frame.Check(), t.Codes.Check(), t.whole()); err != nil {
		return fmt.Errorf("dialect %s: %w", t.Name, err)
	}

	seen := map[string]bool{}
	for i := range t.Messages {
		m := &t.Messages[i]
		err := errors.Join(t.Frame.CheckCode(m.Request.Code, seen), t.Frame.CheckCode(m.Reply.Code, seen), m.check())
		if err != nil {
			return fmt.Errorf("dialect %s: %s: %w", t.Name, m.Op, err)
		}
	}

	return nil
}

// whole finds what is missing.
func (t *Table) whole() error {
	var missing []error
	for _, op := range ops {
		m := t.of(op)
		if m == nil {
			missing = append(missing, fmt.Errorf("no message for %s", op))

			continue
		}
		for _, name := range least[op].request {
			if !m.Request.Has(name) {
				missing = append(missing, fmt.Errorf("request of %s lacks %s", op, name))
			}
		}
		for _, name := range least[op].reply {
			if !m.Reply.Has(name) {
				missing = append(missing, fmt.Errorf("reply of %s lacks %s", op, name))
			}
		}
	}

	return errors.Join(missing...)
}

func (t *Table) of(op cardsystem.Op) *Message {
	i := slices.IndexFunc(t.Messages, func(m Message) bool { return m.Op == op })
	if i < 0 {
		return nil
	}

	return &t.Messages[i]
}

func (m *Message) check() error {
	if err := errors.Join(checkGroup(m.Request, requestRows[m.Op]), checkGroup(m.Reply, replyRows[m.Op])); err != nil {
		return err
	}

	in, out := &order{op: m.Op}, &result{op: m.Op}

	return errors.Join(
		fixedfield.CheckFields(m.Request.Code, m.Request.Fields, in.cell),
		fixedfield.CheckFields(m.Request.Code, m.Request.Group, new(savedRow).cell),
		fixedfield.CheckFields(m.Reply.Code, m.Reply.Fields, out.cell),
		fixedfield.CheckFields(m.Reply.Code, m.Reply.Group, out.row().cell),
	)
}

// checkGroup: a group stands at the end, and the last field before it counts its rows.
func checkGroup(l fixedfield.Layout, counted string) error {
	n := len(l.Fields)
	last := n > 0 && l.Fields[n-1].Cell() == counted && counted != ""
	switch {
	case l.Group == nil && counted == "", l.Group != nil && last:
		return nil
	case counted == "":
		return fmt.Errorf("message %s: no group belongs here", l.Code)
	}

	return fmt.Errorf("message %s: a group, and %s as the last field before it", l.Code, counted)
}

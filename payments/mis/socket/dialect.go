package socket

import (
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments/fixedfield"
	"wattkiosk/payments/mis"
)

// What a table is made of; see fixedfield.
type (
	Frame      = fixedfield.Frame
	Layout     = fixedfield.Layout
	Field      = fixedfield.Field
	Kind       = fixedfield.Kind
	FieldError = fixedfield.FieldError
	Reader     = fixedfield.Reader
)

// The kinds of fields; see fixedfield.
const (
	Key     = fixedfield.Key
	Label   = fixedfield.Label
	Text    = fixedfield.Text
	Date    = fixedfield.Date
	Stamp   = fixedfield.Stamp
	Clock   = fixedfield.Clock
	Month   = fixedfield.Month
	Amount  = fixedfield.Amount
	Count   = fixedfield.Count
	Literal = fixedfield.Literal
	Enum    = fixedfield.Enum
)

// MaxFrame bounds every frame, in bytes, length digits included.
const MaxFrame = fixedfield.MaxFrame

// ErrMalformed is in every error about the bytes of a frame.
var ErrMalformed = fixedfield.ErrMalformed

// Message is one operation's request and reply.
type Message struct {
	Op             mis.Op
	Request, Reply Layout
}

// Dialect is one province's way of saying it all, as data: how a frame is made,
// what the return codes say, and the layout of all messages. NewCodec refuses a
// name that no operation knows (write a constant as a Literal) and a dialect that
// lacks a message, a field or a code without which money cannot be told.
type Dialect struct {
	Name     string
	Frame    Frame
	Codes    mis.Codes
	Messages []Message
}

// Example is our dialect, as the package comment describes it. Each call returns
// a fresh copy, to be changed at will.
func Example() Dialect {
	tenders := map[string]string{"cash": "01", "bankcard": "05", "qr": "21"}
	unit := []Field{
		{Name: "dsdwbh", Width: 12, Kind: Label}, // collecting unit
		{Name: "hsdwbh", Width: 12, Kind: Label}, // accounting unit
	}
	account := []Field{
		{Name: "jffs", Width: 2, Kind: Literal, Value: "01"},
		{Name: "yhbh", Width: 16, Kind: Key},
	}
	return Dialect{Name: "example", Frame: Frame{Digits: 8, Version: "01", Code: 4}, Codes: exampleCodes(), Messages: []Message{
		{mis.OpQuery, layout("1101", unit, account), accountReply("2101")},
		{mis.OpVerify, layout("1102", unit, account), accountReply("2102")},
		{mis.OpPost, layout("1103", unit, []Field{
			{Name: "czybh", Width: 16, Kind: Label}, // operator: the kiosk
			{Name: "jylsh", Width: 20, Kind: Key},
			{Name: "yhbh", Width: 16, Kind: Key},
			{Name: "jffs", Width: 2, Kind: Literal, Value: "01"},
			{Name: "jsfs", Width: 2, Kind: Enum, Values: tenders},
			{Name: "jfje", Width: 12, Kind: Amount},
			{Name: "yhzwrq", Width: 8, Kind: Date},
			{Name: "jysj", Width: 14, Kind: Stamp}, // *
		}), postReply("2103")},
		{mis.OpAsk, layout("1104", unit, []Field{{Name: "jylsh", Width: 20, Kind: Key}}), postReply("2104")},
		{mis.OpReverse, layout("1105", unit, []Field{
			{Name: "czjylsh", Width: 20, Kind: Key},
			{Name: "yjylsh", Width: 20, Kind: Key},
			{Name: "yhzwrq", Width: 8, Kind: Date},
		}), layout("2105", status(), []Field{
			{Name: "czjylsh", Width: 20, Kind: Label},
			{Name: "yjylsh", Width: 20, Kind: Label},
		})},
	}}
}

func layout(code string, parts ...[]Field) Layout {
	l := Layout{Code: code}
	for _, p := range parts {
		l.Fields = append(l.Fields, p...)
	}
	return l
}

func status() []Field {
	return []Field{{Name: "retcode", Width: 6, Kind: Key}, {Name: "retmsg", Width: 60, Kind: Text}}
}

func accountReply(code string) Layout {
	l := layout(code, status(), []Field{
		{Name: "yhbh", Width: 16, Kind: Label},
		{Name: "yhmc", Width: 64, Kind: Text},
		{Name: "yddz", Width: 128, Kind: Text},
		{Name: "yhfl", Width: 1, Kind: Count},
		{Name: "hjje", Width: 12, Kind: Amount},
		{Name: "hjdf", Width: 12, Kind: Amount},
		{Name: "hjwyj", Width: 12, Kind: Amount},
		{Name: "hjys", Width: 12, Kind: Amount},
		{Name: "zdje", Width: 12, Kind: Amount}, // * least payable
		{Name: "jezbs", Width: 3, Kind: Count},
	})
	l.Group = []Field{
		{Name: "ysbs", Width: 16, Kind: Key},
		{Name: "dfny", Width: 6, Kind: Month},
		{Name: "dfje", Width: 12, Kind: Amount},
		{Name: "wyjje", Width: 12, Kind: Amount},
	}
	return l
}

func postReply(code string) Layout {
	return layout(code, status(), []Field{
		{Name: "jylsh", Width: 20, Kind: Label},
		{Name: "jzpzh", Width: 20, Kind: Label},  // * the MIS's number of the posting
		{Name: "jfje", Width: 12, Kind: Amount},  // as booked
		{Name: "hxje", Width: 12, Kind: Amount},  // * part to arrears
		{Name: "zysje", Width: 12, Kind: Amount}, // * part to advance
	})
}

// check finds mistakes in a table before it is used.
func (d *Dialect) check() error {
	if err := errors.Join(d.Frame.Check(), d.Codes.Check(), d.whole()); err != nil {
		return fmt.Errorf("dialect %s: %w", d.Name, err)
	}
	seen := map[string]bool{}
	for i := range d.Messages {
		m := &d.Messages[i]
		for _, l := range []*Layout{&m.Request, &m.Reply} {
			if err := d.Frame.CheckCode(l.Code, seen); err != nil {
				return fmt.Errorf("dialect %s: %s: %w", d.Name, m.Op, err)
			}
		}
		if err := m.check(); err != nil {
			return fmt.Errorf("dialect %s: %w", d.Name, err)
		}
	}
	return nil
}

// least is what the messages of an operation must carry.
var least = map[mis.Op]struct{ request, reply []string }{
	mis.OpQuery:   {[]string{"yhbh"}, []string{"retcode", "yhbh", "hjje", "hjdf", "hjwyj", "hjys"}},
	mis.OpVerify:  {[]string{"yhbh"}, []string{"retcode", "yhbh", "hjje", "hjdf", "hjwyj", "hjys"}},
	mis.OpPost:    {[]string{"jylsh", "yhbh", "jfje", "yhzwrq"}, []string{"retcode", "jylsh", "jfje", "hxje", "zysje"}},
	mis.OpAsk:     {[]string{"jylsh"}, []string{"retcode", "jylsh", "jfje", "hxje", "zysje"}},
	mis.OpReverse: {[]string{"czjylsh", "yjylsh", "yhzwrq"}, []string{"retcode", "czjylsh", "yjylsh"}},
}

// whole finds what is missing.
func (d *Dialect) whole() error {
	var missing []error
	for _, op := range []mis.Op{mis.OpQuery, mis.OpVerify, mis.OpPost, mis.OpAsk, mis.OpReverse} {
		i := slices.IndexFunc(d.Messages, func(m Message) bool { return m.Op == op })
		if i < 0 {
			missing = append(missing, fmt.Errorf("no message for %s", op))
			continue
		}
		for _, name := range least[op].request {
			if !d.Messages[i].Request.Has(name) {
				missing = append(missing, fmt.Errorf("request of %s lacks %s", op, name))
			}
		}
		for _, name := range least[op].reply {
			if !d.Messages[i].Reply.Has(name) {
				missing = append(missing, fmt.Errorf("reply of %s lacks %s", op, name))
			}
		}
	}
	return errors.Join(missing...)
}

func (m *Message) check() error {
	req, rep := requestBody{op: m.Op}, replyBody{op: m.Op}
	if m.Request.Group != nil {
		return fmt.Errorf("request of %s: a repeated group is for replies", m.Op)
	}
	if n := len(m.Reply.Fields); m.Reply.Group != nil && (n == 0 || m.Reply.Fields[n-1].Cell() != countName) {
		return fmt.Errorf("reply of %s: the last field before a group is %s", m.Op, countName)
	}
	if err := fixedfield.CheckFields(m.Request.Code, m.Request.Fields, req.cell); err != nil {
		return err
	}
	if err := fixedfield.CheckFields(m.Reply.Code, m.Reply.Fields, rep.cell); err != nil {
		return err
	}
	var row billRow
	return fixedfield.CheckFields(m.Reply.Code, m.Reply.Group, row.cell)
}

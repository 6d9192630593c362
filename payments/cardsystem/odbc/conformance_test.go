package odbc_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/cardsystem/cardsystemtest"
	"wattkiosk/payments/cardsystem/odbc"
	"wattkiosk/payments/cardsystem/socket"
	"wattkiosk/payments/cardsystem/socket/s2"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// plain is a dialect of the simulator that hides nothing: requests and answers as JSON, with
// the codes of s2.
type plain struct{ socket.Dialect }

type said struct {
	Echo  cardsystem.Echo
	Reply cardsystem.Reply
}

func (plain) EncodeRequest(_ string, r cardsystem.Request) ([]byte, error) { return json.Marshal(r) }

func (plain) DecodeRequest(frame []byte) (id string, r cardsystem.Request, err error) {
	return "1", r, json.Unmarshal(frame, &r)
}

func (plain) EncodeReply(_ string, e cardsystem.Echo, r cardsystem.Reply) ([]byte, error) {
	return json.Marshal(said{e, r})
}

// double plays roadhost and a database whose procedures are the simulator's. A statement is
// the name of the operation, and what it wants of it.
type double struct {
	t   *testing.T
	sim *cardsystemsim.Server
	set odbc.Settings
}

func (d *double) start() (io.ReadWriteCloser, error) {
	near, far := net.Pipe()
	go func() {
		defer func() { _ = far.Close() }()
		var setup odbc.Setup
		if child.ReadFrame(far, &setup, odbc.MaxFrame) != nil || child.WriteFrame(far, child.Hello{Ready: true}, odbc.MaxFrame) != nil {
			return
		}
		for {
			var c odbc.Call
			if child.ReadFrame(far, &c, odbc.MaxFrame) != nil {
				return
			}
			a, ok := d.answer(c)
			if !ok {
				_, _ = io.Copy(io.Discard, far) // no answer: until it is killed
				return
			}
			if child.WriteFrame(far, a, odbc.MaxFrame) != nil {
				return
			}
		}
	}()
	return near, nil
}

func (d *double) answer(c odbc.Call) (a odbc.Answer, ok bool) {
	st := c.Read
	if c.Do != nil {
		st = *c.Do
	} else if op, _, _ := strings.Cut(st.SQL, " "); op == "sell" || op == "reverse" || op == "report" {
		d.t.Errorf("%s is read back", op)
		return a, false
	}
	frame, err := plain{}.EncodeRequest("", d.request(st))
	if err != nil {
		d.t.Error(err)
		return a, false
	}
	answers := d.sim.Handle(frame)
	if len(answers) == 0 || answers[0].After > 0 || answers[0].Close {
		return a, false
	}
	var s said
	if json.Unmarshal(answers[0].Frame, &s) != nil {
		return odbc.Answer{Stage: odbc.Done, Read: table([]string{"502"}, "Bad Gateway"), Lists: make([]odbc.Table, len(c.Lists))}, true
	}
	a = odbc.Answer{Stage: odbc.Done, Read: row(s)}
	for range answers[1:] { // a row twice
		a.Read.Rows = append(a.Read.Rows, a.Read.Rows[0])
	}
	for _, l := range c.Lists {
		a.Lists = append(a.Lists, list(l.SQL, s.Reply))
	}
	return a, true
}

// request is what the values of a statement say.
func (d *double) request(st odbc.Statement) cardsystem.Request {
	op, _, _ := strings.Cut(st.SQL, " ")
	v := map[string]string{}
	for i, name := range with[op] {
		v[name] = st.Params[i].Text
	}
	number := func(name string) int64 {
		n, err := strconv.ParseInt(v[name], 10, 64)
		if err != nil {
			d.t.Errorf("%s: %v", name, err)
		}
		return n
	}
	facts := func() metercard.Facts {
		return metercard.Facts{
			Serial: v["card"], Form: metercard.Form(v["form"]), Kind: metercard.Kind(v["kind"]), Meter: v["meter"], Customer: v["customer"],
			Count: uint32(number("count")), Purse: money.Amount(number("purse")), Loaded: uint32(number("loaded")), Left: money.Amount(number("left")),
		}
	}

	r := cardsystem.Request{Op: cardsystem.Op(op)}
	switch r.Op {
	case cardsystem.OpQuote:
		r.Card = facts()
	case cardsystem.OpSell:
		r.Payment = mis.Payment{
			Serial: v["serial"], Account: v["account"], Amount: money.Amount(number("amount")), BusinessDate: v["business_date"], Time: v["time"],
			Tender: v["tender"], Kiosk: v["kiosk"], Card: facts(),
		}
	case cardsystem.OpAsk:
		r.Serial = v["serial"]
	case cardsystem.OpReverse:
		r.Reversal = mis.Reversal{Serial: v["serial"], Original: v["original"], BusinessDate: v["business_date"]}
	case cardsystem.OpSteps:
		r.Steps = cardsystem.StepsOrder{Serial: v["serial"], Card: facts(), Round: int(number("round")), Saved: map[string]script.Bytes{}}
		for part := range strings.SplitSeq(v["saved"], ";") {
			if name, value, ok := strings.Cut(part, "="); ok {
				b, err := hex.DecodeString(value)
				if err != nil {
					d.t.Error(err)
				}
				r.Steps.Saved[name] = b
			}
		}
	case cardsystem.OpReport:
		r.Report = cardsystem.Report{Serial: v["serial"], Outcome: metercard.Outcome(v["outcome"]), Count: uint32(number("written_count"))}
	case cardsystem.OpTotals:
		r.Date = v["date"]
	}
	return r
}

func table(columns []string, values ...any) odbc.Table {
	t := odbc.Table{Columns: columns}
	for at := 0; at < len(values); at += len(columns) {
		var row []*string
		for _, v := range values[at : at+len(columns)] {
			s := fmt.Sprint(v)
			switch v := v.(type) {
			case money.Amount:
				s = strconv.FormatInt(int64(v), 10)
			case script.Bytes:
				s = hex.EncodeToString(v)
			}
			row = append(row, &s)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func row(s said) odbc.Table {
	values := map[string]any{"serial": s.Echo.Serial, "original": s.Echo.Original, "card": s.Echo.Card, "round": s.Echo.Round, "date": s.Echo.Date, "code": s.Reply.Code()}
	switch r := s.Reply; r.Op {
	case cardsystem.OpQuote:
		q, u := r.Quote.Quote, r.Quote.Quote.Unwritten
		maps.Copy(values, map[string]any{
			"account": q.Account, "name": q.Name, "address": q.Address, "arrears": q.Arrears, "min": q.Min, "max": q.Max, "step": q.Step, "fixed": q.Fixed,
			"unwritten_serial": u.Serial, "unwritten_number": u.Sold.Number, "unwritten_count": u.Sold.Count, "unwritten_amount": u.Sold.Amount, "unwritten_energy": u.Sold.Energy,
		})
	case cardsystem.OpSell, cardsystem.OpAsk:
		s := r.Post.Sold
		maps.Copy(values, map[string]any{
			"amount": r.Post.Amount, "number": s.Number, "sold_card": s.Card, "sold_count": s.Count, "sold_amount": s.Amount, "energy": s.Energy,
		})
	case cardsystem.OpSteps:
		values["last"] = r.Steps.Last
	case cardsystem.OpTotals:
		values["count"], values["sum"] = r.Totals.Count, r.Totals.Sum
	}
	columns := slices.Sorted(maps.Keys(values))
	var all []any
	for _, c := range columns {
		all = append(all, values[c])
	}
	return table(columns, all...)
}

func list(name string, r cardsystem.Reply) odbc.Table {
	var all []any
	switch name {
	case "quote tariff":
		for _, t := range r.Quote.Quote.Tariff {
			all = append(all, t.UpTo, t.Price)
		}
		return table([]string{"up_to", "price"}, all...)
	case "quote by-time":
		for _, t := range r.Quote.Quote.ByTime {
			all = append(all, t.Name, t.Price)
		}
		return table([]string{"name", "price"}, all...)
	case "steps steps":
		for _, s := range r.Steps.Steps {
			all = append(all, s.Op, s.Data, s.Area, s.Address, s.Length, s.Expect, s.Save, s.Changes, s.Purse)
		}
		return table([]string{"op", "data", "area", "address", "length", "expect", "save", "changes", "purse"}, all...)
	}
	for _, s := range r.Totals.Sales {
		all = append(all, s.Serial, s.Account, s.Amount, s.Count, s.Reversed, s.Written)
	}
	return table([]string{"serial", "account", "amount", "count", "reversed", "written"}, all...)
}

var facts = []string{"card", "form", "kind", "meter", "customer", "count", "purse", "loaded", "left"}

// with are the values of each operation's statements.
var with = map[string][]string{
	"quote":   facts,
	"sell":    append([]string{"serial", "account", "amount", "business_date", "time", "tender", "kiosk"}, facts...),
	"ask":     {"serial"},
	"reverse": {"serial", "original", "business_date"},
	"steps":   append([]string{"serial", "round", "saved"}, facts...),
	"report":  {"serial", "outcome", "written_count"},
	"totals":  {"date"},
}

func settings(codes cardsystem.Codes) odbc.Settings {
	read := func(name string) odbc.Operation {
		return odbc.Operation{Read: odbc.SQL{Text: name + " read", With: with[name]}}
	}
	change := func(name string) odbc.Operation {
		o := read(name)
		o.Do = odbc.SQL{Text: name + " do", With: with[name]}
		return o
	}
	listed := func(o odbc.Operation, names ...string) odbc.Operation {
		o.Lists = map[string]odbc.SQL{}
		for _, n := range names {
			_, list, _ := strings.Cut(n, " ")
			o.Lists[list] = odbc.SQL{Text: n}
		}
		return o
	}
	s := odbc.Settings{
		Connect: "DSN=cards", Amounts: odbc.Fen, Codes: map[string]string{}, Duplicate: []string{"23505"},
		Quote: listed(read("quote"), "quote tariff", "quote by-time"), Sell: change("sell"), Ask: read("ask"), Reverse: change("reverse"),
		Steps: listed(read("steps"), "steps steps"), Report: change("report"), Totals: listed(read("totals"), "totals sales"),
	}
	for _, c := range codes {
		s.Codes[string(c.Code)] = string(c.Meaning)
	}
	return s
}

func TestRoadConforms(t *testing.T) {
	d, err := s2.New(s2.Config{})
	if err != nil {
		t.Fatal(err)
	}
	road := cardsystemtest.Road{
		Dialect: plain{d},
		Says:    cardsystemtest.S2(),
		Connect: func(t *testing.T, sim *cardsystemsim.Server, timeout time.Duration) cardsystemtest.Caller {
			set := settings(d.Codes())
			c, err := odbc.New(odbc.Config{
				Settings: set, Timeout: timeout, ReadBack: time.Nanosecond, Start: (&double{t, sim, set}).start, Backoff: time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			return warm{c}
		},
	}
	t.Run("ODBC", func(t *testing.T) { cardsystemtest.Run(t, road) })
}

// warm makes a call when there is a connection: a call's patience is for the system.
type warm struct{ *odbc.Client }

func (w warm) Call(ctx context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	if ctx.Err() == nil {
		_ = w.Ready(ctx) // the call says what is wrong
	}
	return w.Client.Call(ctx, r)
}

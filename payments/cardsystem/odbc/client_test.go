package odbc_test

import (
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/odbc"
	"wattkiosk/payments/cardsystem/socket/s2"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// script plays children that give these answers, one for each call; nil is a child that dies.
type scripted struct {
	mu      sync.Mutex
	answers []*odbc.Answer
	calls   []odbc.Call
}

func (s *scripted) start() (io.ReadWriteCloser, error) {
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
			s.mu.Lock()
			s.calls = append(s.calls, c)
			var a *odbc.Answer
			if len(s.answers) > 0 {
				a, s.answers = s.answers[0], s.answers[1:]
			}
			s.mu.Unlock()
			if a == nil || child.WriteFrame(far, *a, odbc.MaxFrame) != nil {
				return
			}
		}
	}()
	return near, nil
}

func newClient(t testing.TB, s *scripted, change func(*odbc.Settings)) *odbc.Client {
	t.Helper()
	d, err := s2.New(s2.Config{})
	if err != nil {
		t.Fatal(err)
	}
	set := settings(d.Codes())
	set.Amounts = odbc.Yuan
	if change != nil {
		change(&set)
	}
	c, err := odbc.New(odbc.Config{Settings: set, Timeout: 30 * time.Second, Start: s.start})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var sale = cardsystem.Request{Op: cardsystem.OpSell, Payment: mis.Payment{
	Serial: "00000001010000000001", Account: "1000000003", Amount: 12850, Card: metercard.Facts{Serial: "AA01", Count: 4},
}}

// is is a row of a sale with this amount, in yuan.
func is(amount string) *odbc.Answer {
	return &odbc.Answer{Stage: odbc.Done, Read: table(
		[]string{"code", "serial", "amount", "number", "sold_card", "sold_count", "sold_amount", "energy"},
		"0000", sale.Payment.Serial, amount, "SD1", "AA01", 5, amount, "20479.00")}
}

var (
	noRow  = &odbc.Answer{Stage: odbc.Done}
	open   = &odbc.Answer{Stage: odbc.Open, State: "08S01", Native: 26}
	undone = &odbc.Answer{Stage: odbc.Undone, State: "08S01"}
	sold   = mis.PostResult{
		Outcome: mis.Done, Code: "0000", Reference: "SD1", Amount: 12850, ToAdvance: 12850,
		Sold: metercard.Sold{Number: "SD1", Card: "AA01", Count: 5, Amount: 12850, Energy: 20479},
	}
	lost = mis.PostResult{}
	not  = mis.PostResult{Outcome: mis.NotDone, Retry: true}
)

// TestOnlyARowDecidesAfterCommit walks through what can come back, and counts the calls: the
// first with its Do, and those that only read.
func TestOnlyARowDecidesAfterCommit(t *testing.T) {
	for name, c := range map[string]struct {
		answers []*odbc.Answer
		want    mis.PostResult
		err     error
		do, all int
	}{
		"done":                             {[]*odbc.Answer{is("128.50")}, sold, nil, 1, 1},
		"another way to write it":          {[]*odbc.Answer{is("128.5")}, sold, nil, 1, 1},
		"undone, then done":                {[]*odbc.Answer{undone, undone, is("128.5")}, sold, nil, 3, 3},
		"undone on every connection":       {[]*odbc.Answer{undone, undone, undone, undone, undone}, not, odbc.ErrNotSent, 5, 5},
		"committed, but no row":            {[]*odbc.Answer{noRow}, lost, odbc.ErrNoReply, 1, 1},
		"COMMIT fails, the row is there":   {[]*odbc.Answer{open, is("128.5")}, sold, nil, 1, 2},
		"COMMIT fails, the row comes late": {[]*odbc.Answer{open, noRow, noRow, is("128.5")}, sold, nil, 1, 4},
		"COMMIT fails, the row is not":     {[]*odbc.Answer{open, noRow, noRow, noRow, noRow, noRow}, lost, odbc.ErrNoReply, 1, 6},
		"the child dies, the row is there": {[]*odbc.Answer{nil, is("128.5")}, sold, nil, 1, 2},
		"and so does the one after it":     {[]*odbc.Answer{nil, nil, undone, is("128.5")}, sold, nil, 1, 4},
		"COMMIT fails, then nothing works": {[]*odbc.Answer{open}, lost, odbc.ErrNoReply, 1, 0},
		"undone, then COMMIT fails":        {[]*odbc.Answer{undone, open, is("128.5")}, sold, nil, 2, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &scripted{answers: c.answers}
			client := newClient(t, s, nil)
			begun := time.Now()
			reply, err := client.Call(t.Context(), sale)
			if reply.Post != c.want || !errors.Is(err, c.err) {
				t.Errorf("%s: %+v, %v", name, reply.Post, err)
			}
			if time.Since(begun) > 30*time.Second {
				t.Errorf("%s: after %v", name, time.Since(begun))
			}
			do := 0
			for _, call := range s.calls {
				if call.Do != nil {
					do++
				}
			}
			if do != c.do || c.all > 0 && len(s.calls) != c.all || len(s.calls) > 21 {
				t.Errorf("%s: %d calls, %d of them to do something", name, len(s.calls), do)
			}
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestValuesOfASale(t *testing.T) {
	s := &scripted{answers: []*odbc.Answer{is("128.5")}}
	c := newClient(t, s, func(s *odbc.Settings) {
		s.Sell.Do = odbc.SQL{Text: "CALL sell(?, ?, ?, ?)", With: []string{"serial", "amount", "count", "serial"}}
	})
	defer c.Close()
	if _, err := c.Call(t.Context(), sale); err != nil {
		t.Fatal(err)
	}
	got := s.calls[0].Do.Params
	want := []odbc.Parameter{{Text: "00000001010000000001"}, {Text: "128.50"}, {Text: "4", Whole: true}, {Text: "00000001010000000001"}}
	if len(got) != 4 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] || s.calls[0].Duplicate[0] != "23505" {
		t.Errorf("%+v", s.calls[0])
	}
	if reply, err := c.Call(t.Context(), cardsystem.Request{Op: cardsystem.OpSell}); reply.Post != (mis.PostResult{Outcome: mis.NotDone}) || err == nil || len(s.calls) != 1 {
		t.Errorf("a sale of nothing: %+v, %v", reply.Post, err)
	}
}

// TestAmountsAreDecimals reads amounts as databases write them, and refuses what would lose
// or invent a fen.
func TestAmountsAreDecimals(t *testing.T) {
	for text, want := range map[string]money.Amount{"128.50": 12850, "128.5": 12850, "128.5000": 12850, "128": 12800, ".5": 50, "0128.50": 12850, "0.01": 1} {
		s := &scripted{answers: []*odbc.Answer{is(text)}}
		c := newClient(t, s, nil)
		if reply, err := c.Call(t.Context(), sale); err != nil || reply.Post.Amount != want {
			t.Errorf("%s: %v, %v", text, reply.Post.Amount, err)
		}
		_ = c.Close()
	}
	for _, text := range []string{"128.505", "1e2", "128,50", "128.", ".", "-", "-128.50", "0", "", "99999999999999999999", "1 2", "0x1", "١"} {
		s := &scripted{answers: []*odbc.Answer{is(text)}}
		c := newClient(t, s, nil)
		if reply, err := c.Call(t.Context(), sale); reply.Post != lost || !errors.Is(err, cardsystem.ErrAnswer) || text == "1e2" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: %+v, %v", text, reply.Post, err)
		}
		_ = c.Close()
	}
}

func TestMistakesInSettings(t *testing.T) {
	for say, change := range map[string]func(*odbc.Settings){
		"connect: missing":                    func(s *odbc.Settings) { s.Connect = "" },
		"amounts \"dollar\"":                  func(s *odbc.Settings) { s.Amounts = "dollar" },
		"env.\"A=B\": no name of a variable":  func(s *odbc.Settings) { s.Env = map[string]string{"A=B": "C"} },
		"children 65":                         func(s *odbc.Settings) { s.Children = 65 },
		"duplicate \"2350\"":                  func(s *odbc.Settings) { s.Duplicate = []string{"2350"} },
		"no code says ok":                     func(s *odbc.Settings) { delete(s.Codes, "0000") },
		"meaning \"fine\" is not known":       func(s *odbc.Settings) { s.Codes["1"] = "fine" },
		"quote: do: it only reads":            func(s *odbc.Settings) { s.Quote.Do.Text = "DELETE FROM card" },
		"sell: do: missing":                   func(s *odbc.Settings) { s.Sell.Do.Text = "" },
		"ask: alone is of a do":               func(s *odbc.Settings) { s.Ask.Alone = true },
		"sell: none: no row decides nothing":  func(s *odbc.Settings) { s.Sell.None = "1009" },
		"ask: none: code \"77\"":              func(s *odbc.Settings) { s.Ask.None = "77" },
		"totals: lists.tariff: want sales":    func(s *odbc.Settings) { s.Totals.Lists["tariff"] = odbc.SQL{Text: "x"} },
		"steps: lists.steps: missing":         func(s *odbc.Settings) { s.Steps.Lists = nil },
		"ask: read: want sql":                 func(s *odbc.Settings) { s.Ask.Read.Text = "" },
		"ask: read: amount is no value of it": func(s *odbc.Settings) { s.Ask.Read.With = []string{"amount"} },
	} {
		d, err := s2.New(s2.Config{})
		if err != nil {
			t.Fatal(err)
		}
		set := settings(d.Codes())
		change(&set)
		if _, err := odbc.New(odbc.Config{Settings: set}); err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `"amount"`, "amount"), say) {
			t.Errorf("%v, want %q", err, say)
		}
	}
	if _, err := odbc.New(odbc.Config{Timeout: math.MinInt64}); err == nil {
		t.Error("a negative timeout")
	}
}

// FuzzAnswer: whatever comes back, a sale is done only by a row of that sale.
func FuzzAnswer(f *testing.F) {
	f.Add("done", "0000", "00000001010000000001", "128.5", "AA01", "5", "code")
	f.Add("done", "1214", "00000001010000000001", "", "", "", "text")
	f.Add("open", "0000", "00000001010000000001", "128.5", "AA01", "5", "serial")
	f.Add("", "", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, stage, code, serial, amount, card, count, more string) {
		a := odbc.Answer{Stage: odbc.Stage(stage), Read: table(
			[]string{"code", "serial", "amount", "number", "sold_card", "sold_count", "sold_amount", more}, code, serial, amount, "SD1", card, count, amount, code)}
		s := &scripted{answers: []*odbc.Answer{&a, noRow, noRow, noRow, noRow, noRow}}
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, s, nil)
			defer c.Close()
			reply, err := c.Call(t.Context(), sale)
			if p := reply.Post; p.Outcome == mis.Done && (err != nil || stage != "done" || code != "0000" || serial != sale.Payment.Serial || p.Sold.Card != "AA01" || p.Sold.Count != 5) {
				t.Fatalf("done: %+v, %v", p, err)
			}
			if err != nil && reply.Post != lost && reply.Post != not {
				t.Fatalf("%+v, %v", reply.Post, err)
			}
		})
	})
}

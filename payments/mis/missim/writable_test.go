package missim_test

import (
	"errors"
	"strings"
	"testing"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
)

// An account that cannot be told in the dialect would look like a MIS that does
// not answer.
func TestWhatCannotBeToldIsRefused(t *testing.T) {
	s := missim.New(missim.Config{Now: fixed})
	bills := func(id string) []missim.Bill { return []missim.Bill{{ID: id, Month: "202611", Fee: 12850}} }
	for name, err := range map[string]error{
		"id of a bill":   s.SetBills("1000000001", bills("LAB1795962517135936113")),
		"no month":       s.SetBills("1000000001", []missim.Bill{{ID: "A", Month: "202613", Fee: 1}}),
		"number":         s.AddAccount(missim.Account{Number: "12345678901234567"}),
		"name":           s.AddAccount(missim.Account{Number: "1", Name: strings.Repeat("长", 40)}),
		"class":          s.AddAccount(missim.Account{Number: "1", Class: 12}),
		"control":        s.AddAccount(missim.Account{Number: "1", Address: "a\nb"}),
		"too many bills": s.AddAccount(missim.Account{Number: "1", Bills: many(socket.MaxBills + 1)}),
	} {
		if !errors.Is(err, missim.ErrAccount) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.SetBills("1000000001", bills("LAB1795962517135")); err != nil {
		t.Error(err)
	}
	if got := s.Handle(encode(t, mis.Request{Op: mis.OpVerify, Account: "1000000001"})); len(got) != 1 || got[0].Close {
		t.Errorf("no answer: %v", s.Err())
	}
}

func many(n int) []missim.Bill {
	var out []missim.Bill
	for i := range n {
		out = append(out, missim.Bill{ID: "B" + strings.Repeat("x", i%10) + string(rune('a'+i%26)) + string(rune('a'+i/26)), Month: "202611", Fee: 1})
	}
	return out
}

// An answer that cannot be written ends the connection and is an error of the
// simulator, not a fault.
func TestAnUnwritableAnswerIsLoud(t *testing.T) {
	d := socket.Example()
	for i := range d.Messages { // a reply that has no room for the amount
		if m := &d.Messages[i]; m.Op == mis.OpVerify {
			m.Reply.Fields[9].Width = 4
		}
	}
	tight := missim.New(missim.Config{Now: fixed, Dialect: d})
	tight.Answer(post("S1", "1000000002", 2_000_000)) // an advance of 20,000.00 does not fit
	got := tight.Handle(encode(t, mis.Request{Op: mis.OpVerify, Account: "1000000002"}))
	if err := tight.Err(); err == nil || !strings.Contains(err.Error(), "field") || len(got) != 1 || !got[0].Close {
		t.Errorf("%+v, %v", got, err)
	}
}

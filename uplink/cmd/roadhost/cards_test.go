package main_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/cardsystem/cardsystemtest"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/hn"
	"wattkiosk/payments/cardsystem/socket/s2fields"
	cardtuxedo "wattkiosk/payments/cardsystem/tuxedo"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/tuxedo"
)

func TestCardRoadConforms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C and runs processes")
	}
	for _, c := range []struct {
		table fixed.Table
		says  cardsystemtest.Says
	}{{hn.Table(), cardsystemtest.HN()}, {s2fields.Table(), cardsystemtest.S2()}} {
		d := fieldCards(t, c.table)
		for _, b := range []tuxedo.Buffer{tuxedo.FML32, tuxedo.String, tuxedo.CArray} {
			t.Run("Tuxedo "+string(b)+", "+d.Name(), func(t *testing.T) {
				cardsystemtest.Run(t, cardsystemtest.Road{
					Dialect: d, Says: c.says, Connect: func(t *testing.T, sim *cardsystemsim.Server, timeout time.Duration) cardsystemtest.Caller {
						m := newDomain(t, cardSystem(sim, d))
						return warm[cardsystem.Request, cardsystem.Reply]{m.cards(t, d, m.settings(b), timeout)}
					},
				})
			})
		}
	}
}

// cardRequests are one call of each operation, the sale first; each of the others but the
// quote is about it.
func cardRequests(serial string, to buyer) []cardsystem.Request {
	return []cardsystem.Request{
		{Op: cardsystem.OpSell, Payment: mis.Payment{
			Serial: serial, Account: to.account, Amount: 100, BusinessDate: "20261123", Time: "20261123103000", Tender: "cash", Kiosk: "K0000001", Card: to.card,
		}},
		{Op: cardsystem.OpQuote, Card: to.card},
		{Op: cardsystem.OpAsk, Serial: serial},
		{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: "R" + serial[1:], Original: serial, BusinessDate: "20261123"}},
		{Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: serial, Card: to.card, Round: 1, Saved: map[string]script.Bytes{"challenge": {1, 2}, "mac": {3}}}},
		{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: serial, Outcome: metercard.Unsure}},
		{Op: cardsystem.OpTotals, Date: "20261124"},
	}
}

func cardOutcome(r cardsystem.Reply) mis.Outcome {
	switch r.Op {
	case cardsystem.OpQuote:
		return r.Quote.Outcome
	case cardsystem.OpSell, cardsystem.OpAsk:
		return r.Post.Outcome
	case cardsystem.OpReverse:
		return r.Reverse.Outcome
	case cardsystem.OpSteps:
		return r.Steps.Outcome
	case cardsystem.OpReport:
		return r.Report.Outcome
	}
	return r.Totals.Outcome
}

// TestCardLibraryConforms makes each operation of the card-meter system under each fault of
// the library.
func TestCardLibraryConforms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds C and runs processes")
	}
	d := fieldCards(t, hn.Table())
	l := &cardLibraryTest{clients: map[tuxedo.Buffer]*cardtuxedo.Client{}}
	l.sim, l.far = cardSim(t, d)
	l.sim.SetEncryptor(func(o cardsystem.StepsOrder, _ metercard.Sold) cardsystem.StepsResult {
		if o.Round != 1 || len(o.Saved) != 2 || o.Saved["challenge"][1] != 2 || o.Saved["mac"][0] != 3 {
			return cardsystem.StepsResult{}
		}
		return cardsystem.StepsResult{Outcome: mis.Done, Last: true, Steps: []script.Step{{Op: script.APDU, Data: script.Bytes{0, 0x84, 0, 0, 8}, Expect: "9000"}}}
	})
	l.domain = newDomain(t, cardSystem(l.sim, d))
	for _, b := range []tuxedo.Buffer{tuxedo.FML32, tuxedo.CArray} {
		set := l.domain.settings(b)
		set.Children = 1
		l.clients[b] = l.domain.cards(t, d, set, 20*time.Second)
	}
	for i, r := range cardRequests("0", buyer{}) {
		t.Run("cards "+string(r.Op), func(t *testing.T) {
			for _, f := range libraryFaults {
				t.Run(f.fault, func(t *testing.T) {
					for b, c := range l.clients {
						l.try(t, b, c, i, &f)
					}
				})
			}
		})
	}
	if err := l.sim.Ledger().Audit(); err != nil {
		t.Error(err)
	}
}

type cardLibraryTest struct {
	sim     *cardsystemsim.Server
	far     far
	domain  *domain
	clients map[tuxedo.Buffer]*cardtuxedo.Client
	serials int
}

// try makes the operation of that index, for a customer of its own, under a fault.
func (l *cardLibraryTest) try(t *testing.T, b tuxedo.Buffer, c *cardtuxedo.Client, op int, f *libraryFault) {
	t.Helper()
	l.serials++
	serial := fmt.Sprintf("20261123%012d", l.serials)
	all := cardRequests(serial, l.far.more(l.serials))
	r := all[op]
	if r.Op != cardsystem.OpSell && r.Op != cardsystem.OpQuote {
		if p := l.sim.Answer(all[0]).Post; p.Outcome != mis.Done {
			t.Fatalf("%s: %+v", b, p)
		}
	}
	if err := c.Ready(t.Context()); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	l.domain.misbehave(f.fault)
	ctx, cancel := f.patience(t.Context())
	reply, err := c.Call(ctx, r)
	cancel()

	want, wantErr := f.becomes(r.Op == cardsystem.OpSell)
	if got := cardOutcome(reply); reply.Op != r.Op || got != want || reply.Post.Retry != (want == mis.NotDone) || !errors.Is(err, wantErr) {
		t.Errorf("%s: %+v, %v; want %v, %v", b, reply, err, want, wantErr)
	}
	if err != nil && !strings.Contains(err.Error(), f.say) {
		t.Errorf("%s: says %v, want %q", b, err, f.say)
	}
	e, booked := l.sim.Entry(serial)
	if r.Op == cardsystem.OpSell && booked != f.sent || r.Op == cardsystem.OpReverse && e.Reversed != f.sent || r.Op == cardsystem.OpReport && (e.Written == metercard.Unsure) != f.sent {
		t.Errorf("%s: in the ledger: %v, reversed %v, written %q", b, booked, e.Reversed, e.Written)
	}
}

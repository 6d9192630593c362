package kiosk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/uplink/wire"
)

// TestEveryCell walks services × tenders: a kind of terminal starts if all that it
// promises is built, and a cell that lacks anything is an error that names it.
func TestEveryCell(t *testing.T) {
	built := map[profile.Cell]bool{{Service: profile.Query, Tender: profile.NoTender}: true}
	for _, of := range profile.Lobby().Tenders {
		built[profile.Cell{Service: profile.PayBill, Tender: of}] = true
		built[profile.Cell{Service: profile.BuyPower, Tender: of}] = true
	}
	all := profile.Lobby()
	for _, s := range append(all.Services, "nonsense") {
		for _, with := range append(all.Tenders, "", "nonsense") {
			cfg := config
			cfg.Profile, cfg.Card = profile.Lobby(), cardConfig()
			cfg.Profile.Cells = append(cfg.Profile.Cells, profile.Cell{Service: s, Tender: with})

			r := newRig(t)
			_, _, err := New(cfg, r.j.Reopen(), t0)
			if named := err != nil && strings.Contains(err.Error(), fmt.Sprintf("%s with %s", s, with)); built[profile.Cell{Service: s, Tender: with}] != (err == nil) || err != nil && !named {
				t.Errorf("%s × %s: %v", s, with, err)
			}
		}
	}
	for _, name := range profile.Names() {
		p, _ := profile.Named(name)
		if err := check(p, kinds); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := check(profile.Lobby(), nil); !errors.Is(err, errNoStation) {
		t.Errorf("a terminal without stations: %v", err)
	}
}

// TestEveryTroubleHasARow: what a station watches is a condition that stops something
// or warns of it.
func TestEveryTroubleHasARow(t *testing.T) {
	cfg := config
	cfg.Card = cardConfig()
	all := map[string]tender.Place{meterCards: metercard.New(metercard.Config{Reader: true})}
	for of, k := range kinds {
		s, err := k.station(cfg)
		if err != nil {
			t.Fatal(err)
		}
		all[string(of)] = s
	}
	for name, p := range all {
		for _, tr := range p.Troubles() {
			if _, ok := condition.RowOf(condition.Code(tr.Code)); !ok {
				t.Errorf("%s watches %q, which is no condition", name, tr.Code)
			}
		}
	}
}

// frame is the question of the terminal below.
const frame wire.Op = "test-frame"

// terminal is a second tender: it counts its frames in what it keeps, and sends none
// before the count is durable.
type terminal struct {
	count   int
	queue   []string
	decided string
	fault   bool
	heard   []string // what it was told, in order
}

var _ tender.Asker = (*terminal)(nil)

func (p *terminal) Recover(_ time.Time, kept []byte, _ tender.Books) error {
	p.count = len(kept)
	return nil
}

func (p *terminal) Heard(_ time.Time, r tender.Report) error {
	p.queue = append(p.queue, r.(string))
	return nil
}

func (p *terminal) Decide(_ tender.Books, sealed bool) (tender.Decision, bool) {
	if len(p.queue) == 0 {
		return tender.Decision{}, false
	}
	p.decided = p.queue[0]
	if p.decided == "send" && !sealed {
		return tender.Decision{Keep: []byte(strings.Repeat("x", p.count+1))}, true
	}

	return tender.Decision{}, true
}

func (p *terminal) Settle(_ time.Time, durable bool) ([]tender.Effect, bool) {
	p.queue = p.queue[1:]
	p.heard = append(p.heard, fmt.Sprintf("%s durable %v", p.decided, durable))
	switch {
	case p.decided == "fault":
		p.fault = true
	case p.decided == "nonsense":
		return []tender.Effect{tender.Order{Command: 7}}, true
	case p.decided == "stop":
		return []tender.Effect{tender.Drop{Op: frame, Key: "1"}}, true
	case p.decided == "send" && durable:
		p.count++
		return []tender.Effect{tender.Ask{Op: frame, Key: "1", Body: []byte(`{}`), TTL: time.Second, Once: true}}, true
	case p.decided == "repeat":
		return []tender.Effect{tender.Ask{Op: frame, Key: "1", Body: []byte(`{}`), TTL: time.Second}}, true
	}

	return nil, true
}

func (p *terminal) Answered(_ time.Time, a tender.Ask, r tender.Reply) bool {
	p.queue = append(p.queue, "answer to "+a.Key)
	return string(r.Body) == `"again"`
}

func (p *terminal) Unanswered(_ time.Time, a tender.Ask) {
	p.queue = append(p.queue, "silence about "+a.Key)
}

func (p *terminal) Troubles() []tender.Trouble {
	return []tender.Trouble{{Code: string(condition.Page), Source: "terminal", On: p.fault, Detail: "test"}}
}

func (p *terminal) Begin(time.Time, payments.Transaction) []tender.Effect { return nil }
func (p *terminal) Undo(time.Time, payments.Transaction) []tender.Effect  { return nil }

func (p *terminal) Finish(time.Time, tender.Reason, tender.Books) []tender.Effect { return nil }
func (p *terminal) Finishing() bool                                               { return false }
func (p *terminal) Over(tender.Books) (tender.Reason, bool)                       { return "", false }

func (p *terminal) Turn(time.Time, tender.Books) (tender.Decision, bool) {
	return tender.Decision{}, false
}

func (p *terminal) Wake(time.Time, tender.Books, time.Duration) time.Time { return time.Time{} }
func (p *terminal) Waiting() int                                          { return len(p.queue) }
func (p *terminal) Unsettled() string                                     { return "" }
func (p *terminal) Face(payments.Transaction) tender.Face                 { return tender.Face{Ready: p.fault} }

// swiped is a report of the terminal's device.
type swiped string

func (swiped) event() {}

func (s swiped) report() (string, tender.Report) { return string(profile.BankCard), string(s) }

// newTerminalRig is a kiosk with a second tender.
func newTerminalRig(t *testing.T) (*rig, *terminal) {
	p := &terminal{}
	cfg := config
	cfg.Profile = profile.Lobby()
	cfg.Profile.Cells = append(cfg.Profile.Cells, profile.Cell{Service: profile.PayBill, Tender: profile.BankCard, Needs: condition.Card})
	of := map[payments.Tender]kind{
		profile.Cash:     kinds[profile.Cash],
		profile.BankCard: {station: func(Config) (tender.Station, error) { return p, nil }, light: CardLight},
	}

	return newRigWith(t, cfg, of), p
}

// TestASecondTender goes the way of a station that asks head office: nothing is sent
// before what it keeps is durable, its answers come back to it alone, and a new start
// gives it what it kept.
func TestASecondTender(t *testing.T) {
	r, p := newTerminalRig(t)
	r.out = nil

	r.do(swiped("send"))
	a, ok := last[Ask](r)
	if !ok || a.Op != frame || p.count != 1 {
		t.Fatalf("sent %v %+v, count %d", ok, a, p.count)
	}
	if b, err := r.j.State("tender-bankcard"); err != nil || string(b) != "x" {
		t.Errorf("kept %q, %v", b, err)
	}
	r.reply(a, nil)
	r.reply(a, nil) // late: nobody waits for it

	r.do(swiped("send"))
	if _, ok = last[Ask](r); !ok {
		t.Fatal("the second frame was not sent")
	}
	r.do(Link{})

	want := []string{"send durable true", "answer to 1 durable true", "send durable true", "silence about 1 durable true"}
	if !slices.Equal(p.heard, want) {
		t.Errorf("it was told %q, want %q", p.heard, want)
	}
	r.restart()
	if p.count != 2 {
		t.Errorf("after a restart it has counted %d, want 2", p.count)
	}
}

// TestASecondTenderWithoutAJournal: what cannot be made durable is not sent.
func TestASecondTenderWithoutAJournal(t *testing.T) {
	r, p := newTerminalRig(t)
	r.j.Full(true)
	r.out = nil
	r.do(swiped("send"))
	if _, ok := last[Ask](r); ok || p.count != 0 || !slices.Equal(p.heard, []string{"send durable false"}) {
		t.Errorf("sent %v, count %d, told %q", ok, p.count, p.heard)
	}
}

// TestASecondTenderAsksAgain: a question that is not asked once goes on until an answer
// settles it, or the station drops it.
func TestASecondTenderAsksAgain(t *testing.T) {
	r, p := newTerminalRig(t)
	asked := func() (kioskAsk Ask, again bool) {
		r.out = nil
		r.now = r.now.Add(10 * time.Minute)
		r.do(Tick{})

		return last[Ask](r)
	}

	r.do(swiped("repeat"))
	a, _ := last[Ask](r)
	r.reply(a, "again")
	a, again := asked()
	if !again || a.Op != frame {
		t.Fatal("an answer that settles nothing ends the question")
	}
	r.reply(a, "settled")
	if _, again = asked(); again {
		t.Error("it is asked again after it was settled")
	}

	r.do(swiped("repeat"))
	r.do(swiped("stop"))
	if _, again = asked(); again || len(p.queue) != 0 {
		t.Errorf("it is asked again after it was dropped; %d reports wait", len(p.queue))
	}
}

// TestASecondTenderIsSeen: its trouble is a condition, its light is switched, and an
// order that no device takes stops the program.
func TestASecondTenderIsSeen(t *testing.T) {
	r, _ := newTerminalRig(t)
	r.out = nil
	r.do(swiped("fault"))
	if w := r.c.Status().Warnings; !slices.Equal(w, []string{"page"}) {
		t.Errorf("warnings %v", w)
	}
	if !r.c.out.lights["card-light"] || r.c.out.lights[CashLight] {
		t.Errorf("lights %v", r.c.out.lights)
	}
	r.do(swiped("nonsense"))
	if e, ok := last[Restart](r); !ok || !strings.Contains(e.Err.Error(), "int") {
		t.Errorf("an order of type int: %v, %v", ok, e.Err)
	}
}

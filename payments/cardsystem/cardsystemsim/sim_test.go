package cardsystemsim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func newSim(t *testing.T, cfg cardsystemsim.Config) *cardsystemsim.Server {
	t.Helper()
	cfg.Now = func() time.Time { return noon }
	s := cardsystemsim.New(cfg)
	t.Cleanup(func() {
		if err := s.Ledger().Audit(); err != nil {
			t.Error(err)
		}
	})

	return s
}

func sale(serial string, count uint32, amount money.Amount) cardsystem.Request {
	return cardsystem.Request{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: serial, Account: "1000000003", Amount: amount, BusinessDate: "20261130", Time: "20261130120000", Tender: "cash", Kiosk: "K0000001",
		Card: metercard.Facts{Serial: cardsystemsim.Meter1, Form: metercard.CPU, Kind: metercard.Purchase, Count: count, Loaded: count},
	}}
}

// TestLedgerOfTheLab is the form in which others read it.
func TestLedgerOfTheLab(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cards.json")
	s := newSim(t, cardsystemsim.Config{Path: path})
	if p := s.Answer(sale("S1", 4, 10000)).Post; p.Outcome != mis.Done {
		t.Fatalf("%+v", p)
	}
	s.Answer(cardsystem.Request{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: "S1", Outcome: metercard.Written, Count: 5}})

	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Entries []struct {
			Serial   string `json:"serial"`
			Account  string `json:"account"`
			Amount   int64  `json:"amount"`
			Tender   string `json:"tender"`
			Reversed *bool  `json:"reversed"`
			Count    int    `json:"count"`
			Card     string `json:"card"`
			Written  string `json:"written"`
		} `json:"entries"`
	}
	if err := json.Unmarshal(b, &got); err != nil || len(got.Entries) != 1 {
		t.Fatalf("%s: %v", b, err)
	}
	e := got.Entries[0]
	if e.Serial != "S1" || e.Account != "1000000003" || e.Amount != 10000 || e.Tender != "cash" || e.Reversed == nil || *e.Reversed ||
		e.Count != 5 || e.Card != "0000000000000001" || e.Written != "written" {
		t.Errorf("%+v", e)
	}

	// It goes on where it was.
	again := newSim(t, cardsystemsim.Config{Path: path})
	if d := cmp.Diff(s.Ledger(), again.Ledger()); d != "" || again.Err() != nil {
		t.Errorf("%v (-want +got):\n%s", again.Err(), d)
	}
	if p := again.Answer(sale("S2", 5, 10000)).Post; p.Outcome != mis.Done || p.Sold.Count != 6 {
		t.Errorf("the next sale: %+v", p)
	}
}

func TestBrokenLedgerIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cards.json")
	broken := []byte(`{"entries":[{"serial":"S1","account":"1000000003","amount":1,"count":7,"card":"01","booked":1}],"accounts":[{"number":"1000000003","count":4}]}`)
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSim(t, cardsystemsim.Config{Path: path})
	if s.Err() == nil {
		t.Error("a ledger that left purchases out was loaded")
	}
	s.Answer(sale("S2", 4, 10000))
	if b, err := os.ReadFile(path); err != nil || string(b) != string(broken) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestEnergy walks up the ladder of meter-1, of which 1,200 kWh are used: 1,400 kWh at
// 0.4883, then 2,200 at 0.5383, then the rest at 0.7883.
func TestEnergy(t *testing.T) {
	for _, c := range []struct {
		amount money.Amount
		want   int64 // 0.01 kWh
	}{
		{10000, 20479},         // 100.00 / 0.4883 = 204.79
		{68362, 140000},        // 1,400 kWh and no more
		{68362 + 5383, 150000}, // and 100 kWh of the second tier
		{186788, 360000},       // both tiers: 683.62 + 1,184.26 = 1,867.88
		{186788 + 7883, 370000},
	} {
		s := newSim(t, cardsystemsim.Config{})
		if p := s.Answer(sale("S1", 4, c.amount)).Post; p.Outcome != mis.Done || p.Sold.Energy != c.want || p.Sold.Amount != c.amount {
			t.Errorf("%s: %+v, want %d", c.amount, p, c.want)
		}
	}
}

// TestCallWithoutALine: what a client gets under each fault, with no socket between.
func TestCallWithoutALine(t *testing.T) {
	for _, c := range []struct {
		fault  cardsystemsim.Fault
		ok     bool
		booked bool
	}{
		{cardsystemsim.Down, false, false},
		{cardsystemsim.LoseRequest, false, false},
		{cardsystemsim.LateSale, false, false},
		{cardsystemsim.NoReply, false, true},
		{cardsystemsim.Slow, false, true},
		{cardsystemsim.Garbage, false, true},
		{cardsystemsim.Oversized, false, true},
		{cardsystemsim.OtherSerial, false, true},
		{cardsystemsim.OtherCard, false, true},
		{cardsystemsim.OtherCount, false, true},
		{cardsystemsim.OtherRequest, true, true}, // it is not of a sale
		{cardsystemsim.AnswerTwice, true, true},
		{cardsystemsim.Duplicate, true, true},
		{cardsystemsim.Busy, true, false},
		{cardsystemsim.Error, true, false},
		{cardsystemsim.KeysAway, true, true}, // a sale needs no keys
	} {
		s := newSim(t, cardsystemsim.Config{})
		if err := s.SetFor(c.fault, 1); err != nil {
			t.Fatal(err)
		}
		reply, ok := s.Call(sale("S1", 4, 10000))
		_, booked := s.Entry("S1")
		if ok != c.ok || booked != c.booked || !ok && reply.Post != (mis.PostResult{}) || ok && (reply.Post.Outcome == mis.Done) != c.booked {
			t.Errorf("%s: %+v, ok %v, booked %v", c.fault, reply.Post, ok, booked)
		}
	}
	if err := newSim(t, cardsystemsim.Config{}).Set("sunny", true); err == nil {
		t.Error("a fault that there is not was set")
	}
}

func TestAccountsAndCards(t *testing.T) {
	s := newSim(t, cardsystemsim.Config{Empty: true})
	if err := s.AddCard(cardsystemsim.Card{Serial: "01", Account: "2000000001"}); err == nil {
		t.Error("a card of nobody")
	}
	for i, want := range []bool{true, false} {
		if err := s.AddAccount(cardsystemsim.Account{Number: "2000000001"}); (err == nil) != want {
			t.Errorf("account, time %d: %v", i+1, err)
		}
		if err := s.AddCard(cardsystemsim.Card{Serial: "01", Account: "2000000001", Meter: "000000000009"}); (err == nil) != want {
			t.Errorf("card, time %d: %v", i+1, err)
		}
	}
	if err := s.ReplaceCard("02", "03"); err == nil {
		t.Error("a card that there is not was replaced")
	}

	f := metercard.Facts{Serial: "01", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000008"}
	if q := s.Answer(cardsystem.Request{Op: cardsystem.OpQuote, Card: f}).Quote; q.Reason != mis.OtherCard {
		t.Errorf("a card of another meter: %+v", q)
	}
	f.Meter = "000000000009"
	if q := s.Answer(cardsystem.Request{Op: cardsystem.OpQuote, Card: f}).Quote; q.Outcome != mis.Done {
		t.Errorf("its own meter: %+v", q)
	}
}

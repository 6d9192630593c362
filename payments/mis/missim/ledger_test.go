package missim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
)

func fixed() time.Time { return time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC) }

func post(serial, account string, amount money.Amount) mis.Request {
	return mis.Request{Op: mis.OpPost, Payment: mis.Payment{
		Serial: serial, Account: account, Amount: amount, BusinessDate: "20261123", Time: "20261123103000", Tender: "qr", Kiosk: "K1",
	}}
}

func TestLedgerJSON(t *testing.T) {
	s := missim.New(missim.Config{Now: fixed, Empty: true})
	if err := s.AddAccount(missim.Account{Number: "7", Name: "甲", Class: 3, Bills: []missim.Bill{{ID: "A", Month: "202610", Fee: 100, Penalty: 5}}}); err != nil {
		t.Fatal(err)
	}
	s.Answer(post("S1", "7", 103))
	got, err := json.Marshal(s.Ledger())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"entries":[{"serial":"S1","account":"7","amount":103,"to_arrears":103,"to_advance":0,` +
		`"reference":"MIS20261123000000001","date":"20261123","time":"2026-11-23T10:30:00Z","tender":"qr","kiosk":"K1",` +
		`"reversed":false,"posted_count":1,"attempts":1,"parts":[{"id":"A","month":"202610","fee":98,"penalty":5}]}],` +
		`"accounts":[{"number":"7","name":"甲","address":"","class":3,"bills":[{"id":"A","month":"202610","fee":2,"penalty":0}],` +
		`"advance":0,"arrears":2,"billed":105,"opening_advance":0}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOldestBillFirstPenaltyBeforeFee(t *testing.T) {
	for amount, want := range map[money.Amount][]missim.Bill{
		100:   {{ID: "YS10000001A", Month: "202609", Fee: 6600, Penalty: 150}, {ID: "YS10000001B", Month: "202610", Fee: 6000}},
		250:   {{ID: "YS10000001A", Month: "202609", Fee: 6600}, {ID: "YS10000001B", Month: "202610", Fee: 6000}},
		6850:  {{ID: "YS10000001B", Month: "202610", Fee: 6000}},
		6851:  {{ID: "YS10000001B", Month: "202610", Fee: 5999}},
		12850: {},
		20000: {},
	} {
		s := missim.New(missim.Config{Now: fixed})
		s.Answer(post("S1", "1000000001", amount))
		a, _ := s.Account("1000000001")
		if !cmp.Equal(a.Bills, want) || a.Advance != max(0, amount-12850) {
			t.Errorf("after %d: %+v, advance %d", amount, a.Bills, a.Advance)
		}
	}
}

func TestRefusals(t *testing.T) {
	s := missim.New(missim.Config{Now: fixed, Empty: true})
	for _, a := range []missim.Account{
		{Number: "1", NoAdvance: true},
		{Number: "2", NoAdvance: true, Bills: []missim.Bill{{ID: "A", Month: "202610", Fee: 100}}},
		{Number: "3", Limit: 50},
		{Number: "4", Advance: 30, NoPartial: true, Bills: []missim.Bill{{ID: "A", Month: "202610", Fee: 100}}},
	} {
		if err := s.AddAccount(a); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []struct {
		account string
		amount  money.Amount
		want    mis.Code
	}{
		{"1", 1, "1036"},
		{"2", 101, "11005"},
		{"3", 51, "11005"},
		{"3", 0, "1006"},
		{"4", 69, "1035"},
		{"2", 100, "1001"},
		{"3", 50, "1001"},
		{"4", 70, "1001"},
	} {
		if got := s.Answer(post(fmt.Sprint(i), c.account, c.amount)).Post; got.Code != c.want {
			t.Errorf("%d to account %s: %s, want %s", c.amount, c.account, got.Code, c.want)
		}
	}
	if got := s.Answer(mis.Request{Op: mis.OpVerify, Account: "1"}).Query.Code; got != "1036" {
		t.Errorf("verify: %s", got)
	}
	if err := s.Ledger().Audit(); err != nil {
		t.Error(err)
	}
}

func TestSetBillsAndReverseOfAWithdrawnBill(t *testing.T) {
	s := missim.New(missim.Config{Now: fixed})
	s.Answer(post("S1", "1000000001", 5000))
	if err := s.SetBills("1000000001", []missim.Bill{{ID: "N", Month: "202611", Fee: 700}}); err != nil {
		t.Fatal(err)
	}
	if a, _ := s.Account("1000000001"); a.Arrears != 700 {
		t.Errorf("arrears %d, want 700", a.Arrears)
	}
	s.Answer(mis.Request{Op: mis.OpReverse, Reversal: mis.Reversal{Serial: "R1", Original: "S1", BusinessDate: "20261123"}})
	if a, _ := s.Account("1000000001"); a.Arrears != 5700 {
		t.Errorf("arrears after reversal %d, want 5700", a.Arrears)
	}
	if err := s.Ledger().Audit(); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"unknown account": s.SetBills("9", nil),
		"bill twice":      s.SetBills("1000000001", []missim.Bill{{ID: "A", Month: "202601"}, {ID: "A", Month: "202602"}}),
		"negative":        s.SetBills("1000000001", []missim.Bill{{ID: "A", Month: "202601", Fee: -1}}),
		"account twice":   s.AddAccount(missim.Account{Number: "1000000001"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAuditFindsDamage(t *testing.T) {
	for name, damage := range map[string]func(*missim.Ledger){
		"booked twice":   func(l *missim.Ledger) { l.Entries = append(l.Entries, l.Entries[0]) },
		"count":          func(l *missim.Ledger) { l.Entries[0].PostedCount = 2 },
		"parts":          func(l *missim.Ledger) { l.Entries[0].ToAdvance++ },
		"entry lost":     func(l *missim.Ledger) { l.Entries = nil },
		"reversed":       func(l *missim.Ledger) { l.Entries[0].Reversed = true },
		"advance":        func(l *missim.Ledger) { l.Accounts[0].Advance++ },
		"bill":           func(l *missim.Ledger) { l.Accounts[3].Bills[0].Fee-- },
		"arrears":        func(l *missim.Ledger) { l.Accounts[3].Arrears = 0 },
		"account absent": func(l *missim.Ledger) { l.Accounts = l.Accounts[1:] },
	} {
		s := missim.New(missim.Config{Now: fixed})
		s.Answer(post("S1", "1000000001", 20000))
		l := s.Ledger()
		if err := l.Audit(); err != nil {
			t.Fatal(err)
		}
		damage(&l)
		if l.Audit() == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestLedgerSurvivesRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mis.json")
	s := missim.New(missim.Config{Now: fixed, Path: path})
	s.Answer(post("S1", "1000000001", 20000))
	s.Answer(post("S2", "1000000002", 500))
	s.Answer(mis.Request{Op: mis.OpReverse, Reversal: mis.Reversal{Serial: "R1", Original: "S2", BusinessDate: "20261123"}})
	again := missim.New(missim.Config{Now: fixed, Path: path})
	if again.Err() != nil || s.Err() != nil {
		t.Fatal(s.Err(), again.Err())
	}
	if d := cmp.Diff(s.Ledger(), again.Ledger()); d != "" {
		t.Errorf("ledger changed:\n%s", d)
	}
	if got := again.Answer(post("S1", "1000000001", 20000)).Post.Code; got != "11004" {
		t.Errorf("serial forgotten: %s", got)
	}
	if got := again.Answer(post("S3", "1000000002", 500)).Post.Reference; got != "MIS20261123000000003" {
		t.Errorf("reference %s", got)
	}

	if err := os.WriteFile(path, []byte(`{"entries":[{"serial":"S1"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := missim.New(missim.Config{Now: fixed, Path: path})
	if err := broken.Err(); err == nil || !strings.Contains(err.Error(), "S1") {
		t.Errorf("broken ledger: %v", err)
	}
}

package proof_test

import (
	"testing"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/proof"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
)

const kiosk = storetest.Kiosk

func open(t *testing.T) *store.Store {
	t.Helper()
	s := memstore.New(books.Rules{})
	_, err := s.Register(t.Context(), kiosk, 0, storetest.T0)
	check(t, err)

	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func reports(t *testing.T, s *store.Store, text string, at time.Time) {
	t.Helper()
	_, err := s.SaveReports(t.Context(), []fleet.Report{{Kiosk: kiosk, Online: text != "", Live: true, Text: text, At: at}})
	check(t, err)
}

// stands is what people see of one matter: open, closed or none, and whether its alarm is on.
func stands(t *testing.T, s *store.Store, class, alarm string) string {
	t.Helper()
	out := "none"
	cases, err := s.Cases(t.Context(), books.Filter{})
	check(t, err)
	for _, c := range cases {
		if c.Class == class {
			if out = "open"; !c.Open {
				out = "closed: " + c.Resolution
			}
		}
	}
	alarms, err := s.Alarms(t.Context())
	check(t, err)
	for _, a := range alarms {
		if a.Code == alarm {
			out += ", alarm"
		}
	}

	return out
}

func order(n int, amount int64) books.Order {
	return books.Order{
		Serial: storetest.Serial(kiosk, n), Account: "1000000004", Kiosk: kiosk, Tender: "cash", Amount: money.Amount(amount),
		PaidAt: storetest.T0.Add(30 * time.Second).UnixMilli(),
	}
}

// TestAttackPostingWithoutRecords: a posting that no record stands behind is a case and an
// alarm once its kiosk was online for ten minutes, and no sooner; the records end both.
func TestAttackPostingWithoutRecords(t *testing.T) {
	s := open(t)
	now := storetest.T0
	_, err := s.EnsurePosting(t.Context(), order(1, 10000), now)
	check(t, err)
	looks := func(minutes int, want string) {
		t.Helper()
		for range minutes {
			now = now.Add(time.Minute)
			check(t, s.Proof.Look(t.Context(), now))
		}
		if got := stands(t, s, books.ClassUnproven, proof.AlarmRecords); got != want {
			t.Errorf("after %s: %s, want %s", now.Sub(storetest.T0), got, want)
		}
	}
	reports(t, s, "", now)
	looks(60, "none") // offline: it can tell nothing
	reports(t, s, `{"v":1,"online":true}`, now)
	looks(9, "none")
	looks(2, "open, alarm")
	looks(30, "open, alarm") // once only

	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000004", 10000)
	_, err = s.Ingest(t.Context(), kiosk, j.Recs, now)
	check(t, err)
	looks(1, "closed: the records came, and agree")
}

// TestAttackSumsThatDoNotFit: records of another sum are a case at once.
func TestAttackSumsThatDoNotFit(t *testing.T) {
	s := open(t)
	_, err := s.EnsurePosting(t.Context(), order(1, 20000), storetest.T0)
	check(t, err)
	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000004", 10000)
	_, err = s.Ingest(t.Context(), kiosk, j.Recs, storetest.T0)
	check(t, err)
	check(t, s.Proof.Look(t.Context(), storetest.T0.Add(2*time.Minute)))
	if got := stands(t, s, books.ClassUnproven, proof.AlarmRecords); got != "open, alarm" {
		t.Error(got)
	}
}

// TestAttackCassette: the cash that a kiosk reports at a record is what its records make.
func TestAttackCassette(t *testing.T) {
	s := open(t)
	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000004", 10000, 5000)
	_, err := s.Ingest(t.Context(), kiosk, j.Recs, storetest.T0)
	check(t, err)
	_, err = s.Cash.Follow(t.Context(), storetest.T0)
	check(t, err)
	for i, c := range []struct{ report, want string }{
		{`{"v":1,"online":true,"cash":15000,"notes":2,"head":6}`, "none"},
		{`{"v":1,"online":true,"cash":5000,"notes":1,"head":5}`, "none"}, // of before the last record
		{`{"v":1,"online":true,"cash":5000,"notes":1,"head":6}`, "open, alarm"},
		{`{"v":1,"online":true,"cash":15000,"notes":2,"head":6}`, "closed: the kiosk reports what its records make"},
		{`{"v":1,"online":true,"cash":15000,"notes":3,"head":6}`, "open, alarm"},
	} {
		now := storetest.T0.Add(time.Duration(i+2) * time.Minute)
		reports(t, s, c.report, now)
		check(t, s.Proof.Look(t.Context(), now))
		if got := stands(t, s, books.ClassCassette, proof.AlarmCash); got != c.want {
			t.Errorf("%s: %s, want %s", c.report, got, c.want)
		}
	}
}

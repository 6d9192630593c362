package visit

import (
	"testing"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
	"wattkiosk/payments"
)

var reprintScreens = []page.Screen{reprint.AtLogin, reprint.AtList, reprint.AtFind, reprint.AtSlip}

// shelf is the second of three pages of what was looked for.
func shelf() reprint.Shelf {
	row := func(serial string) reprint.Row {
		return reprint.Row{Txn: payments.Transaction{Serial: serial, Account: "1000000001"}, At: t0}
	}

	return reprint.Shelf{Typed: "41", Count: 9, From: 4, Rows: []reprint.Row{row("10000001000000004141"), row("10000001000000000041")}, Chosen: row("10000001000000004141")}
}

// TestSiteStaffFindTheWay from the foot of the page: to the collection, and from there to the
// slips; where no cash is taken there is nothing else.
func TestSiteStaffFindTheWay(t *testing.T) {
	cash := quick()
	cashless := quick()
	cashless.Profile.Cells, cashless.Profile.Tenders = nil, []profile.Tender{profile.QR}
	for _, c := range []struct {
		machine Machine
		at      page.Screen
		name    string
		to      page.Screen
	}{
		{cash, page.Idle, "collect", collect.AtLogin},
		{cash, page.OutOfService, "collect", collect.AtLogin},
		{cashless, page.Idle, "collect", reprint.AtLogin},
		{cash, collect.AtLogin, "reprint", reprint.AtLogin},
		{cash, reprint.AtList, "reprint-number", reprint.AtFind},
		{cash, reprint.AtFind, "back", reprint.AtList},
		{cash, reprint.AtSlip, "back", reprint.AtList},
		{cash, reprint.AtLogin, "staff-leave", page.Idle},
		{cash, reprint.AtList, "staff-leave", page.Idle},
	} {
		s, _, err := Touched(at(c.at), page.Intent{Rev: 7, Name: c.name}, c.machine, t0)
		if err != nil || s.Screen != c.to {
			t.Errorf("%s on %s: %s, %v", c.name, c.at, s.Screen, err)
		}
	}

	s := at(collect.AtLogin)
	s.Collectors[0] = update.Person{Number: "21"}
	if Draw(s, cash).Offers("reprint") {
		t.Error("offered while the second of two is asked for")
	}
}

// TestWhoReprintsIsForgotten as soon as they leave those screens.
func TestWhoReprintsIsForgotten(t *testing.T) {
	s := at(reprint.AtLogin)
	s.Waiting = true
	s = Reprinter(s, update.Person{Number: "21"}, "", t0)
	if s.Screen != reprint.AtList || s.Reprinter.Number != "21" {
		t.Fatalf("on %s as %+v", s.Screen, s.Reprinter)
	}
	for _, screen := range reprintScreens {
		if got := s.show(screen, t0).Reprinter.Number; got != "21" {
			t.Errorf("forgotten on %s", screen)
		}
	}
	for _, screen := range []page.Screen{page.Idle, page.OutOfService, collect.AtLogin, update.AtLogin, page.Done} {
		if got := s.show(screen, t0).Reprinter.Number; got != "" {
			t.Errorf("kept on %s", screen)
		}
	}
	if again := Reprinter(s, update.Person{Number: "22"}, "", t0); again != s {
		t.Error("an answer that nobody waits for is taken")
	}
}

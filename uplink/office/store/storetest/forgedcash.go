package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/store"
)

// bagged has notes of 100 paid, collected as number 2, and received: so many of them were taken
// for genuine, and so many for counterfeit.
func bagged(t *testing.T, s *store.Store, genuine, forged int64) {
	t.Helper()
	cashiers(t, s)
	var notes []int64
	for range genuine + forged {
		notes = append(notes, 10000)
	}
	all := Piles(100, genuine+forged)
	ingest(t, s, NewJournal(Kiosk).Pay(t, 1, "1000000001", notes...).Collect(t, 2, all, all).Recs)
	ends(t, s, Serial(Kiosk, 1), posting.Posted)
	followsAll(t, s)
	args := fmt.Sprintf(`{"genuine":[{"value":10000,"notes":%d}],"counterfeit":[{"value":10000,"notes":%d}]}`, genuine, forged)
	check(t, twoDo(t, s, approval.Receive, Serial(Kiosk, 2), args, "chen", "zhao"))
	followsAll(t, s)
}

// aFake is one note of 100 out of collection 2, by its number.
func aFake(at counterfeit.Found, number, text string) counterfeit.Finding {
	f := fakesAt(at)
	f.Notes = []counterfeit.Note{{Value: 10000, Number: number, Kind: counterfeit.Printed}}
	f.Text = text

	return f
}

// finds opens a case, and refusesFind has none opened.
func finds(t *testing.T, s *store.Store, f counterfeit.Finding) counterfeit.Case {
	t.Helper()
	c, err := s.Forgeries.Open(t.Context(), f, "wang", T0)
	check(t, err)
	followsAll(t, s)

	return c
}

func refusesFind(t *testing.T, s *store.Store, f counterfeit.Finding, want error, says string) {
	t.Helper()
	c, err := s.Forgeries.Open(t.Context(), f, "wang", T0)
	if !errors.Is(err, want) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s of %s: %v, want %v that says %q", f.Found, f.Collection, err, want, says)
	}
	if _, err := s.Forgeries.Case(t.Context(), c.ID); c.ID != "" && err == nil {
		t.Errorf("and there is a case %s", c.ID)
	}
}

// ownerBears has two people decide that the owner bears a loss.
func ownerBears(t *testing.T, s *store.Store, id string) {
	t.Helper()
	check(t, twoDo(t, s, approval.BearLoss, id, "owner", "zhang", "li"))
	followsAll(t, s)
}

// remits hands collection 2 over, and returns the name of the remittance.
func remits(t *testing.T, s *store.Store, want money.Amount) string {
	t.Helper()
	id := cash.RemittanceID([]string{Serial(Kiosk, 2)})
	check(t, twoDo(t, s, approval.Remit, id, Serial(Kiosk, 2), "chen", "zhao"))
	followsAll(t, s)
	if r, err := s.Cash.Remittance(t.Context(), id); err != nil || r.Amount != want {
		t.Errorf("remitted %s, want %s: %v", r.Amount, want, err)
	}

	return id
}

func bankHas(t *testing.T, s *store.Store, id string, sum money.Amount) {
	t.Helper()
	_, err := s.Cash.Deposit(t.Context(), id, cash.BankEntry{Reference: "B1", Amount: sum, Date: "20261124", By: "sun"}, T0)
	check(t, err)
	followsAll(t, s)
}

// forgedInVault: a counterfeit note among those that were taken for genuine is set aside when it
// is found, is not handed over, and is lost once.
func forgedInVault(t *testing.T, s *store.Store) {
	staffed(t, s)
	bagged(t, s, 2, 0)
	refusesFind(t, s, aFake(counterfeit.AtBank, "AB1", ""), cash.ErrForged, "is in the vault")
	c := finds(t, s, aFake(counterfeit.InVault, "AB1", ""))
	holdAll(t, s, "cash-counted 100.00, counterfeit 100.00, payable-mis -200.00")
	if again := finds(t, s, aFake(counterfeit.InVault, "AB1", "")); again.ID != c.ID || again.Version != 1 {
		t.Errorf("again: %+v", again)
	}
	holdAll(t, s, "cash-counted 100.00, counterfeit 100.00, payable-mis -200.00")
	stands(t, s, "forged-"+c.ID, "cash-counted -100.00, counterfeit 100.00")
	bag, err := s.Cash.Collection(t.Context(), Serial(Kiosk, 2))
	if check(t, err); bag.Vaulted() != 10000 || bag.Genuine() != 20000 || bag.SetAside() != 10000 {
		t.Errorf("%s of %s are to be handed over, %s set aside", bag.Vaulted(), bag.Genuine(), bag.SetAside())
	}
	if got := classes(t, s); got != "counterfeit:100.00" {
		t.Errorf("cases %q", got)
	}
	refusesFind(t, s, aFake(counterfeit.InVault, "AB1", "the same note in other words"), counterfeit.ErrClaimed, c.ID)

	ownerBears(t, s, c.ID)
	holdAll(t, s, "cash-counted 100.00, write-off 100.00, payable-mis -200.00")
	stands(t, s, "counterfeit-"+c.ID, "counterfeit -100.00, write-off 100.00")
	refusesFind(t, s, aFake(counterfeit.InVault, "AB1", "once more, after the decision"), counterfeit.ErrClaimed, c.ID)
	two := fakesAt(counterfeit.InVault)
	refusesFind(t, s, two, cash.ErrForged, "had 2 genuine notes of 100.00, cases have 1 of them")

	id := remits(t, s, 10000)
	refusesFind(t, s, aFake(counterfeit.InVault, "AB2", ""), cash.ErrForged, "was remitted")
	bankHas(t, s, id, 10000)
	holdAll(t, s, "cash-at-bank 100.00, write-off 100.00, payable-mis -200.00")
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
}

// bankCase is when the bank says what it has of 200, of which it found 100 to be counterfeit.
type bankCase struct {
	before, after money.Amount // the deposit as it is entered before the finding, or after it
	found, end    string       // the books once the note is found, and at the end
	cases         string       // that are open at the end
}

var (
	bankShort = bankCase{
		before: 10000, found: "cash-at-bank 100.00, counterfeit 100.00, payable-mis -200.00",
		end: "cash-at-bank 100.00, write-off 100.00, payable-mis -200.00",
	}
	bankLater = bankCase{
		after: 10000, found: "cash-remitted 200.00, cash-at-bank -100.00, counterfeit 100.00, payable-mis -200.00",
		end: "cash-at-bank 100.00, write-off 100.00, payable-mis -200.00",
	}
	bankTakesBack = bankCase{
		before: 20000, found: "cash-at-bank 100.00, counterfeit 100.00, payable-mis -200.00",
		end: "cash-at-bank 100.00, write-off 100.00, payable-mis -200.00",
	}
	bankShorter = bankCase{
		before: 5000, found: "cash-at-bank 50.00, shortage 50.00, counterfeit 100.00, payable-mis -200.00",
		end: "cash-at-bank 50.00, shortage 50.00, write-off 100.00, payable-mis -200.00", cases: "deposit-difference:-50.00",
	}
)

// forgedAtBank: a note that the bank found explains what it has less, whenever each of them is
// known, and is lost once.
func forgedAtBank(b bankCase) func(*testing.T, *store.Store) {
	return func(t *testing.T, s *store.Store) {
		staffed(t, s)
		bagged(t, s, 2, 0)
		id := remits(t, s, 20000)
		if b.before > 0 {
			bankHas(t, s, id, b.before)
		}
		c := finds(t, s, aFake(counterfeit.AtBank, "AB1", ""))
		holdAll(t, s, b.found)
		refusesFind(t, s, aFake(counterfeit.AtBank, "AB1", "in other words"), counterfeit.ErrClaimed, c.ID)
		if b.after > 0 {
			bankHas(t, s, id, b.after)
		}
		ownerBears(t, s, c.ID)
		holdAll(t, s, b.end)
		if got := classes(t, s); got != b.cases {
			t.Errorf("cases %q, want %q", got, b.cases)
		}
		three := fakesAt(counterfeit.AtBank)
		refusesFind(t, s, three, cash.ErrForged, "cases have 1 of them")
	}
}

// forgedOnce: no more notes are claimed of a collection than its receipt says that it had, and
// none of one that is not this kiosk's, or was not counted.
func forgedOnce(t *testing.T, s *store.Store) {
	staffed(t, s)
	of := func(kiosk, serial string) counterfeit.Finding {
		f := aFake(counterfeit.AtCount, "AB1", "")
		f.Kiosk, f.Collection = kiosk, serial
		return f
	}
	refusesFind(t, s, of(Kiosk, Serial(Kiosk, 2)), cash.ErrForged, "has no collection")
	refusesFind(t, s, of(Kiosk, ""), counterfeit.ErrInput, "20 digits")
	j := NewJournal("10000002").Pay(t, 1, "1000000001", 10000).Collect(t, 2, Piles(100, 1), Piles(100, 1))
	_, err := s.Register(t.Context(), "10000002", 0, T0)
	check(t, err)
	ingestOf(t, s, j)
	bagged(t, s, 1, 2)
	refusesFind(t, s, of("10000002", Serial("10000002", 2)), cash.ErrForged, "was not received")
	refusesFind(t, s, of("10000002", Serial(Kiosk, 2)), cash.ErrForged, "kiosk 10000002 has no collection")
	twice := fakesAt(counterfeit.AtCount)
	twice.Notes[1].Number = twice.Notes[0].Number
	refusesFind(t, s, twice, counterfeit.ErrInput, "is there twice")
	other := aFake(counterfeit.AtCount, "AB1", "")
	other.Notes[0].Value = 5000
	refusesFind(t, s, other, cash.ErrForged, "had 0 counterfeit notes of 50.00")

	one := finds(t, s, aFake(counterfeit.AtCount, "AB1", ""))
	stands(t, s, "forged-"+one.ID, "")
	refusesFind(t, s, aFake(counterfeit.AtCount, "AB1", "in other words"), counterfeit.ErrClaimed, one.ID)
	refusesFind(t, s, fakesAt(counterfeit.AtCount), cash.ErrForged, "had 2 counterfeit notes of 100.00, cases have 1 of them, and this would be 2 more")
	two := finds(t, s, aFake(counterfeit.AtCount, "", "its number cannot be read"))
	refusesFind(t, s, aFake(counterfeit.AtCount, "", "nor can this"), cash.ErrForged, "cases have 2 of them")
	three := finds(t, s, aFake(counterfeit.InVault, "", "the third was taken for genuine"))
	for _, c := range []counterfeit.Case{one, two, three} {
		ownerBears(t, s, c.ID)
	}
	if got := holds(t, s, everything); !strings.Contains(got, "write-off 300.00") || strings.Contains(got, "counterfeit") || strings.Contains(got, "cash-counted") {
		t.Errorf("the books hold %s", got)
	}
}

// forgedAtOnce: of many who enter one note in words of their own, one has a case.
func forgedAtOnce(t *testing.T, s *store.Store) {
	staffed(t, s)
	bagged(t, s, 9, 0)
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Add(1)
		go func() {
			defer all.Done()
			_, errs[i] = s.Forgeries.Open(t.Context(), aFake(counterfeit.InVault, "AB1", fmt.Sprint("in words ", i)), "wang", T0)
		}()
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, counterfeit.ErrClaimed):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d have the note", won)
	}
	followsAll(t, s)
	if bag, err := s.Cash.Collection(t.Context(), Serial(Kiosk, 2)); err != nil || bag.Vaulted() != 80000 {
		t.Errorf("%s are to be handed over: %v", bag.Vaulted(), err)
	}
}

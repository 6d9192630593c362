package storetest

import (
	"errors"
	"strings"
	"testing"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

// takesBack has two people take a finding back, of whom the second signs.
func takesBack(t *testing.T, s *store.Store, id string) error {
	t.Helper()
	err := twoDo(t, s, approval.TakeBack, id, "", "wang", "zhang")
	if err == nil {
		followsAll(t, s)
	}

	return err
}

// onlyBack wants one case taken back, and nothing else counted.
func onlyBack(t *testing.T, s *store.Store, back, cases int64) {
	t.Helper()
	f, err := s.Forgeries.Figures(t.Context(), T0.UnixMilli())
	if check(t, err); len(f) != 1 || f[0].Back != back || f[0].Cases != cases || f[0].Notes != cases || f[0].ByMaker != 0 || f[0].Dropped != 0 || f[0].ByOwner != 0 {
		t.Errorf("figures %+v", f)
	}
}

// takenBackInVault: a note that was set aside by mistake is genuine again, once, by two people; it
// may be found anew by its number; once its collection was handed over without it, it may not be
// taken back.
func takenBackInVault(t *testing.T, s *store.Store) {
	staffed(t, s)
	bagged(t, s, 2, 0)
	c := finds(t, s, aFake(counterfeit.InVault, "AB1", ""))
	for _, who := range [][2]string{{"wang", "wang"}, {"wang", "li"}, {"chen", "zhang"}} { // one person, two operators, a cashier
		if err := twoDo(t, s, approval.TakeBack, c.ID, "", who[0], who[1]); !errors.Is(err, approval.ErrTwoPeople) && !errors.Is(err, approval.ErrNotAllowed) {
			t.Errorf("taken back by %v: %v", who, err)
		}
		if p, err := s.Plans.Plans(t.Context(), approval.Filter{Pending: true}, T0); err == nil && len(p) == 1 {
			_, err := s.Plans.Refuse(t.Context(), p[0].ID, "wang", "再看", T0)
			check(t, err)
		}
	}
	holdAll(t, s, "cash-counted 100.00, counterfeit 100.00, payable-mis -200.00")

	check(t, takesBack(t, s, c.ID))
	holdAll(t, s, "cash-counted 200.00, payable-mis -200.00")
	stands(t, s, "forged-"+c.ID, "")
	c, err := s.Forgeries.Case(t.Context(), c.ID)
	if check(t, err); c.Open() || c.Stage != counterfeit.StageTakenBack || c.SetAside || c.TakenBack.By != "wang" || c.TakenBack.Approver != "zhang" || c.TakenBack.Reason == "" || c.DueAt != 0 {
		t.Errorf("%+v", c)
	}
	onlyBack(t, s, 1, 0)
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	if got := newestAct(t, s); !strings.HasPrefix(got, "wang: approve take-back ") && !strings.HasPrefix(got, "zhang: approve take-back "+c.ID) {
		t.Errorf("the log ends with %q", got)
	}
	if err := takesBack(t, s, c.ID); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("taken back twice: %v", err)
	}
	for what, err := range map[string]error{
		"told":    second(s.Forgeries.Tell(t.Context(), c.ID, "电话", "wang", T0)),
		"claimed": second(s.Forgeries.ClaimFrom(t.Context(), c.ID, "函 8 号", "wang", T0)),
		"decided": twoDo(t, s, approval.BearLoss, c.ID, "owner", "zhang", "li"),
	} {
		if !errors.Is(err, counterfeit.ErrNotPossible) && !errors.Is(err, approval.ErrNotPossible) {
			t.Errorf("%s after it was taken back: %v", what, err)
		}
	}
	if _, err := s.Forgeries.Open(t.Context(), aFake(counterfeit.InVault, "AB1", ""), "wang", T0); !errors.Is(err, counterfeit.ErrInput) || !strings.Contains(err.Error(), "was taken back as case "+c.ID) {
		t.Errorf("the very same finding: %v", err)
	}

	again := finds(t, s, aFake(counterfeit.InVault, "AB1", "the bank's machine says so"))
	holdAll(t, s, "cash-counted 100.00, counterfeit 100.00, payable-mis -200.00")
	onlyBack(t, s, 1, 1)
	remits(t, s, 10000)
	if err := takesBack(t, s, again.ID); !errors.Is(err, approval.ErrNotPossible) || !errors.Is(err, cash.ErrForged) {
		t.Errorf("taken back after the others were handed over: %v", err)
	}
	holdAll(t, s, "cash-remitted 100.00, counterfeit 100.00, payable-mis -200.00")
}

// second is the error of two results.
func second[T any](_ T, err error) error { return err }

// takenBackClaimed: what was decided, claimed and written off is posted back; a claim that was paid
// stays.
func takenBackClaimed(t *testing.T, s *store.Store) {
	staffed(t, s)
	bagged(t, s, 2, 0)
	Person(t, s, "xu", people.RoleAdmin)
	s.Forgeries.SetContracts(agreed)
	claims := func(f counterfeit.Finding) string {
		t.Helper()
		c := finds(t, s, f)
		_, err := s.Forgeries.Tell(t.Context(), c.ID, "电话", "wang", T0)
		check(t, err)
		check(t, twoDo(t, s, approval.BearLoss, c.ID, "maker", "zhang", "li"))
		_, err = s.Forgeries.ClaimFrom(t.Context(), c.ID, "函 7 号", "wang", T0)
		check(t, err)
		followsAll(t, s)

		return c.ID
	}
	id := claims(aFake(counterfeit.InVault, "AB1", ""))
	holdAll(t, s, "cash-counted 100.00, due-from-maker 100.00, payable-mis -200.00")
	check(t, takesBack(t, s, id))
	holdAll(t, s, "cash-counted 200.00, payable-mis -200.00")
	stands(t, s, "counterfeit-"+id, "")
	c, err := s.Forgeries.Case(t.Context(), id)
	if check(t, err); c.Claim.State != counterfeit.Void || c.Waits() || c.DueAt != 0 || c.Decision.Maker != 10000 {
		t.Errorf("%+v", c)
	}
	if n, err := s.Forgeries.Watch(t.Context(), T0.AddDate(1, 0, 0)); n != 0 || err != nil {
		t.Errorf("a claim that is void is late: %d, %v", n, err)
	}
	d, err := s.CaseDetail(t.Context(), "counterfeit-"+Kiosk+"-"+id)
	if check(t, err); d.Case.Open || len(d.Events) == 0 || !strings.HasPrefix(d.Events[len(d.Events)-1].Text, "taken-back: ") {
		t.Errorf("its case says %+v", d.Events)
	}

	id = claims(aFake(counterfeit.InVault, "AB1", "once more"))
	_, err = s.Forgeries.RefusedBy(t.Context(), id, "不认", "wang", T0)
	check(t, err)
	check(t, twoDo(t, s, approval.DropClaim, id, "", "zhang", "xu"))
	holdAll(t, s, "cash-counted 100.00, write-off 100.00, payable-mis -200.00")
	check(t, takesBack(t, s, id))
	holdAll(t, s, "cash-counted 200.00, payable-mis -200.00")
	stands(t, s, "claim-dropped-"+id, "")
	onlyBack(t, s, 2, 0)

	id = claims(aFake(counterfeit.InVault, "AB1", "a third time"))
	_, err = s.Forgeries.PaidBy(t.Context(), id, 10000, "P1", "chen", T0)
	check(t, err)
	if err := takesBack(t, s, id); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("taken back after the maker paid: %v", err)
	}
	stands(t, s, "claim-"+id, "cash-at-bank 100.00, due-from-maker -100.00")
}

// takenBackElsewhere: what the bank found explains nothing any more; what a second count took for
// counterfeit stays so, and may be another case's.
func takenBackElsewhere(t *testing.T, s *store.Store) {
	staffed(t, s)
	bagged(t, s, 2, 1)
	counted := finds(t, s, aFake(counterfeit.AtCount, "AB1", ""))
	refusesFind(t, s, aFake(counterfeit.AtCount, "AB2", ""), cash.ErrForged, "cases have 1 of them")
	check(t, takesBack(t, s, counted.ID))
	holdAll(t, s, "cash-counted 200.00, counterfeit 100.00, payable-mis -300.00")
	finds(t, s, aFake(counterfeit.AtCount, "AB2", ""))

	id := remits(t, s, 20000)
	bankHas(t, s, id, 10000)
	found := finds(t, s, aFake(counterfeit.AtBank, "AB1", "as the bank says"))
	holdAll(t, s, "cash-at-bank 100.00, counterfeit 200.00, payable-mis -300.00")
	check(t, takesBack(t, s, found.ID))
	holdAll(t, s, "cash-at-bank 100.00, shortage 100.00, counterfeit 100.00, payable-mis -300.00")
	if r, err := s.Cash.Remittance(t.Context(), id); err != nil || r.Forged != 0 || r.Off() != -10000 {
		t.Errorf("%+v, %v", r, err)
	}
	if got := classes(t, s); !strings.Contains(got, books.ClassDeposit+":") {
		t.Errorf("cases %q", got)
	}
}

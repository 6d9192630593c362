package storetest

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"testing"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

// agreed are contracts with one maker, who comes within two working days and bears up to 150.
var agreed = counterfeit.Contracts{
	First: "wang",
	Makers: []counterfeit.Terms{{
		Maker: "Acme", InformHours: 4, ComeDays: 2, AnswerDays: 5, PayDays: 20, WorkingDays: true, Bears: counterfeit.ByMaker, UpTo: 15000,
		Escalate: []counterfeit.Escalation{{AfterDays: 0, Who: "li"}, {AfterDays: 2, Who: "zhang"}},
	}},
	Fittings: []counterfeit.Fitted{{Maker: "Acme", Device: "NV200", Firmware: "4.17"}},
}

func fakesAt(at counterfeit.Found) counterfeit.Finding {
	return counterfeit.Finding{
		Kiosk: Kiosk, Found: at, FoundAt: T0.UnixMilli(), Until: T0.UnixMilli(), Collection: Serial(Kiosk, 2),
		Notes: []counterfeit.Note{{Value: 10000, Number: "AB12345678", Kind: counterfeit.Printed}, {Value: 10000, Kind: counterfeit.Unsure}},
	}
}

// forgery: counterfeit notes come to their end: the loss is in the books once, as two people
// decide and the contract says, and all of it is in the pack.
func forgery(t *testing.T, s *store.Store) {
	staffed(t, s)
	bagged(t, s, 0, 2)
	s.Forgeries.SetContracts(agreed)
	c, err := s.Forgeries.Open(t.Context(), fakesAt(counterfeit.AtCount), "zhang", T0)
	check(t, err)
	again, err := s.Forgeries.Open(t.Context(), fakesAt(counterfeit.AtCount), "li", T0.Add(time.Hour))
	if check(t, err); again.ID != c.ID || again.Version != 1 || c.Owner != "wang" || c.Device != "NV200" || c.DueAt != T0.Add(4*time.Hour).UnixMilli() {
		t.Errorf("%+v", again)
	}
	mine, err := s.Cases(t.Context(), books.Filter{Open: true, Owner: "wang", Class: books.ClassCounterfeit})
	if check(t, err); len(mine) != 1 || mine[0].Amount != 20000 || mine[0].DueAt != c.DueAt || mine[0].NextStep == "" {
		t.Fatalf("cases %+v", mine)
	}
	if err := Two(t, s, approval.CloseCase, mine[0].ID, "算了", T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("closed without a decision: %v", err)
	}

	// Nobody told the maker in time: who is above gets it, and then who is above that.
	late := T0.Add(4 * time.Hour)
	if n, err := s.Forgeries.Watch(t.Context(), late.Add(-time.Second)); err != nil || n != 0 {
		t.Errorf("too early: %d, %v", n, err)
	}
	for i, who := range []string{"li", "zhang", "zhang"} {
		_, err := s.Forgeries.Watch(t.Context(), late.Add(time.Duration(i)*48*time.Hour))
		check(t, err)
		if now, err := s.Forgeries.Case(t.Context(), c.ID); err != nil || now.Owner != who {
			t.Errorf("escalation %d: %s, %v", i, now.Owner, err)
		}
	}

	decide := func(who counterfeit.Bears) error {
		p, err := s.Plans.Propose(t.Context(), approval.BearLoss, approval.Ask{Object: c.ID, Args: string(who), Reason: "合同第 7 条", By: "wang"}, T0)
		if err != nil {
			return err
		}
		_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "li", "", T0)
		return err
	}
	if err := decide(counterfeit.ByMaker); !errors.Is(err, counterfeit.ErrNotPossible) {
		t.Errorf("decided before the maker was told: %v", err)
	}
	told := time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC) // a Friday
	c, err = s.Forgeries.Tell(t.Context(), c.ID, "电话 王经理", "wang", told)
	if want := time.Date(2026, 12, 1, 15, 59, 59, 0, time.UTC); err != nil || c.DueAt != want.UnixMilli() {
		t.Errorf("due %s, want %s: %v", time.UnixMilli(c.DueAt).UTC(), want, err)
	}
	var picture bytes.Buffer
	check(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 2, 2))))
	for range 2 {
		c, err = s.Forgeries.AddPhoto(t.Context(), c.ID, picture.Bytes(), "wang", told)
		check(t, err)
	}
	if x, err := s.Forgeries.Exhibit(t.Context(), c.Photos[0].Hash); len(c.Photos) != 1 || err != nil || x.Type != "image/png" || !bytes.Equal(x.Content, picture.Bytes()) {
		t.Errorf("photographs %+v, %v", c.Photos, err)
	}
	for _, bad := range [][]byte{nil, []byte("<svg onload=alert(1)>"), append(make([]byte, counterfeit.MaxPhoto), picture.Bytes()...)} {
		if _, err := s.Forgeries.AddPhoto(t.Context(), c.ID, bad, "wang", told); !errors.Is(err, counterfeit.ErrPicture) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	_, err = s.Forgeries.Visit(t.Context(), c.ID, counterfeit.Visited{At: told.UnixMilli(), Who: "王工", Said: "已升级固件", Firmware: "4.18"}, "wang", told)
	check(t, err)

	one, err := s.Forgeries.Pack(t.Context(), c.ID)
	check(t, err)
	two, err := s.Forgeries.Pack(t.Context(), c.ID)
	if check(t, err); !bytes.Equal(one, two) || !bytes.Contains(one, []byte("photo-"+c.Photos[0].Hash+".png")) || !bytes.Contains(one, []byte("manifest.json")) {
		t.Error("packs differ, or lack something")
	}

	check(t, decide(counterfeit.ByMaker))
	stands(t, s, "counterfeit-"+c.ID, "due-from-maker 150.00, counterfeit -200.00, write-off 50.00")
	if err := decide(counterfeit.ByOwner); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("decided twice: %v", err)
	}
	stands(t, s, "counterfeit-"+c.ID, "due-from-maker 150.00, counterfeit -200.00, write-off 50.00")
	makerPays(t, s, c.ID, told)
	d, err := s.CaseDetail(t.Context(), mine[0].ID)
	if check(t, err); d.Case.Open || d.Case.ClosedBy != "wang, li" {
		t.Errorf("case %+v", d.Case)
	}
	f, err := s.Forgeries.Figures(t.Context(), T0.UnixMilli())
	if check(t, err); len(f) != 1 || f[0] != (counterfeit.Figure{Maker: "Acme", Device: "NV200", Firmware: "4.17", Cases: 1, Notes: 2, Amount: 20000, ByMaker: 15000, Paid: 15000, ByOwner: 5000}) {
		t.Errorf("figures %+v", f)
	}
	if _, err := s.Forgeries.Tell(t.Context(), c.ID, "again", "wang", told); !errors.Is(err, counterfeit.ErrNotPossible) {
		t.Errorf("told after the end: %v", err)
	}
}

// dropped: what the maker refuses to pay is written off, once, by two people of whom both see to
// money; what it pays all the same comes back out of there, once.
func dropped(t *testing.T, s *store.Store) {
	staffed(t, s)
	bagged(t, s, 2, 0)
	Person(t, s, "xu", people.RoleAdmin)
	s.Forgeries.SetContracts(agreed)
	c, err := s.Forgeries.Open(t.Context(), fakesAt(counterfeit.InVault), "zhang", T0)
	check(t, err)
	_, err = s.Forgeries.Tell(t.Context(), c.ID, "电话", "wang", T0)
	check(t, err)
	p, err := s.Plans.Propose(t.Context(), approval.BearLoss, approval.Ask{Object: c.ID, Args: "maker", Reason: "合同第 7 条", By: "wang"}, T0)
	check(t, err)
	drops := func(reason string) (approval.Plan, error) {
		return s.Plans.Propose(t.Context(), approval.DropClaim, approval.Ask{Object: c.ID, Reason: reason, By: "zhang"}, T0)
	}
	impossible := func(when string, want error) {
		t.Helper()
		if _, err := drops("算了"); !errors.Is(err, want) {
			t.Errorf("written off %s: %v, want %v", when, err, want)
		}
	}
	impossible("before it was decided", approval.ErrNotPossible)
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "li", "", T0)
	check(t, err)
	impossible("before it was claimed", approval.ErrNotPossible)
	_, err = s.Forgeries.ClaimFrom(t.Context(), c.ID, "letter 7", "wang", T0)
	check(t, err)
	impossible("before the maker refused", approval.ErrNotPossible)
	_, err = s.Forgeries.RefusedBy(t.Context(), c.ID, "not our device", "wang", T0)
	check(t, err)

	if _, err := s.Plans.Propose(t.Context(), approval.DropClaim, approval.Ask{Object: c.ID, Reason: "算了", By: "wang"}, T0); !errors.Is(err, approval.ErrNotAllowed) {
		t.Errorf("an operator writes a loss off: %v", err)
	}
	p, err = drops("厂商破产")
	check(t, err)
	if _, err := s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "", T0); !errors.Is(err, approval.ErrNotAllowed) {
		t.Errorf("an operator approves it: %v", err)
	}
	if _, err := s.Plans.Approve(t.Context(), p.ID, p.Hash, "zhang", "", T0); !errors.Is(err, approval.ErrTwoPeople) {
		t.Errorf("written off by one person: %v", err)
	}
	_, err = s.Forgeries.ClaimFrom(t.Context(), c.ID, "letter 8", "wang", T0)
	check(t, err)
	if _, err := s.Plans.Approve(t.Context(), p.ID, p.Hash, "xu", "", T0); !errors.Is(err, approval.ErrNotPossible) && !errors.Is(err, approval.ErrChanged) {
		t.Errorf("written off while it is claimed again: %v", err)
	}
	_, err = s.Forgeries.RefusedBy(t.Context(), c.ID, "no", "wang", T0)
	check(t, err)
	stands(t, s, "claim-dropped-"+c.ID, "")

	p, err = drops("厂商破产")
	check(t, err)
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "xu", "", T0)
	check(t, err)
	stands(t, s, "claim-dropped-"+c.ID, "due-from-maker -150.00, write-off 150.00")
	c, err = s.Forgeries.Case(t.Context(), c.ID)
	if check(t, err); c.Claim.State != counterfeit.Dropped || c.Claim.EndedBy != "zhang, xu" || c.Waits() || c.DueAt != 0 {
		t.Errorf("written off: %+v", c.Claim)
	}
	impossible("twice", approval.ErrNotPossible)
	if _, err := s.Forgeries.ClaimFrom(t.Context(), c.ID, "letter 9", "wang", T0); !errors.Is(err, counterfeit.ErrNotPossible) {
		t.Errorf("claimed after it was written off: %v", err)
	}
	f, err := s.Forgeries.Figures(t.Context(), T0.UnixMilli())
	if check(t, err); len(f) != 1 || f[0].ByMaker != 15000 || f[0].Dropped != 15000 || f[0].Paid != 0 {
		t.Errorf("figures %+v", f)
	}

	_, err = s.Forgeries.PaidBy(t.Context(), c.ID, 15000, "P20270301", "chen", T0)
	check(t, err)
	stands(t, s, "claim-"+c.ID, "cash-at-bank 150.00, write-off -150.00")
	f, err = s.Forgeries.Figures(t.Context(), T0.UnixMilli())
	if check(t, err); len(f) != 1 || f[0].Dropped != 0 || f[0].Paid != 15000 {
		t.Errorf("figures %+v", f)
	}
}

// makerPays: what the maker bears is claimed, refused, claimed again with a deadline by the
// contract, and paid once, by another person than who claimed it; late truth counts.
func makerPays(t *testing.T, s *store.Store, id string, now time.Time) {
	t.Helper()
	desk := s.Forgeries
	refuses := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	pays := func(sum money.Amount, by string) (counterfeit.Case, error) {
		return desk.PaidBy(t.Context(), id, sum, "P20261201", by, now)
	}
	_, err := pays(15000, "chen")
	refuses("paid before it was claimed", err, counterfeit.ErrNotPossible)
	_, err = desk.RefusedBy(t.Context(), id, "no", "wang", now)
	refuses("refused before it was claimed", err, counterfeit.ErrNotPossible)

	c, err := desk.ClaimFrom(t.Context(), id, "letter 7", "wang", now)
	if want := time.Date(2026, 12, 25, 15, 59, 59, 0, time.UTC); err != nil || c.Claim.State != counterfeit.Claimed || c.Claim.Amount != 15000 || c.DueAt != want.UnixMilli() {
		t.Errorf("claimed: %+v, due %s, %v", c.Claim, time.UnixMilli(c.DueAt).UTC(), err)
	}
	_, err = desk.ClaimFrom(t.Context(), id, "letter 8", "wang", now)
	refuses("claimed twice", err, counterfeit.ErrNotPossible)
	if n, err := desk.Watch(t.Context(), time.Date(2026, 12, 26, 0, 0, 0, 0, time.UTC)); err != nil || n != 1 {
		t.Errorf("a late claim: %d escalations, %v", n, err)
	}
	_, err = pays(15000, "wang")
	refuses("paid by who claimed it", err, books.ErrTwoPeople)
	_, err = pays(14000, "chen")
	refuses("paid less", err, counterfeit.ErrInput)
	c, err = desk.RefusedBy(t.Context(), id, "not our device", "wang", now)
	if err != nil || c.Claim.State != counterfeit.Refused || !c.Waits() || c.DueAt != 0 {
		t.Errorf("refused: %+v, %v", c.Claim, err)
	}
	stands(t, s, "claim-"+id, "")
	_, err = desk.ClaimFrom(t.Context(), id, "the court says so", "wang", now)
	check(t, err)

	c, err = pays(15000, "chen")
	if err != nil || c.Claim.State != counterfeit.Paid || c.Claim.EndedBy != "chen" || c.Claim.Reference != "P20261201" || c.Waits() {
		t.Errorf("paid: %+v, %v", c.Claim, err)
	}
	stands(t, s, "claim-"+id, "cash-at-bank 150.00, due-from-maker -150.00")
	_, err = pays(15000, "chen")
	refuses("paid twice", err, counterfeit.ErrNotPossible)
	stands(t, s, "claim-"+id, "cash-at-bank 150.00, due-from-maker -150.00")
}

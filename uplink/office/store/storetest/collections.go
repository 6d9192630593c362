package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

// everything does not narrow.
var everything = accounts.Filter{}

// Piles are notes of these denominations in yuan, and how many of each.
func Piles(valueAndNotes ...int64) []collection.Pile {
	var out []collection.Pile
	for i := 0; i+1 < len(valueAndNotes); i += 2 {
		out = append(out, collection.Pile{Value: money.Yuan(valueAndNotes[i]), Notes: valueAndNotes[i+1]})
	}
	return out
}

// Tell adds an event of a collection as its kiosk records it.
func (j *Journal) Tell(t testing.TB, serial string, e payments.Event) *Journal {
	t.Helper()
	return j.Add(t, e.EventType(), serial, e)
}

// Collect adds the n-th serial as a whole collection by 4711 and 4712: what was inside, and
// what they counted.
func (j *Journal) Collect(t testing.TB, n int, inside, counted []collection.Pile) *Journal {
	t.Helper()
	return j.collectMoved(t, n, 0, inside, counted)
}

// collectMoved collects a cassette that had been out of its place so often.
func (j *Journal) collectMoved(t testing.TB, n int, moved int64, inside, counted []collection.Pile) *Journal {
	t.Helper()
	s := Serial(j.Kiosk, n)
	at := T0.Add(time.Duration(j.Head.Seq) * time.Second).UnixMilli()
	j.Tell(t, s, collection.Opened{By: "4711", With: "4712", At: at})
	j.Tell(t, s, collection.Exchanged{Out: fmt.Sprint("KA-", n), In: fmt.Sprint("KA-", n+1), How: collection.BySensor, Inside: inside, Moved: moved, At: at})
	j.Tell(t, s, collection.Counted{Piles: counted, At: at})
	if collection.Sum(inside) != collection.Sum(counted) {
		j.Tell(t, s, collection.Explained{Reason: "counted three times", At: at})
	}
	j.Tell(t, s, collection.Signed{By: "4711", At: at}).Tell(t, s, collection.Signed{By: "4712", At: at})
	return j.Tell(t, s, collection.Closed{Head: j.Head.Hash.String(), At: at})
}

// cashiers makes those who work with cash: chen and zhao are cashiers, sun accounts, and
// zhou is a cashier who is 4711 at the kiosk.
func cashiers(t testing.TB, s *store.Store) {
	t.Helper()
	for name, role := range map[string]string{"chen": people.RoleCashier, "zhao": people.RoleCashier, "zhou": people.RoleCashier, "sun": people.RoleAccountant, "qian": people.RoleAccountant} {
		Person(t, s, name, role)
	}
	if err := s.PutTechnician(t.Context(), people.Technician{Number: "4711", Name: "Zhou", Role: "technician", PIN: Technician("4711").PIN}, "li", T0); err != nil {
		t.Fatal(err)
	}
}

// twoDo has one person propose what the cash is to do, and another one approve it.
func twoDo(t testing.TB, s *store.Store, k approval.Kind, object, args, by, approver string) error {
	t.Helper()
	p, err := s.Plans.Propose(t.Context(), k, approval.Ask{Object: object, Args: args, Reason: "as every day", By: by}, T0)
	if err != nil {
		return fmt.Errorf("cannot propose: %w", err)
	}
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, approver, "agreed", T0)
	return err
}

// followsAll reads and posts all that there is.
func followsAll(t *testing.T, s *store.Store) {
	t.Helper()
	_, err := s.Cash.Follow(t.Context(), T0)
	check(t, err)
	_, err = s.Accounts.Post(t.Context(), T0)
	check(t, err)
	rightBooks(t, s)
	proven(t, s)
}

// cassetteMoved: a cassette that left its place with no collection open is in the account of
// the cassette, and neither a collection nor a case of one that ended.
func cassetteMoved(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000).Collect(t, 2, Piles(100, 1), Piles(100, 1))
	j.Tell(t, "", collection.Moved{Out: true, At: 1}).Tell(t, "", collection.Moved{At: 2}).Pay(t, 3, "1000000001", 2000)
	ingest(t, s, j.Recs)
	ends(t, s, Serial(Kiosk, 1), posting.Posted)
	ends(t, s, Serial(Kiosk, 3), posting.Posted)
	followsAll(t, s)

	p, err := s.Cash.Position(t.Context(), Kiosk)
	if err != nil || p.Account.Moved != 1 || p.Account.Away || p.Sum() != 2000 {
		t.Errorf("%+v, %v", p, err)
	}
	all, err := s.Cash.Collections(t.Context(), cash.Filter{})
	if err != nil || len(all) != 1 || all[0].Serial != Serial(Kiosk, 2) {
		t.Errorf("%+v, %v", all, err)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
}

// cassettePutBack: two put the full cassette back in. Where they say so, its notes stay where they
// are, and the next collection's case tells that it was out; where they say that it is another one,
// what is missing from its collection is too much in the next, and each case names the other.
func cassettePutBack(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000, 2000)
	back := Serial(Kiosk, 2)
	j.Tell(t, back, collection.Opened{By: "4711", With: "4712", At: 1})
	j.Tell(t, "", collection.Moved{Out: true, At: 2}).Tell(t, "", collection.Moved{At: 3})
	j.Tell(t, back, collection.Abandoned{Reason: "put-back", At: 4})
	j.Pay(t, 3, "1000000001", 5000)
	ingest(t, s, j.Recs)
	ends(t, s, Serial(Kiosk, 1), posting.Posted)
	ends(t, s, Serial(Kiosk, 3), posting.Posted)
	followsAll(t, s)
	p, err := s.Cash.Position(t.Context(), Kiosk)
	if err != nil || p.Account.Moved != 1 || p.Sum() != 17000 {
		t.Errorf("%+v, %v", p, err)
	}

	had := len(j.Recs) // another one, they say; and nothing is in the bag
	j.collectMoved(t, 4, 1, Piles(100, 1, 50, 1, 20, 1), nil).Pay(t, 5, "1000000001", 1000)
	j.Collect(t, 6, Piles(10, 1), Piles(100, 1, 50, 1, 20, 1, 10, 1))
	ingest(t, s, j.Recs[had:])
	ends(t, s, Serial(Kiosk, 5), posting.Posted)
	followsAll(t, s)
	want := []string{
		"-170.00 counted 0.00 at the kiosk by 4711 and 4712, expected 170.00: counted three times; the cassette had been taken out 1 times before, and nobody counted" +
			"; nothing was counted: if the same cassette was put back, the next collection has 170.00 too much",
		"170.00 counted 180.00 at the kiosk by 4711 and 4712, expected 10.00: counted three times; as much was missing from collection " + Serial(Kiosk, 4) + ": its cassette may have been put back with its notes",
	}
	cases, err := s.Cases(t.Context(), books.Filter{Open: true, Class: books.ClassCount})
	check(t, err)
	var got []string
	for _, c := range cases {
		got = append(got, c.Amount.String()+" "+c.Text)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("cases\n%q\nwant\n%q", got, want)
	}
}

// cashCollected: notes from the cassette to the bank, each step in the books, and with what
// two counts found.
func cashCollected(t *testing.T, s *store.Store) {
	cashiers(t, s)
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000, 2000, 10000).Pay(t, 2, "1000000002", 5000)
	ingest(t, s, j.Recs)
	ends(t, s, Serial(Kiosk, 1), posting.Posted)
	ends(t, s, Serial(Kiosk, 2), posting.Posted)
	followsAll(t, s)
	holdAll(t, s, "cash-in-kiosk 270.00, payable-mis -270.00")

	// Ten short at the kiosk; a payment after it is in the next cassette.
	had := len(j.Recs)
	j.Collect(t, 3, Piles(100, 2, 50, 1, 20, 1), Piles(100, 2, 50, 1, 10, 1)).Pay(t, 4, "1000000001", 1000)
	ingest(t, s, j.Recs[:had+2])
	followsAll(t, s)
	holdAll(t, s, "cash-in-transit 270.00, payable-mis -270.00")
	receive := func(by, approver, args string) error {
		return twoDo(t, s, approval.Receive, Serial(Kiosk, 3), args, by, approver)
	}
	const asCarried = `{"genuine":[{"value":10000,"notes":2},{"value":5000,"notes":1},{"value":1000,"notes":1}]}`
	if err := receive("chen", "zhao", asCarried); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("received before it was counted at the kiosk: %v", err)
	}
	ingest(t, s, j.Recs)
	followsAll(t, s)
	holdAll(t, s, "cash-in-kiosk 10.00, cash-in-transit 260.00, shortage 10.00, customers -10.00, payable-mis -270.00")
	if got := inside(t, s); got != "10.00×1 = 10.00 in 1 notes" {
		t.Error(got)
	}
	c, err := s.Cash.Collection(t.Context(), Serial(Kiosk, 3))
	check(t, err)
	if c.Phase() != cash.InTransit || c.Slip != cash.SlipRight || c.Refused != "" || pilesIn(c.Told) != "100.00×2, 50.00×1, 20.00×1" || c.Kept.Out != "KA-3" {
		t.Errorf("%+v", c)
	}
	if got := classes(t, s); got != "count-difference:-10.00" {
		t.Errorf("cases %q", got)
	}
	notes, err := s.Cash.NotesOf(t.Context(), Serial(Kiosk, 3), 10000)
	if err != nil || len(notes) != 2 || notes[0].Serial != Serial(Kiosk, 1) || notes[1].Note != 2 {
		t.Errorf("%+v, %v", notes, err)
	}

	// Who collected may not receive, neither alone nor as the second; an accountant proposes none.
	for _, who := range []struct {
		by, approver string
		want         error
	}{
		{"zhou", "zhao", cash.ErrCollector}, {"sun", "zhao", approval.ErrNotAllowed}, {"chen", "chen", approval.ErrTwoPeople},
	} {
		if err := receive(who.by, who.approver, asCarried); !errors.Is(err, who.want) {
			t.Errorf("%s and %s: %v, want %v", who.by, who.approver, err, who.want)
		}
	}
	pending, err := s.Plans.Plans(t.Context(), approval.Filter{Pending: true}, T0)
	if err != nil || len(pending) != 1 {
		t.Fatalf("%+v, %v", pending, err)
	}
	if _, err := s.Plans.Approve(t.Context(), pending[0].ID, pending[0].Hash, "zhou", "", T0); !errors.Is(err, cash.ErrCollector) {
		t.Errorf("who collected approved: %v", err)
	}
	if p, err := s.Plans.Plan(t.Context(), pending[0].ID, T0); err != nil || p.State != approval.Pending {
		t.Errorf("a wrong person decided about it: %+v, %v", p, err)
	}
	if _, err := s.Plans.Refuse(t.Context(), pending[0].ID, "chen", "a mistake", T0); err != nil {
		t.Error(err)
	}
	for name, args := range map[string]string{
		"nothing": ``, "more than there can be": `{"genuine":[{"value":10000,"notes":1000000}]}`,
		"twice": `{"genuine":[{"value":10000,"notes":1},{"value":10000,"notes":1}]}`, "less than no note": `{"genuine":[{"value":10000,"notes":-1}]}`,
	} {
		if err := receive("chen", "zhao", args); !errors.Is(err, approval.ErrNotPossible) {
			t.Errorf("%s: %v", name, err)
		}
	}
	holdAll(t, s, "cash-in-kiosk 10.00, cash-in-transit 260.00, shortage 10.00, customers -10.00, payable-mis -270.00")

	// One of 100 is counterfeit, and a 10 more is there than was counted at the kiosk.
	check(t, receive("chen", "sun", `{"genuine":[{"value":10000,"notes":1},{"value":5000,"notes":1},{"value":1000,"notes":2}],"counterfeit":[{"value":10000,"notes":1}]}`))
	followsAll(t, s)
	holdAll(t, s, "cash-in-kiosk 10.00, cash-counted 170.00, shortage 10.00, counterfeit 100.00, customers -10.00, payable-mis -270.00, surplus -10.00")
	if got := classes(t, s); !strings.Contains(got, "receipt-difference:10.00") {
		t.Errorf("cases %q", got)
	}
	if err := receive("chen", "zhao", asCarried); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("received twice: %v", err)
	}
	remitted(t, s)
}

// remitted hands over what was collected as number 3.
func remitted(t *testing.T, s *store.Store) {
	t.Helper()
	serial := Serial(Kiosk, 3)
	id := cash.RemittanceID([]string{serial})
	remit := func(id, args string) error { return twoDo(t, s, approval.Remit, id, args, "chen", "zhao") }
	for args, name := range map[string]string{serial + " " + serial: "twice", Serial(Kiosk, 9): "unknown", "": "nothing"} {
		if err := remit(cash.RemittanceID(strings.Fields(args)), args); err == nil {
			t.Errorf("%s was remitted", name)
		}
	}
	if err := remit("r0000000000", serial); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("under another name: %v", err)
	}
	if _, err := s.Cash.Deposit(t.Context(), id, cash.BankEntry{Reference: "B1", Amount: 17000, Date: "20261124", By: "sun"}, T0); err == nil {
		t.Error("deposited before it was remitted")
	}

	// Either a reversal is first, or the remittance.
	if err := Two(t, s, approval.Reverse, Serial(Kiosk, 2), "the customer asks for it", T0); err != nil {
		t.Fatal(err)
	}
	if err := remit(id, serial); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("remitted while a payment is being reversed: %v", err)
	}
	ends(t, s, Serial(Kiosk, 2), posting.Owed)
	check(t, remit(id, serial))
	followsAll(t, s)
	holdAll(t, s, "cash-in-kiosk 10.00, cash-remitted 170.00, shortage 10.00, counterfeit 100.00, customers -10.00, payable-mis -220.00, refunds-due -50.00, surplus -10.00")
	if err := Two(t, s, approval.Reverse, Serial(Kiosk, 1), "the customer asks for it", T0); !errors.Is(err, cash.ErrRemitted) || !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("reversed after its cash was remitted: %v", err)
	}
	// What is in the next cassette can be reversed, once it is posted.
	ends(t, s, Serial(Kiosk, 4), posting.Posted)
	check(t, Two(t, s, approval.Reverse, Serial(Kiosk, 4), "the customer asks for it", T0))
	ends(t, s, Serial(Kiosk, 4), posting.Owed)
	deposited(t, s, id)
}

// deposited has the bank have a remittance of 170.
func deposited(t *testing.T, s *store.Store, id string) {
	t.Helper()
	e := cash.BankEntry{Reference: "B1", Amount: 17000, Date: "20261124", By: "sun"}
	for name, change := range map[string]func(*cash.BankEntry){
		"no reference": func(e *cash.BankEntry) { e.Reference = "" }, "no amount": func(e *cash.BankEntry) { e.Amount = 0 },
		"no date": func(e *cash.BankEntry) { e.Date = "20261331" }, "a date far away": func(e *cash.BankEntry) { e.Date = "20281124" },
	} {
		bad := e
		change(&bad)
		if _, err := s.Cash.Deposit(t.Context(), id, bad, T0); !errors.Is(err, cash.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Cash.BankLine(t.Context(), id, e, T0); !errors.Is(err, cash.ErrNotPossible) {
		t.Errorf("the bank's line before a deposit: %v", err)
	}
	wrong := e
	wrong.Amount = 16000
	_, err := s.Cash.Deposit(t.Context(), id, wrong, T0)
	check(t, err)
	followsAll(t, s)
	if got := holds(t, s, everything); !strings.Contains(got, "cash-at-bank 160.00, shortage 20.00") {
		t.Error(got)
	}
	for range 2 { // corrected; and the same again is nothing
		_, err = s.Cash.Deposit(t.Context(), id, e, T0)
		check(t, err)
	}
	followsAll(t, s)
	if got := holds(t, s, everything); !strings.Contains(got, "cash-at-bank 170.00, shortage 10.00") || strings.Contains(classes(t, s), "deposit-difference") {
		t.Error(got, classes(t, s))
	}
	if _, err := s.Cash.BankLine(t.Context(), id, e, T0); !errors.Is(err, cash.ErrOther) {
		t.Errorf("the same person entered both: %v", err)
	}
	line := e
	line.By, line.Amount = "qian", 16900
	m, err := s.Cash.BankLine(t.Context(), id, line, T0)
	check(t, err)
	followsAll(t, s)
	if got := holds(t, s, everything); m.Matched() || !strings.Contains(got, "cash-at-bank 169.00, shortage 11.00") || !strings.Contains(classes(t, s), "deposit-difference:-1.00") {
		t.Error(got, classes(t, s), m)
	}
	if _, err := s.Cash.Deposit(t.Context(), id, wrong, T0); !errors.Is(err, cash.ErrNotPossible) {
		t.Errorf("changed after the bank's line: %v", err)
	}
}

// cashDoubted: what a kiosk says of a collection is held against its records.
func cashDoubted(t *testing.T, s *store.Store) {
	Person(t, s, "sun", people.RoleAccountant)
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	j.Collect(t, 2, Piles(100, 2), Piles(100, 2)) // it says two notes
	ingest(t, s, j.Recs)
	followsAll(t, s)
	holdAll(t, s, "cash-in-transit 200.00, customers -100.00, surplus -100.00")
	if got := classes(t, s); !strings.Contains(got, "collection:100.00") || !strings.Contains(got, "count-difference:100.00") {
		t.Errorf("cases %q", got)
	}
	d, err := s.CaseDetail(t.Context(), "collection-"+Kiosk+"-"+Serial(Kiosk, 2))
	check(t, err)
	if d.Case.Text != "the kiosk says that 200.00 in 2 notes were inside, its records say 100.00 in 1" || d.Case.Owner != "sun" {
		t.Errorf("%+v", d.Case)
	}

	c := Serial(Kiosk, 3)
	j.Tell(t, c, collection.Opened{By: "4711", With: "4712"}).Tell(t, c, collection.Exchanged{Out: "KA-3", In: "KA-9", How: collection.BySensor})
	j.Tell(t, c, collection.Counted{}).Tell(t, c, collection.Signed{By: "4711"}).Tell(t, c, collection.Signed{By: "4712"})
	j.Tell(t, c, collection.Closed{Head: strings.Repeat("0a", 32)})
	ingest(t, s, j.Recs)
	followsAll(t, s)
	if got, err := s.Cash.Collection(t.Context(), c); err != nil || got.Slip != cash.SlipWrong || got.Expected() != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if d, err = s.CaseDetail(t.Context(), "collection-"+Kiosk+"-"+c); err != nil || d.Case.Text != "the hash on the slip is not that of the journal" {
		t.Errorf("%+v, %v", d.Case, err)
	}
	e := Serial(Kiosk, 4)
	j.Tell(t, e, collection.Exchanged{Out: "KA-9", In: "KA-1", How: collection.BySensor})
	ingest(t, s, j.Recs)
	followsAll(t, s)
	if got, err := s.Cash.Collection(t.Context(), e); err != nil || got.Phase() != cash.Underway || !strings.HasPrefix(got.Refused, "record ") {
		t.Errorf("%+v, %v", got, err)
	}
}

// cashLate: cash that is too long where it is has a case and an owner, until it goes on.
func cashLate(t *testing.T, s *store.Store) {
	cashiers(t, s)
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	had := len(j.Recs)
	j.Collect(t, 2, Piles(100, 1), Piles(100, 1))
	ingest(t, s, j.Recs[:had+2])
	followsAll(t, s)
	watched := func(after time.Duration, want string) {
		t.Helper()
		check(t, s.Cash.Watch(t.Context(), T0.Add(after)))
		if got := classes(t, s); got != want {
			t.Errorf("after %s: %q, want %q", after, got, want)
		}
	}
	watched(4*time.Hour, "")
	watched(5*time.Hour, "cash-late:100.00")
	d, err := s.CaseDetail(t.Context(), "cash-late-"+Kiosk+"-"+Serial(Kiosk, 2)+"-underway")
	check(t, err)
	if d.Case.Owner != "chen" || d.Case.Text != "open at the kiosk, by 4711 and 4712" {
		t.Errorf("%+v", d.Case)
	}
	ingest(t, s, j.Recs)
	followsAll(t, s)
	watched(5*time.Hour, "")
	watched(25*time.Hour, "cash-late:100.00")
	check(t, twoDo(t, s, approval.Receive, Serial(Kiosk, 2), `{"genuine":[{"value":10000,"notes":1}]}`, "chen", "zhao"))
	watched(72*time.Hour, "")
	watched(73*time.Hour, "cash-late:100.00")
	id := cash.RemittanceID([]string{Serial(Kiosk, 2)})
	check(t, twoDo(t, s, approval.Remit, id, Serial(Kiosk, 2), "chen", "zhao"))
	watched(72*time.Hour, "")
	watched(73*time.Hour, "cash-late:100.00")
	_, err = s.Cash.Deposit(t.Context(), id, cash.BankEntry{Reference: "B1", Amount: 10000, Date: "20261124", By: "sun"}, T0)
	check(t, err)
	watched(74*time.Hour, "cash-late:100.00")
	m, err := s.Cash.BankLine(t.Context(), id, cash.BankEntry{Reference: "B1", Amount: 10000, Date: "20261124", By: "qian"}, T0)
	check(t, err)
	watched(75*time.Hour, "")
	if !m.Matched() {
		t.Errorf("%+v", m)
	}
	followsAll(t, s)
}

// cashOfTwoBoards: the end of an older journal comes late, and all is read again: the notes
// of both boards were in one cassette.
func cashOfTwoBoards(t *testing.T, s *store.Store) {
	cashiers(t, s)
	old := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000001", 5000)
	ingest(t, s, old.Recs[:4])
	next := replace(t, s, T0).Pay(t, 3, "1000000001", 2000)
	sum := Piles(100, 1, 20, 1)
	next.Collect(t, 4, sum, Piles(100, 1, 50, 1, 20, 1))
	ingest(t, s, next.Recs)
	followsAll(t, s)
	serial := Serial(Kiosk, 4)
	if c, err := s.Cash.Collection(t.Context(), serial); err != nil || pilesIn(c.Told) != "100.00×1, 20.00×1" {
		t.Errorf("%+v, %v", c, err)
	}
	if got := classes(t, s); !strings.Contains(got, "count-difference:50.00") {
		t.Errorf("cases %q", got)
	}
	check(t, twoDo(t, s, approval.Receive, serial, `{"genuine":[{"value":10000,"notes":1},{"value":5000,"notes":1},{"value":2000,"notes":1}]}`, "chen", "zhao"))

	_, err := s.Import(t.Context(), Kiosk, old.Recs, T0)
	check(t, err)
	followsAll(t, s)
	c, err := s.Cash.Collection(t.Context(), serial)
	check(t, err)
	if pilesIn(c.Told) != "100.00×1, 50.00×1, 20.00×1" || c.Phase() != cash.Received || c.Receipt.By != "chen" {
		t.Errorf("%+v", c)
	}
	if got := classes(t, s); strings.Contains(got, "count-difference") || !strings.Contains(got, "collection:-50.00") {
		t.Errorf("cases %q", got)
	}
	if got := inside(t, s); got != " = 0.00 in 0 notes" {
		t.Error(got)
	}
	if got := holds(t, s, everything); !strings.Contains(got, "cash-counted 170.00") || strings.Contains(got, "surplus") || strings.Contains(got, "cash-in-kiosk") {
		t.Error(got)
	}
}

package cash_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
)

// world is a kiosk, head office's books, and beside them what a person with the notes in
// hand would know.
type world struct {
	t *testing.T
	r *rapid.T
	s *store.Store
	j *storetest.Journal

	n        int                       // the last serial
	cassette map[money.Amount]int64    // notes in it
	open     []int                     // payments in the cassette
	in       map[int]int               // of a payment, the collection that has its notes
	state    map[int]posting.State     // of a payment's posting
	transit  []int                     // collections
	carried  map[int][]collection.Pile // what was counted at the kiosk
	vault    []int
	vaulted  map[int]money.Amount
	remitted map[int]bool
	deposits map[string]money.Amount // remittances that are not at the bank
	banked   money.Amount
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.r.Fatal(err)
	}
}

func (w *world) ingest() {
	w.t.Helper()
	_, err := w.s.Ingest(w.t.Context(), storetest.Kiosk, w.j.Recs, storetest.T0)
	w.ok(err)
}

func (w *world) serial(n int) string { return storetest.Serial(storetest.Kiosk, n) }

// pay has a customer pay with some notes, and the posting come to an end.
func (w *world) pay() {
	w.n++
	notes := rapid.SliceOfN(rapid.SampledFrom([]int64{10000, 5000, 2000, 1000}), 1, 4).Draw(w.r, "notes")
	w.j.Pay(w.t, w.n, "1000000001", notes...)
	w.ingest()
	for _, v := range notes {
		w.cassette[money.Amount(v)]++
	}
	w.open = append(w.open, w.n)
	w.ends(w.n, rapid.SampledFrom([]posting.State{posting.Posted, posting.Posted, posting.Owed, posting.Disputed}).Draw(w.r, "end"))
}

// ends brings the posting of a payment to an end.
func (w *world) ends(n int, to posting.State) {
	w.t.Helper()
	p, err := w.s.Posting(w.t.Context(), w.serial(n))
	w.ok(err)
	p.State, p.NextAt = to, time.Time{}
	p.InFlight, p.Reason = false, "why"
	_, err = w.s.SavePosting(w.t.Context(), books.Change{Posting: p, Event: "ended", By: "one"}, storetest.T0)
	w.ok(err)
	w.state[n] = to
}

// reverse has two people order a reversal: of what is posted or disputed, and not remitted.
func (w *world) reverse() {
	if len(w.state) == 0 {
		return
	}
	n := rapid.IntRange(1, w.n).Draw(w.r, "payment")
	was, isPayment := w.state[n]
	if !isPayment {
		return
	}
	err := storetest.Two(w.t, w.s, approval.Reverse, w.serial(n), "the customer asks for it", storetest.T0)
	switch {
	case w.remitted[w.in[n]]:
		if !errors.Is(err, cash.ErrRemitted) {
			w.r.Fatalf("payment %d was remitted, and reversed: %v", n, err)
		}
	case was == posting.Owed:
		if err == nil {
			w.r.Fatalf("payment %d is owed, and was reversed", n)
		}
	default:
		w.ok(err)
		w.ends(n, posting.Owed)
	}
}

// settle has two people say that what is owed was paid back at the counter.
func (w *world) settle() {
	cases, err := w.s.Cases(w.t.Context(), books.Filter{Open: true, Class: books.ClassOwed})
	w.ok(err)
	if len(cases) > 0 {
		p, err := w.s.Plans.Propose(w.t.Context(), approval.CloseCase, approval.Ask{Object: cases[0].ID, Reason: "paid back", By: "sun"}, storetest.T0)
		w.ok(err)
		_, err = w.s.Plans.Approve(w.t.Context(), p.ID, p.Hash, "qian", "agreed", storetest.T0)
		w.ok(err)
	}
}

func (w *world) piles() []collection.Pile {
	var out []collection.Pile
	for _, v := range []money.Amount{10000, 5000, 2000, 1000} {
		if w.cassette[v] > 0 {
			out = append(out, collection.Pile{Value: v, Notes: w.cassette[v]})
		}
	}

	return out
}

// off is a count that may differ by a note of 10.
func (w *world) off(piles []collection.Pile) []collection.Pile {
	out := slices.Clone(piles)
	if by := rapid.SampledFrom([]int64{0, 0, 1, -1}).Draw(w.r, "off"); by != 0 {
		i := slices.IndexFunc(out, func(p collection.Pile) bool { return p.Value == 1000 })
		if i < 0 {
			out, i = append(out, collection.Pile{Value: 1000}), len(out)
		}
		out[i].Notes = max(0, out[i].Notes+by)
	}

	return slices.DeleteFunc(out, func(p collection.Pile) bool { return p.Notes == 0 })
}

func (w *world) collect() {
	w.n++
	inside := w.piles()
	counted := w.off(inside)
	w.j.Collect(w.t, w.n, inside, counted)
	w.ingest()
	for _, p := range w.open {
		w.in[p] = w.n
	}
	w.cassette, w.open = map[money.Amount]int64{}, nil
	w.transit = append(w.transit, w.n)
	w.carried[w.n] = counted
	_, err := w.s.Cash.Follow(w.t.Context(), storetest.T0)
	w.ok(err)
	notes, err := w.s.Cash.NotesOf(w.t.Context(), w.serial(w.n), 0)
	w.ok(err)
	if want := collection.Notes(inside); int64(len(notes)) != want {
		w.r.Fatalf("%d notes were in the cassette, and %d are listed", want, len(notes))
	}
}

func (w *world) two(k approval.Kind, object, args string) error {
	p, err := w.s.Plans.Propose(w.t.Context(), k, approval.Ask{Object: object, Args: args, Reason: "as every day", By: "chen"}, storetest.T0)
	if err != nil {
		return fmt.Errorf("cannot propose: %w", err)
	}
	_, err = w.s.Plans.Approve(w.t.Context(), p.ID, p.Hash, "sun", "agreed", storetest.T0)

	return err
}

func (w *world) receive() {
	if len(w.transit) == 0 {
		return
	}
	n := w.transit[0]
	genuine := w.off(w.carried[n])
	args, err := json.Marshal(cash.Recount{Genuine: genuine})
	w.ok(err)
	w.ok(w.two(approval.Receive, w.serial(n), string(args)))
	w.transit, w.vault = w.transit[1:], append(w.vault, n)
	w.vaulted[n] = collection.Sum(genuine)
}

func (w *world) remit() {
	if len(w.vault) == 0 {
		return
	}
	set := w.vault[:rapid.IntRange(1, len(w.vault)).Draw(w.r, "how many")]
	var serials []string
	sum := money.Amount(0)
	for _, n := range set {
		serials = append(serials, w.serial(n))
		w.remitted[n] = true
		sum += w.vaulted[n]
	}
	id := cash.RemittanceID(serials)
	w.ok(w.two(approval.Remit, id, strings.Join(serials, " ")))
	w.vault = slices.Clone(w.vault[len(set):])
	if sum > 0 {
		w.deposits[id] = sum
	}
}

func (w *world) deposit() {
	all, err := w.s.Cash.Remittances(w.t.Context())
	w.ok(err)
	for _, m := range all {
		sum, waits := w.deposits[m.ID]
		if !waits {
			continue
		}
		sum += rapid.SampledFrom([]money.Amount{0, 0, 100}).Draw(w.r, "more at the bank")
		_, err := w.s.Cash.Deposit(w.t.Context(), m.ID, cash.BankEntry{Reference: "B" + m.ID, Amount: sum, Date: "20261124", By: "chen"}, storetest.T0)
		w.ok(err)
		delete(w.deposits, m.ID)
		w.banked += sum

		return
	}
}

// holds that the books are right now, and that they have the notes where they are.
func (w *world) holds(step string) {
	w.t.Helper()
	ctx := w.t.Context()
	_, err := w.s.Cash.Follow(ctx, storetest.T0)
	w.ok(err)
	_, err = w.s.Accounts.Post(ctx, storetest.T0)
	w.ok(err)
	report, err := w.s.Accounts.Check(ctx)
	w.ok(err)
	if !report.Right() || report.Waiting != 0 || report.Totals.Debit != report.Totals.Credit {
		w.r.Fatalf("after %s: %+v", step, report)
	}
	proofs, exact, err := w.s.Cash.Check(ctx)
	w.ok(err)
	if !exact || len(proofs) > 0 && len(proofs[0].Faults) > 0 {
		w.r.Fatalf("after %s: %+v", step, proofs)
	}

	want := map[string]money.Amount{"cash-in-kiosk": collection.Sum(w.piles()), "cash-at-bank": w.banked}
	for _, n := range w.transit {
		want["cash-in-transit"] += collection.Sum(w.carried[n])
	}
	for _, n := range w.vault {
		want["cash-counted"] += w.vaulted[n]
	}
	for _, sum := range w.deposits {
		want["cash-remitted"] += sum
	}
	rows, err := w.s.Accounts.TrialBalance(ctx, accounts.Filter{})
	w.ok(err)
	off, have := money.Amount(0), map[string]money.Amount{}
	for _, b := range rows {
		off += b.Debit - b.Credit
		have[string(b.Account)] = b.Debit - b.Credit
	}
	for account, sum := range want {
		if have[account] != sum {
			w.r.Fatalf("after %s: %s holds %s, and %s is there", step, account, have[account], sum)
		}
	}
	if off != 0 {
		w.r.Fatalf("after %s: the trial balance is off by %s", step, off)
	}
}

// TestNotesAreSomewhere: whatever happens to payments and to the cash, the trial balance is
// 0 at every step, the accounts have the notes where a person would find them, and what was
// remitted is not reversed.
func TestNotesAreSomewhere(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := &world{
			t: t, r: r, s: memstore.New(books.Rules{}), j: storetest.NewJournal(storetest.Kiosk), cassette: map[money.Amount]int64{}, in: map[int]int{}, state: map[int]posting.State{},
			carried: map[int][]collection.Pile{}, vaulted: map[int]money.Amount{}, remitted: map[int]bool{}, deposits: map[string]money.Amount{},
		}
		_, err := w.s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0)
		w.ok(err)
		storetest.Person(t, w.s, "chen", people.RoleCashier)
		storetest.Person(t, w.s, "sun", people.RoleAccountant)
		storetest.Person(t, w.s, "qian", people.RoleAccountant)
		steps := map[string]func(){"pay": w.pay, "reverse": w.reverse, "settle": w.settle, "collect": w.collect, "receive": w.receive, "remit": w.remit, "deposit": w.deposit}
		names := []string{"pay", "pay", "pay", "reverse", "settle", "collect", "receive", "remit", "deposit"}
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			name := rapid.SampledFrom(names).Draw(r, "step")
			steps[name]()
			w.holds(name)
		}
	})
}

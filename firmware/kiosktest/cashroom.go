package kiosktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	double "wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/wire"
)

// cashroom is where head office counts what the two carried away, hands it over, and holds
// it against the bank. Its people are honest, but one of them, Zhou, is one of the two.
type cashroom struct {
	w       *World
	counted map[string]money.Amount // genuine notes, by collection
	forged  map[string]money.Amount // and counterfeit ones
	fakes   *forgeries
	remit   []string // what is handed over
	sum     money.Amount
	bank    money.Amount // what the bank says
	at      bool         // it is at the bank
}

// newCashroom is nil where nobody collects.
func newCashroom(w *World) *cashroom {
	if !w.plan.Collections {
		return nil
	}

	return &cashroom{w: w, counted: map[string]money.Amount{}, forged: map[string]money.Amount{}, fakes: newForgeries(w)}
}

// staff are those who work there. Restored books may not know them.
func (r *cashroom) staff() {
	o := r.w.office
	for _, u := range []people.User{
		{Name: "chen", Role: people.RoleCashier},
		{Name: "zhao", Role: people.RoleCashier},
		{Name: "zhou", Role: people.RoleCashier},
		{Name: "sun", Role: people.RoleAccountant},
		{Name: "qian", Role: people.RoleAccountant},
	} {
		o.check(o.books.PutUser(context.Background(), u, "setup", o.time()))
	}
	t := people.Technician{Number: collectors[0], Name: "Zhou", Role: wire.RoleCollector, PIN: strings.Repeat("\x01\x7f", wire.PINHash/2)}
	o.check(o.books.PutTechnician(context.Background(), t, "setup", o.time()))
}

// collections are those that head office knows.
func (r *cashroom) collections() []cash.Collection {
	r.w.office.check(r.w.office.follow())
	all, err := r.w.office.books.Cash.Collections(context.Background(), cash.Filter{Kiosk: Terminal})
	r.w.office.check(err)

	return all
}

// do has two of the staff do something. A plan that is refused is taken back.
func (r *cashroom) do(k approval.Kind, object, args, by, approver string) error {
	ctx, o := context.Background(), r.w.office
	p, err := o.books.Plans.Propose(ctx, k, approval.Ask{Object: object, Args: args, Reason: "as every day", By: by}, o.time())
	if err != nil {
		return err
	}
	if _, err = o.books.Plans.Approve(ctx, p.ID, p.Hash, approver, "agreed", o.time()); err != nil {
		_, again := o.books.Plans.Refuse(ctx, p.ID, by, "not so", o.time())
		r.w.logf("%s of %s is not approved: %v; taken back: %v", k, object, err, again)
	}

	return err
}

// tooEarly has them receive what was not counted at the kiosk yet, as far as head office
// knows.
func (r *cashroom) tooEarly() {
	if r == nil || !r.w.office.up {
		return
	}
	r.staff()
	for _, c := range r.collections() {
		if c.Kept.Stage != collection.Ended && c.Kept.Stage != collection.GivenUp {
			if err := r.do(approval.Receive, c.Serial, `{"genuine":[{"value":10000,"notes":1}]}`, "chen", "zhao"); err == nil {
				r.w.office.fail("%s is received, and at the kiosk it is %s", c.Serial, c.Kept.Stage)
			}
		}
	}
}

// begin has them work through the day's bags; false where there are none.
func (r *cashroom) begin() bool {
	if r == nil || len(r.w.crew.bags) == 0 {
		return false
	}
	r.staff()
	r.receive()
	at := func(minutes time.Duration, do func()) { r.w.todo.at(r.w.now.Add(minutes*time.Minute), do) }
	at(20, r.reverseOne)
	at(21, r.handOver)
	at(80, r.handOver)
	at(90, r.reverseRemitted)
	at(100, r.payIn)

	return true
}

// receive has each bag counted again: some are left for another day, in some a note more or
// less is found. Zhou may neither count nor approve.
func (r *cashroom) receive() {
	w := r.w
	i := 0
	for _, c := range r.inOrder() {
		if c.Kept.Stage != collection.Ended {
			continue
		}
		piles := map[money.Amount]int64{}
		for _, n := range w.crew.bags[i] {
			piles[money.Amount(n)]++
		}
		i++
		if w.rng.IntN(5) == 0 {
			continue
		}
		if w.rng.IntN(3) == 0 {
			piles[10000]++
		}
		var count cash.Recount
		for _, v := range []money.Amount{100, 500, 1000, 2000, 5000, 10000} {
			genuine := collection.Pile{Value: v, Notes: piles[v]}
			if forged := r.fakes.finds(&genuine); forged.Notes > 0 {
				count.Counterfeit = append(count.Counterfeit, forged)
			}
			if genuine.Notes > 0 {
				count.Genuine = append(count.Genuine, genuine)
			}
		}
		args, err := json.Marshal(count)
		must(err)
		for _, who := range [][2]string{{"zhou", "zhao"}, {"chen", "zhou"}} {
			if err := r.do(approval.Receive, c.Serial, string(args), who[0], who[1]); !errors.Is(err, cash.ErrCollector) {
				w.office.fail("%s is received by %v, of whom one collected it: %v", c.Serial, who, err)
			}
		}
		if err := r.do(approval.Receive, c.Serial, string(args), "chen", "zhao"); err != nil {
			w.office.fail("%s cannot be received: %v", c.Serial, err)
		}
		r.counted[c.Serial], r.forged[c.Serial] = collection.Sum(count.Genuine), collection.Sum(count.Counterfeit)
		o := w.office
		_, err = o.books.Accounts.Post(context.Background(), o.time())
		o.check(err)
		r.fakes.follows(c.Serial, count.Counterfeit)
	}
}

// inOrder are the collections as they were begun.
func (r *cashroom) inOrder() []cash.Collection {
	all := r.collections()
	slices.SortFunc(all, func(a, b cash.Collection) int { return strings.Compare(a.Serial, b.Serial) })

	return all
}

// posted is a payment with notes in what is handed over that head office holds as posted;
// empty for none.
func (r *cashroom) posted(in []string) string {
	for _, serial := range in {
		notes, err := r.w.office.books.Cash.NotesOf(context.Background(), serial, 0)
		r.w.office.check(err)
		for _, n := range notes {
			rows, err := r.w.office.books.PostingsOf(context.Background(), []string{n.Serial})
			r.w.office.check(err)
			if rows[n.Serial].State == posting.Posted && !r.w.operator.touched[n.Serial] {
				return n.Serial
			}
		}
	}

	return ""
}

// received are the collections that were counted again.
func (r *cashroom) received() (all []string) {
	for _, c := range r.inOrder() {
		if _, is := r.counted[c.Serial]; is {
			all = append(all, c.Serial)
		}
	}

	return all
}

// reverseOne has two people take a payment back, a minute before its notes are handed over.
func (r *cashroom) reverseOne() {
	if serial := r.posted(r.received()); serial != "" && r.w.rng.IntN(2) == 0 {
		if err := r.w.twoPeople(approval.Reverse, serial, "the customer asks for it", "zhang", "li"); err != nil {
			return // of a tender that people do not take back
		}
		r.w.logf("two people have %s reversed, whose notes are to be handed over", serial)
		r.w.operator.touched[serial] = true
		r.w.operator.acts++
		delete(r.w.office.ended, serial)
		r.w.office.checkAt = r.w.now
		if err := r.remitAll(); err == nil {
			r.w.office.fail("what %s is of is handed over while it is reversed", serial)
		}
	}
}

func (r *cashroom) remitAll() error {
	all := r.received()
	if len(all) == 0 {
		return nil
	}

	return r.do(approval.Remit, cash.RemittanceID(all), strings.Join(all, " "), "chen", "zhao")
}

// handOver hands over what was received, once.
func (r *cashroom) handOver() {
	if len(r.remit) > 0 || len(r.received()) == 0 {
		return
	}
	if err := r.remitAll(); err != nil {
		r.w.logf("not handed over: %v", err)
		return
	}
	r.remit = r.received()
	for _, serial := range r.remit {
		r.sum += r.counted[serial]
	}
}

// reverseRemitted has two people try to take back what is handed over.
func (r *cashroom) reverseRemitted() {
	serial := r.posted(r.remit)
	if serial == "" {
		return
	}
	if err := r.w.twoPeople(approval.Reverse, serial, "the customer asks for it", "zhang", "li"); err == nil {
		r.w.office.fail("%s is reversed, and its notes are handed over", serial)
	}
}

// payIn has the bank take what was handed over. Who enters it is not who confirms it, and
// the bank may have counted otherwise.
func (r *cashroom) payIn() {
	w := r.w
	if len(r.remit) == 0 || r.sum == 0 || w.rng.IntN(4) == 0 {
		return
	}
	ctx, v, id := context.Background(), w.office.books.Cash, cash.RemittanceID(r.remit)
	e := cash.BankEntry{Reference: "B1", Amount: r.sum, Date: dateOf(w.office.time()), By: "sun"}
	_, err := v.Deposit(ctx, id, e, w.office.time())
	w.office.check(err)
	if _, err := v.BankLine(ctx, id, e, w.office.time()); !errors.Is(err, cash.ErrOther) {
		w.office.fail("who entered a deposit confirms it: %v", err)
	}
	e.By = "qian"
	if w.rng.IntN(2) == 0 {
		e.Amount += []money.Amount{-10000, 10000}[w.rng.IntN(2)]
	}
	e.Amount = max(e.Amount, 100)
	_, err = v.BankLine(ctx, id, e, w.office.time())
	w.office.check(err)
	r.at, r.bank = true, e.Amount
}

// audit holds what the books say of each place against what the people there have.
func (r *cashroom) audit(b *account) error {
	if r == nil || r.w.stats.Restores > 0 {
		return nil
	}
	want, differs := map[ledger.Account]money.Amount{}, map[string]money.Amount{}
	for _, c := range b.cash.Collections {
		if c.Stage != collection.Ended {
			continue
		}
		carried := collection.Sum(c.Counts[len(c.Counts)-1].Piles)
		if sum, is := r.counted[c.Serial]; is && sum+r.forged[c.Serial] != carried {
			differs[c.Serial] = sum + r.forged[c.Serial] - carried
		}
		if sum, is := r.counted[c.Serial]; is && !slices.Contains(r.remit, c.Serial) {
			want[ledger.CashCounted] += sum
		} else if !is {
			want[ledger.CashInTransit] += carried
		}
	}
	if r.at {
		want[ledger.CashAtBank] = r.bank
		if r.bank != r.sum {
			differs[cash.RemittanceID(r.remit)] = r.bank - r.sum
		}
	} else {
		want[ledger.CashRemitted] = r.sum
	}
	r.fakes.want(want)
	rows, err := r.w.office.books.Accounts.TrialBalance(context.Background(), double.Filter{})
	if err != nil {
		return err
	}
	has := map[ledger.Account]money.Amount{}
	for _, row := range rows {
		has[row.Account] += row.Debit - row.Credit
	}
	for _, a := range []ledger.Account{ledger.CashInTransit, ledger.CashCounted, ledger.CashRemitted, ledger.CashAtBank, ledger.Counterfeit, ledger.DueFromMaker, ledger.WriteOff} {
		if has[a] != want[a] {
			return fmt.Errorf("people have %s as %s, the books %s", want[a], a, has[a])
		}
	}

	return errors.Join(r.auditDifferences(differs), r.auditLate(b))
}

// auditLate: what is still on its way after a month is somebody's.
func (r *cashroom) auditLate(b *account) error {
	ctx, o := context.Background(), r.w.office
	far := store.New(o.rows.Snapshot(), o.rules)
	if err := far.Cash.Watch(ctx, o.time().Add(31*24*time.Hour)); err != nil {
		return err
	}
	cases, err := far.Cases(ctx, books.Filter{Open: true, Class: books.ClassCashLate})
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.Owner == "" {
			return fmt.Errorf("%s is nobody's: %s", c.ID, c.Text)
		}
	}
	for _, c := range b.cash.Collections {
		late := func(x books.Case) bool { return strings.Contains(x.ID, c.Serial) }
		if c.Stage == collection.Ended && !slices.Contains(r.remit, c.Serial) && !slices.ContainsFunc(cases, late) {
			return fmt.Errorf("%s is on its way for a month, and no case says so", c.Serial)
		}
	}

	return nil
}

// auditDifferences: what the second count, or the bank, found otherwise is a case each, and
// nothing else is.
func (r *cashroom) auditDifferences(want map[string]money.Amount) error {
	cases, err := r.w.office.books.Cases(context.Background(), books.Filter{Open: true})
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.Class != books.ClassReceipt && c.Class != books.ClassDeposit {
			continue
		}
		of := ""
		for object, d := range want {
			if strings.Contains(c.ID, object) && c.Amount == d {
				of = object
			}
		}
		if of == "" {
			return fmt.Errorf("head office has a case %s of %s, and nothing differs so: %v", c.ID, c.Amount, want)
		}
		delete(want, of)
	}
	if len(want) > 0 {
		return fmt.Errorf("no case says that the second count or the bank differs by %v", want)
	}

	return nil
}

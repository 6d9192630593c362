package kiosktest

import (
	"context"
	"errors"
	"math/rand/v2"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/people"
)

// forgeries are the counterfeit notes that the cash room finds, and what is agreed with the
// maker of the validator. They have dice of their own.
type forgeries struct {
	w     *World
	rng   *rand.Rand
	terms counterfeit.Terms
	lie   money.Amount // that nobody has decided on
	maker money.Amount // that is due from the maker
	paid  money.Amount // by the maker, at the bank
	lost  money.Amount // that the owner bears, or that was written off
}

func newForgeries(w *World) *forgeries {
	rng := rand.New(rand.NewPCG(w.seed, 0x66616b65))

	return &forgeries{w: w, rng: rng, terms: counterfeit.Terms{
		Maker: "Acme", InformHours: 4, ComeDays: 2, AnswerDays: 5, Bears: counterfeit.ByMaker, UpTo: []money.Amount{0, 500, 5000, 10000}[rng.IntN(4)],
	}}
}

// finds takes counterfeit notes out of what was counted as genuine, now and then.
func (f *forgeries) finds(c *collection.Pile) (forged collection.Pile) {
	if c.Notes == 0 || f.rng.IntN(3) > 0 {
		return forged
	}
	forged = collection.Pile{Value: c.Value, Notes: 1 + f.rng.Int64N(c.Notes)}
	c.Notes -= forged.Notes

	return forged
}

// follows brings what was found in a collection to its end with the maker: who is to bear a loss is told first, and
// bears no more than was agreed.
func (f *forgeries) follows(serial string, piles []collection.Pile) {
	if len(piles) == 0 {
		return
	}
	o, ctx := f.w.office, context.Background()
	desk, now := o.books.Forgeries, o.time()
	desk.SetContracts(counterfeit.Contracts{Makers: []counterfeit.Terms{f.terms}, Fittings: []counterfeit.Fitted{{Maker: f.terms.Maker, Device: "V1"}}})
	found := counterfeit.Finding{Kiosk: Terminal, Found: counterfeit.AtCount, Collection: serial, FoundAt: now.UnixMilli(), Until: now.UnixMilli(), Text: "of a cassette"}
	for _, p := range piles {
		for range min(p.Notes, counterfeit.MaxNotes-int64(len(found.Notes))) {
			found.Notes = append(found.Notes, counterfeit.Note{Value: p.Value, Kind: counterfeit.Printed})
		}
	}
	c, err := desk.Open(ctx, found, "chen", now)
	o.check(err)
	f.lie += collection.Sum(piles)
	if err := f.w.twoPeople(approval.CloseCase, "counterfeit-"+Terminal+"-"+c.ID, "never mind", "zhang", "li"); !errors.Is(err, approval.ErrNotPossible) {
		o.fail("the case of %s is closed, and nobody bears it: %v", c.ID, err)
	}
	if err := f.decides(c.ID, counterfeit.ByMaker); !errors.Is(err, counterfeit.ErrNotPossible) {
		o.fail("a maker who was told nothing bears %s: %v", c.Amount(), err)
	}
	if f.rng.IntN(4) == 0 {
		return
	}
	_, err = desk.Tell(ctx, c.ID, "by telephone", "zhang", now)
	o.check(err)
	who := counterfeit.ByMaker
	if f.rng.IntN(4) == 0 {
		who = counterfeit.ByOwner
	}
	o.check(f.decides(c.ID, who))
	if err := f.decides(c.ID, counterfeit.ByOwner); !errors.Is(err, counterfeit.ErrNotPossible) {
		o.fail("the loss of %s is decided twice: %v", c.ID, err)
	}
	f.lie -= c.Amount()
	if who == counterfeit.ByOwner {
		f.lost += c.Amount()
		return
	}
	bears := c.Amount()
	if f.terms.UpTo > 0 {
		bears = min(f.terms.UpTo, bears)
	}
	f.maker += bears
	f.lost += c.Amount() - bears
	f.claims(c.ID, bears)
}

// claims asks the maker for what it bears. It pays, or does not answer, or refuses: and that is
// written off, or stays due, and now and then it pays all the same. What is not possible yet is
// tried before.
func (f *forgeries) claims(id string, bears money.Amount) {
	o, ctx := f.w.office, context.Background()
	desk, now := o.books.Forgeries, o.time()
	refused := func(err error, want error, what string) {
		if !errors.Is(err, want) {
			o.fail("%s of %s: %v", what, id, err)
		}
	}
	pays := func(by string) error {
		_, err := desk.PaidBy(ctx, id, bears, "as the bank has it", by, now)
		return err
	}
	_, err := desk.ClaimFrom(ctx, id, "a letter", "sun", now)
	o.check(err)
	refused(pays("sun"), books.ErrTwoPeople, "who claimed it enters that it was paid")
	refused(f.drops(id), counterfeit.ErrNotPossible, "what the maker may pay is written off")
	answer := f.rng.IntN(4)
	if answer == 0 {
		return
	}
	if answer == 1 {
		o.check(pays("chen"))
		f.maker -= bears
		f.paid += bears
		refused(pays("chen"), counterfeit.ErrNotPossible, "a second payment")
		return
	}

	_, err = desk.RefusedBy(ctx, id, "not our device", "sun", now)
	o.check(err)
	if answer == 2 {
		return
	}
	o.check(f.drops(id))
	f.maker -= bears
	f.lost += bears
	refused(f.drops(id), counterfeit.ErrNotPossible, "what was written off is so again")
	if f.rng.IntN(2) == 0 {
		o.check(pays("chen"))
		f.lost -= bears
		f.paid += bears
	}
}

// drops writes a claim off, as two accountants.
func (f *forgeries) drops(id string) error {
	return f.w.twoAs(people.RoleAccountant, approval.DropClaim, approval.Ask{Object: id, Reason: "no use", By: "sun"}, "qian")
}

func (f *forgeries) decides(id string, who counterfeit.Bears) error {
	return f.w.twoDo(approval.BearLoss, approval.Ask{Object: id, Args: string(who), Reason: "as agreed", By: "zhang"}, "li")
}

// want is what the books should say of counterfeit notes.
func (f *forgeries) want(all map[ledger.Account]money.Amount) {
	all[ledger.Counterfeit], all[ledger.DueFromMaker] = f.lie, f.maker
	all[ledger.CashAtBank] += f.paid
	all[ledger.WriteOff] += f.lost
}

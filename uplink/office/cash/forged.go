package cash

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/stored"
)

// ErrForged says that a collection does not have such counterfeit notes.
var ErrForged = errors.New("not so many counterfeit notes can be of this collection")

// Found is where counterfeit notes were found.
type Found string

// The places.
const (
	AtCount Found = "count" // by the second count of a collection, whose receipt says so
	InVault Found = "vault" // later, among notes that were taken for genuine
	AtBank  Found = "bank"  // by the bank
)

// Forged is the counterfeit notes of a collection that one case has.
type Forged struct {
	Case  string            `json:"case"`
	Found Found             `json:"found"`
	Piles []collection.Pile `json:"piles"` // by what is printed on them
	By    string            `json:"by"`
	Date  string            `json:"date"` // business date
	At    int64             `json:"at"`
}

// forgedMoves are where notes go that were taken for genuine. Those of the count stand as
// counterfeit by the receipt.
var forgedMoves = map[Found]ledger.Move{InVault: ledger.SetAside, AtBank: ledger.BankFinds}

// document is the entry by which notes are counterfeit that were taken for genuine, once, under
// the key of their case.
func (f Forged) document(c Collection) (d accounts.Document, is bool, err error) {
	move, is := forgedMoves[f.Found]
	if !is {
		return d, false, nil
	}
	d = accounts.Document{Key: "forged-" + f.Case, Kiosk: c.Kiosk, Date: f.Date, Kind: string(move), Why: "counterfeit case " + f.Case, By: f.By}
	if d.Lines, err = ledger.Moved(move, f.Sum()); err != nil {
		return d, false, fmt.Errorf("%s: %w", d.Key, err)
	}

	return d, true, nil
}

// Sum is what its notes say that they are worth.
func (f Forged) Sum() money.Amount { return collection.Sum(f.Piles) }

// SetAside is what was found to be counterfeit in the vault, after the second count.
func (c Collection) SetAside() money.Amount {
	sum := money.Amount(0)
	for _, f := range c.Forged {
		if f.Found == InVault {
			sum += f.Sum()
		}
	}

	return sum
}

// ForgeIn has a case have counterfeit notes of a collection of a kiosk. What was taken for
// genuine is not any more: it is set aside from what will be handed over, or explains what the
// bank has less. The same case again changes nothing.
//
// ErrForged says that these notes cannot be of this collection: there is none such of the kiosk,
// its cash is not where the notes were found, or, by its receipt and the cases before, it has not
// so many.
func (v *Vault) ForgeIn(ctx context.Context, tx Tx, kiosk, serial string, f Forged, now time.Time) error {
	all, err := tx.CollectionsOf(ctx, kiosk)
	if err != nil {
		return fmt.Errorf("cannot read collections of kiosk %s: %w", kiosk, err)
	}
	i := slices.IndexFunc(all, func(c Collection) bool { return c.Serial == serial })
	if i < 0 {
		return fmt.Errorf("%w: kiosk %s has no collection %s", ErrForged, kiosk, serial)
	}
	var r Remittance
	atBank := f.Found == AtBank && all[i].Remittance != ""
	if atBank { // locked before its collections, as everywhere
		if r, err = remittanceOf(ctx, tx, all[i].Remittance); err != nil {
			return err
		}
	}
	c, err := collectionOf(ctx, tx, serial)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(c.Forged, func(had Forged) bool { return had.Case == f.Case }) {
		return nil
	}
	if err := c.mayHave(f); err != nil {
		return err
	}
	f.Date, f.At = v.dateOf(now), stored.Millis(now)
	c.Forged = append(slices.Clip(c.Forged), f)
	if _, err := v.put(ctx, tx, c, now); err != nil || !atBank {
		return err
	}
	r.Forged += f.Sum()
	if r, err = v.putRemittance(ctx, tx, r, now); err != nil {
		return err
	}
	if r.Deposit.At == 0 {
		return nil
	}

	return v.keepOff(ctx, tx, r, now)
}

// mayHave refuses notes that cannot be of a collection.
func (c Collection) mayHave(f Forged) error {
	switch at := c.Phase(); {
	case c.Receipt.At == 0:
		return fmt.Errorf("%w: collection %s was not received yet", ErrForged, c.Serial)
	case f.Found == InVault && at != Received:
		return fmt.Errorf("%w: collection %s was remitted: what is found now, the bank has found", ErrForged, c.Serial)
	case f.Found == AtBank && at == Received:
		return fmt.Errorf("%w: collection %s is in the vault: the bank has nothing of it yet", ErrForged, c.Serial)
	}
	of, what := c.Receipt.Genuine, "genuine"
	if f.Found == AtCount {
		of, what = c.Receipt.Counterfeit, "counterfeit"
	}
	for _, p := range f.Piles {
		has, had := notesOf(of, p.Value), int64(0)
		for _, other := range c.Forged {
			if (other.Found == AtCount) == (f.Found == AtCount) {
				had += notesOf(other.Piles, p.Value)
			}
		}
		if p.Notes > has-had {
			return fmt.Errorf("%w: by its receipt collection %s had %d %s notes of %s, cases have %d of them, and this would be %d more", ErrForged, c.Serial, has, what, p.Value, had, p.Notes)
		}
	}

	return nil
}

// notesOf is how many notes of a value there are.
func notesOf(piles []collection.Pile, value money.Amount) int64 {
	n := int64(0)
	for _, p := range piles {
		if p.Value == value {
			n += p.Notes
		}
	}

	return n
}

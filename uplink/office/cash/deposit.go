package cash

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// ErrOther says that our entry and the bank's line have to come from two people.
var ErrOther = errors.New("who entered the deposit may not enter the bank's line too: another person has to")

const maxReference = 40

func (e BankEntry) check(now time.Time) error {
	day, err := time.Parse(dateForm, e.Date)
	switch {
	case err != nil:
		return fmt.Errorf("%w: date %.20q", ErrInput, e.Date)
	case day.After(now.Add(48*time.Hour)) || day.Before(now.AddDate(-1, 0, 0)):
		return fmt.Errorf("%w: date %s is far away", ErrInput, dashed(e.Date))
	case e.Reference == "" || len(e.Reference) > maxReference || strings.ContainsFunc(e.Reference, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("%w: a reference is 1 to %d letters, digits and signs", ErrInput, maxReference)
	case form.Formula(e.Reference):
		return fmt.Errorf("%w: a reference is no formula", ErrInput)
	case e.Amount <= 0 || e.Amount > money.Max:
		return fmt.Errorf("%w: amount %s", ErrInput, e.Amount)
	}

	return nil
}

// Deposit says, off the bank's receipt, that a remittance is at the bank. It may be entered
// again as long as the bank's line is not there; the same again changes nothing.
func (v *Vault) Deposit(ctx context.Context, id string, e BankEntry, now time.Time) (Remittance, error) {
	return v.bankSays(ctx, id, "enter deposit", e, now, func(r *Remittance, e BankEntry) error {
		if r.Line.At != 0 {
			return fmt.Errorf("%w: the bank's line is entered already", ErrNotPossible)
		}
		r.Deposit = e

		return nil
	})
}

// BankLine is what the bank's statement says of a deposit. It is entered once, by another
// person than who entered the deposit (ErrOther). Where the two differ there is a case, and
// the books hold what the bank says.
func (v *Vault) BankLine(ctx context.Context, id string, e BankEntry, now time.Time) (Remittance, error) {
	return v.bankSays(ctx, id, "enter bank line", e, now, func(r *Remittance, e BankEntry) error {
		switch {
		case r.Deposit.At == 0:
			return fmt.Errorf("%w: no deposit is entered", ErrNotPossible)
		case r.Deposit.By == e.By:
			return ErrOther
		case r.Line.At != 0:
			return fmt.Errorf("%w: the bank's line is entered already", ErrNotPossible)
		}
		r.Line = e

		return nil
	})
}

func (v *Vault) bankSays(ctx context.Context, id, action string, e BankEntry, now time.Time, set func(*Remittance, BankEntry) error) (r Remittance, err error) {
	if err := e.check(now); err != nil {
		return r, err
	}
	e.At = stored.Millis(now)
	err = v.b.Update(ctx, func(tx Tx) error {
		if r, err = remittanceOf(ctx, tx, id); err != nil {
			return err
		}
		had := r
		if err := set(&r, e); err != nil {
			return err
		}
		if sameEntry(had.Deposit, r.Deposit) && sameEntry(had.Line, r.Line) {
			r = had

			return nil
		}
		if had.Deposit.At != 0 && had.Deposit.Date != r.Deposit.Date {
			if err := v.undated(ctx, tx, had, now); err != nil {
				return err
			}
		}
		if r, err = v.putRemittance(ctx, tx, r, now); err != nil {
			return err
		}
		if err := v.atBank(ctx, tx, r, now); err != nil {
			return err
		}
		if r, err = v.lineCame(ctx, tx, r, now); err != nil {
			return err
		}

		return tx.AddAudit(ctx, audit(e.By, action, id, fmt.Sprintf("%s of %s on %s", e.Amount, e.Reference, dashed(e.Date)), now))
	})

	return r, err
}

func sameEntry(a, b BankEntry) bool {
	return a.Reference == b.Reference && a.Amount == b.Amount && a.Date == b.Date
}

// undated posts back what stands for a deposit on a date that was not its own: it is posted anew on
// the other one.
func (v *Vault) undated(ctx context.Context, tx Tx, r Remittance, now time.Time) error {
	off, err := r.document()
	if err != nil {
		return err
	}
	docs := []accounts.Document{off}
	for _, serial := range r.Collections {
		c, err := collectionOf(ctx, tx, serial)
		if err != nil {
			return err
		}
		docs = append(docs, accounts.Document{Key: "deposit-" + serial, Kiosk: c.Kiosk, Date: r.Deposit.Date, Kind: string(ledger.Deposit), By: r.Deposit.By})
	}
	for _, d := range docs {
		d.Lines, d.Why = nil, "not on "+dashed(r.Deposit.Date)
		if _, err := v.entries.RecordIn(ctx, tx, d, now); err != nil {
			return fmt.Errorf("cannot post %s back: %w", d.Key, err)
		}
	}

	return nil
}

// atBank posts that the bank has a remittance, and makes a case of what it has beside it.
func (v *Vault) atBank(ctx context.Context, tx Tx, r Remittance, now time.Time) error {
	for _, serial := range r.Collections {
		c, err := collectionOf(ctx, tx, serial)
		if err != nil {
			return err
		}
		if c.DepositedDate == r.Deposit.Date {
			continue
		}
		c.DepositedDate = r.Deposit.Date
		if _, err := v.put(ctx, tx, c, now); err != nil {
			return err
		}
	}

	return v.keepOff(ctx, tx, r, now)
}

// keepOff posts what the bank has beside a remittance, and keeps the case of it.
func (v *Vault) keepOff(ctx context.Context, tx Tx, r Remittance, now time.Time) error {
	d, err := r.document()
	if err != nil {
		return err
	}
	if _, err := v.entries.RecordIn(ctx, tx, d, now); err != nil {
		return fmt.Errorf("cannot post %s: %w", d.Key, err)
	}

	off := r.Off()
	text := fmt.Sprintf("remitted %s, deposited %s as %s", r.Amount, r.Deposit.Amount, r.Deposit.Reference)
	if r.Line.At != 0 {
		text += fmt.Sprintf("; the bank has %s as %s", r.Line.Amount, r.Line.Reference)
	}
	if r.Forged > 0 {
		text += fmt.Sprintf("; %s of it are counterfeit notes that the bank found", r.Forged)
	}
	stands := off != 0 || r.Line.At != 0 && !r.Matched()
	if err := keepMatter(ctx, tx, matter{books.NewCase("", now, books.ClassDeposit, r.ID, "", off, text), stands}, now); err != nil {
		return err
	}
	if r.Matched() {
		return books.CloseIfOpen(ctx, tx, lateCase("", r.ID, Remitted), "matched with the bank", now)
	}

	return nil
}

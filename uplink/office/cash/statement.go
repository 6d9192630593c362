package cash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Statement is a file of the bank: what came into the account that cash is deposited to.
type Statement struct {
	ID     string       `json:"id"` // of its content
	Name   string       `json:"name"`
	From   string       `json:"from"` // the first and the last day in it, YYYYMMDD; empty without lines
	To     string       `json:"to"`
	Count  int64        `json:"count"`
	Sum    money.Amount `json:"sum"`
	SHA256 string       `json:"sha256"`
	By     string       `json:"by"`
	At     int64        `json:"at"`
}

// StatementLine is what came in at once. One that stands in several statements is one line.
// Version counts its saves from 1.
type StatementLine struct {
	ID         string       `json:"id"`
	Statement  string       `json:"statement"` // the first that had it
	N          int64        `json:"n"`         // line in that file
	Date       string       `json:"date"`
	Time       int64        `json:"time"`
	Reference  string       `json:"reference"`
	Amount     money.Amount `json:"amount"`
	By         string       `json:"by"`         // who took it in
	Remittance string       `json:"remittance"` // that it is of; empty: nobody knows

	Version int64 `json:"version"`
}

// StatementTx is the rows of statements.
type StatementTx interface {
	BankStatement(ctx context.Context, id string) (Statement, error)
	// BankStatements is newest first.
	BankStatements(ctx context.Context, limit int) ([]Statement, error)
	AddBankStatement(ctx context.Context, s Statement) error

	StatementLine(ctx context.Context, id string) (StatementLine, error)
	// LooseLines are at most limit lines without a remittance, the oldest date first.
	LooseLines(ctx context.Context, limit int) ([]StatementLine, error)
	// LinesReferring are those with this reference, by ID.
	LinesReferring(ctx context.Context, reference string, limit int) ([]StatementLine, error)
	// PutStatementLine makes the row where its version is 1, and else replaces the one
	// before: stored.ErrStale if another was faster.
	PutStatementLine(ctx context.Context, l StatementLine) error
}

const (
	maxStatementLines = 20_000
	// dateTolerance is how far the bank's date of a deposit may be from the one on its
	// receipt: it may be booked after a long holiday.
	dateTolerance = 8 * 24 * time.Hour
)

// Taken is what became of a statement.
type Taken struct {
	Statement

	Fresh   bool  // else the same file was there
	Matched int64 // lines that a deposit was found for now
	Loose   int64 // lines that no deposit is known for
}

// TakeStatement takes in a statement, all of it or nothing, and matches it with deposits: a
// line is that of a deposit with the same reference, within dateTolerance of its date. It is
// entered as the bank's line then, whatever its amount is: where the two differ there is a
// case (BankLine). By another person than who entered the deposit; else it stays loose, until
// somebody else takes the same file in. A line of which no deposit is known is a case, and so
// is a deposit of a day in the statement that is not in it. What is wrong with the file is a
// *form.Faults.
func (v *Vault) TakeStatement(ctx context.Context, name, by string, from io.Reader, zone *time.Location, now time.Time) (Taken, error) {
	var lines []StatementLine
	seen := map[string]int{}
	sum, err := form.Read(form.Statement, from, form.Options{Name: name, Zone: zone}, func(e form.Entry) error {
		if len(lines) >= maxStatementLines {
			return fmt.Errorf("%w: more than %d lines in a statement", ErrInput, maxStatementLines)
		}
		l := StatementLine{N: e.Line, Date: e.Date, Time: stored.Millis(e.At), Reference: e.Reference, Amount: e.Amount, By: by, Version: 1}
		l.ID = lineID(l, seen)
		lines = append(lines, l)

		return nil
	})
	if err != nil {
		return Taken{}, err
	}
	s := Statement{
		ID: sum.SHA256[:24], Name: stored.Text(name), Count: sum.Count, Sum: sum.Sum,
		SHA256: sum.SHA256, From: sum.From, To: sum.To, By: by, At: stored.Millis(now),
	}

	var out Taken
	err = v.b.Update(ctx, func(tx Tx) error {
		out = Taken{}
		if err := v.keepStatement(ctx, tx, s, lines, &out, now); err != nil {
			return err
		}
		if err := v.matchLoose(ctx, tx, by, &out, now); err != nil {
			return err
		}

		return v.missingIn(ctx, tx, out.Statement, now)
	})

	return out, err
}

// lineID names a line by what it says, and which it is of those in a file that say the same.
func lineID(l StatementLine, seen map[string]int) string {
	text := fmt.Sprintf("%s\x00%d\x00%s\x00%d", l.Date, l.Time, l.Reference, int64(l.Amount))
	n := seen[text]
	seen[text]++
	h := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", text, n))

	return "line-" + hex.EncodeToString(h[:8])
}

// keepStatement stores a statement and those of its lines that are not there yet.
func (v *Vault) keepStatement(ctx context.Context, tx Tx, s Statement, lines []StatementLine, out *Taken, now time.Time) error {
	had, err := tx.BankStatement(ctx, s.ID)
	switch {
	case err == nil:
		out.Statement = had

		return nil
	case !errors.Is(err, stored.ErrNotFound):
		return fmt.Errorf("cannot read statement %s: %w", s.ID, err)
	}
	out.Statement, out.Fresh = s, true
	if err := tx.AddBankStatement(ctx, s); err != nil {
		return err
	}
	for _, l := range lines {
		_, err := tx.StatementLine(ctx, l.ID)
		if err == nil {
			continue
		}
		if !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read line %s: %w", l.ID, err)
		}
		l.Statement = s.ID
		if err := tx.PutStatementLine(ctx, l); err != nil {
			return err
		}
	}

	return tx.AddAudit(ctx, audit(s.By, "take bank statement", s.ID, fmt.Sprintf("%s: %d lines, %s, %s to %s", s.Name, s.Count, s.Sum, s.From, s.To), now))
}

// matchLoose looks for the deposits of all lines that have none, as a person who took a
// statement in.
func (v *Vault) matchLoose(ctx context.Context, tx Tx, by string, out *Taken, now time.Time) error {
	loose, err := tx.LooseLines(ctx, maxStatementLines)
	if err != nil {
		return fmt.Errorf("cannot read lines of statements: %w", err)
	}
	for _, l := range loose {
		waiting, err := tx.RemittancesReferring(ctx, l.Reference, stored.MaxList)
		if err != nil {
			return fmt.Errorf("cannot read remittances of %s: %w", l.Reference, err)
		}
		known, err := claimed(ctx, tx, l, waiting, now)
		if err != nil {
			return err
		}
		if known {
			out.Matched++

			continue
		}
		i := l.best(waiting, func(r Remittance) bool { return l.isOf(r) && r.Deposit.By != by })
		if i < 0 {
			out.Loose++
			if err := looseMatter(ctx, tx, l, now); err != nil {
				return err
			}

			continue
		}
		out.Matched++
		if _, err := v.assign(ctx, tx, l, waiting[i], by, now); err != nil {
			return err
		}
	}

	return nil
}

// claimed has a line be that of a remittance for which a person entered it by hand, if there
// is one that has no line of a statement: then it is of no other deposit.
func claimed(ctx context.Context, tx Tx, l StatementLine, all []Remittance, now time.Time) (bool, error) {
	for _, r := range all {
		if !l.entered(r) {
			continue
		}
		mine, err := lineOf(ctx, tx, r)
		if err != nil {
			return false, err
		}
		if mine.ID == "" {
			return true, claim(ctx, tx, l, r, now)
		}
	}

	return false, nil
}

// claim keeps that a line is of a remittance, and of no other.
func claim(ctx context.Context, tx Tx, l StatementLine, r Remittance, now time.Time) error {
	l.Remittance = r.ID
	l.Version++
	if err := tx.PutStatementLine(ctx, l); err != nil {
		return fmt.Errorf("cannot store line %s: %w", l.ID, err)
	}

	for _, id := range []string{looseCase(l), books.NewCase("", now, books.ClassDeposit, r.ID+byHand, "", 0, "").ID} {
		if err := books.CloseIfOpen(ctx, tx, id, "a deposit is known for it", now); err != nil {
			return err
		}
	}

	return nil
}

// lineOf is the line of a statement that is of a remittance; without an ID there is none.
func lineOf(ctx context.Context, tx Tx, r Remittance) (StatementLine, error) {
	lines, err := tx.LinesReferring(ctx, r.Line.Reference, stored.MaxList)
	if err != nil {
		return StatementLine{}, fmt.Errorf("cannot read lines of statements: %w", err)
	}
	if i := slices.IndexFunc(lines, func(l StatementLine) bool { return l.Remittance == r.ID }); i >= 0 {
		return lines[i], nil
	}

	return StatementLine{}, nil
}

// entered reports whether a line is what a person entered by hand as the bank's line.
func (l StatementLine) entered(r Remittance) bool {
	return r.Line.At != 0 && r.Line.Reference == l.Reference && r.Line.Amount == l.Amount && near(r.Line.Date, l.Date)
}

// near reports whether two dates are within dateTolerance.
func near(a, b string) bool {
	ours, err := time.Parse(dateForm, a)
	theirs, bad := time.Parse(dateForm, b)

	return err == nil && bad == nil && theirs.Sub(ours).Abs() <= dateTolerance
}

// isOf reports whether a line is the bank's word of a deposit that has none yet.
func (l StatementLine) isOf(r Remittance) bool {
	if r.Deposit.At == 0 || r.Line.At != 0 || r.Deposit.Reference != l.Reference {
		return false
	}

	return near(r.Deposit.Date, l.Date)
}

// best is which of these remittances that may be its own a line is of: one with its amount, else
// the first. A bank may use a reference again. -1 is none.
func (l StatementLine) best(all []Remittance, may func(Remittance) bool) int {
	exact := slices.IndexFunc(all, func(r Remittance) bool { return may(r) && r.Deposit.Amount == l.Amount })
	if exact >= 0 {
		return exact
	}

	return slices.IndexFunc(all, may)
}

// assign has a line be the bank's word of a remittance.
func (v *Vault) assign(ctx context.Context, tx Tx, l StatementLine, r Remittance, by string, now time.Time) (Remittance, error) {
	r.Line = BankEntry{Reference: l.Reference, Amount: l.Amount, Date: l.Date, By: by, At: stored.Millis(now)}
	r, err := v.putRemittance(ctx, tx, r, now)
	if err != nil {
		return r, err
	}
	if err := claim(ctx, tx, l, r, now); err != nil {
		return r, err
	}
	if err := v.atBank(ctx, tx, r, now); err != nil {
		return r, err
	}

	return r, tx.AddAudit(ctx, audit(by, "enter bank line", r.ID, fmt.Sprintf("%s of %s on %s, line %d of a statement", l.Amount, l.Reference, dashed(l.Date), l.N), now))
}

// looseCase names the case of a line that no deposit is known for.
func looseCase(l StatementLine) string {
	return books.NewCase("", time.Time{}, books.ClassBankLine, l.ID, "", 0, "").ID
}

// looseMatter keeps the case of such a line.
func looseMatter(ctx context.Context, tx Tx, l StatementLine, now time.Time) error {
	c := books.NewCase("", now, books.ClassBankLine, l.ID, "", l.Amount, fmt.Sprintf("the bank has %s as %s on %s, and no deposit is known for it", l.Amount, l.Reference, dashed(l.Date)))
	if _, err := tx.Case(ctx, c.ID); !errors.Is(err, stored.ErrNotFound) {
		return err
	}
	var err error
	if c.Owner, err = owner(ctx, tx); err != nil {
		return err
	}

	return tx.AddCases(ctx, []books.Case{c})
}

// missingIn keeps a case of each deposit of a day that a statement is of, and that the bank
// says nothing of. It ends with the bank's line.
func (v *Vault) missingIn(ctx context.Context, tx Tx, s Statement, now time.Time) error {
	page := func(after string) ([]Remittance, error) {
		return tx.RemittancesDated(ctx, s.From, s.To, after, stored.MaxList)
	}

	return eachRemittance(page, func(r Remittance) error {
		if err := unproven(ctx, tx, r, s, now); err != nil {
			return err
		}

		return missing(ctx, tx, r, s, now)
	})
}

// missing makes a case of a deposit that a statement should have, and has not.
func missing(ctx context.Context, tx Tx, r Remittance, s Statement, now time.Time) error {
	d := r.Deposit
	if d.At == 0 || r.Line.At != 0 || d.Date < s.From || d.Date >= s.To { // of the last day more may come
		return nil
	}
	mine, err := tx.LinesReferring(ctx, d.Reference, 1)
	if err != nil || len(mine) > 0 { // it is there, and waits for another person
		return err
	}
	text := fmt.Sprintf("remitted %s, deposited %s as %s on %s, and not in the bank's statement up to %s", r.Amount, d.Amount, d.Reference, dashed(d.Date), dashed(s.To))

	return keepMatter(ctx, tx, matter{books.NewCase("", now, books.ClassDeposit, r.ID, "", d.Amount, text), true}, now)
}

// eachRemittance has fn see all that page gives, page by page, by ID.
func eachRemittance(page func(after string) ([]Remittance, error), fn func(Remittance) error) error {
	for after := ""; ; {
		rows, err := page(after)
		if err != nil {
			return fmt.Errorf("cannot list remittances: %w", err)
		}
		for _, r := range rows {
			if err := fn(r); err != nil {
				return err
			}
			after = r.ID
		}
		if len(rows) < stored.MaxList {
			return nil
		}
	}
}

// unproven makes a case of a bank's line that a person entered by hand for a day that a
// statement is of, and that no statement has. It ends with such a line, or by people.
func unproven(ctx context.Context, tx Tx, r Remittance, s Statement, now time.Time) error {
	if r.Line.At == 0 || r.Line.Date < s.From || r.Line.Date >= s.To {
		return nil
	}
	mine, err := lineOf(ctx, tx, r)
	if err != nil || mine.ID != "" {
		return err
	}
	text := fmt.Sprintf("%s entered by hand that the bank has %s as %s on %s, and no statement has it, up to %s", r.Line.By, r.Line.Amount, r.Line.Reference, dashed(r.Line.Date), dashed(s.To))
	c := books.NewCase("", now, books.ClassDeposit, r.ID+byHand, "", r.Line.Amount, text)
	if _, err := tx.Case(ctx, c.ID); !errors.Is(err, stored.ErrNotFound) {
		return err
	}
	if c.Owner, err = owner(ctx, tx); err != nil {
		return err
	}

	return tx.AddCases(ctx, []books.Case{c})
}

// byHand ends the name of the case of a bank's line that no statement has.
const byHand = "-by-hand"

// lineCame looks for the bank's line of a deposit that was entered now: its statement may have
// come before. Who took that in is another person than who entered the deposit, or the line
// stays loose.
func (v *Vault) lineCame(ctx context.Context, tx Tx, r Remittance, now time.Time) (Remittance, error) {
	lines, err := tx.LinesReferring(ctx, r.Deposit.Reference, stored.MaxList)
	if err != nil {
		return r, fmt.Errorf("cannot read lines of statements: %w", err)
	}
	lines = slices.DeleteFunc(lines, func(l StatementLine) bool { return l.Remittance != "" })
	if i := slices.IndexFunc(lines, func(l StatementLine) bool { return l.entered(r) }); i >= 0 {
		return r, claim(ctx, tx, lines[i], r, now)
	}
	lines = slices.DeleteFunc(lines, func(l StatementLine) bool { return !l.isOf(r) || l.By == r.Deposit.By })
	if len(lines) == 0 {
		return r, nil
	}
	i := max(0, slices.IndexFunc(lines, func(l StatementLine) bool { return l.Amount == r.Deposit.Amount }))

	return v.assign(ctx, tx, lines[i], r, lines[i].By, now)
}

// Statements are the newest.
func (v *Vault) Statements(ctx context.Context) ([]Statement, error) {
	return stored.View(ctx, v.b, func(tx Tx) ([]Statement, error) { return tx.BankStatements(ctx, stored.MaxList) })
}

// Loose are lines that no deposit is known for, the oldest first.
func (v *Vault) Loose(ctx context.Context) ([]StatementLine, error) {
	return stored.View(ctx, v.b, func(tx Tx) ([]StatementLine, error) { return tx.LooseLines(ctx, stored.MaxList) })
}

package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// ChoicePlan is what choosing one side of a fork starts from. The other side is left: its
// records are evidence, and its postings are cases.
type ChoicePlan struct {
	Kiosk string `json:"kiosk"`
	From  uint64 `json:"from"` // the first record that both sides have
	Keep  Side   `json:"keep"`
	Leave Side   `json:"leave"`
	Head  string `json:"head"` // of the side that is kept
}

// PlanChoice says what choosing a side of the fork of a kiosk would start from, and writes
// nothing: what is ChooseJournal or the name of a branch, or "journal BRANCH" where there are
// several. posting.ErrAction says that there is no such fork.
func PlanChoice(ctx context.Context, tx Tx, kiosk, what string) (ChoicePlan, error) {
	c, err := choiceOf(ctx, tx, kiosk, what)
	if err != nil {
		return ChoicePlan{}, err
	}
	keep, _, err := side(ctx, tx, c.keep(), c.branch.From, c.keepName())
	if err != nil {
		return ChoicePlan{}, err
	}
	leave, _, err := side(ctx, tx, c.leave(), c.branch.From, c.leaveName())

	return ChoicePlan{kiosk, c.branch.From, keep, leave, c.keep().Head.Hash.String()}, err
}

// choice is a fork, and which side is kept.
type choice struct {
	journal, branch Journal
	keepJournal     bool
}

func (c choice) keep() Journal {
	if c.keepJournal {
		return c.journal
	}
	return c.branch
}

func (c choice) leave() Journal {
	if c.keepJournal {
		return c.branch
	}
	return c.journal
}

func (c choice) keepName() string {
	if c.keepJournal {
		return ChooseJournal
	}
	return branchName(c.branch)
}

func (c choice) leaveName() string {
	if c.keepJournal {
		return branchName(c.branch)
	}
	return ChooseJournal
}

func choiceOf(ctx context.Context, tx Tx, kiosk, what string) (choice, error) {
	what, of, _ := strings.Cut(what, " ")
	j, err := tx.Journal(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		return choice{}, fmt.Errorf("%w: %.64q", ErrUnknown, kiosk)
	}
	if err != nil {
		return choice{}, fmt.Errorf("cannot read the journal of kiosk %s: %w", kiosk, err)
	}
	all, err := branchesOf(ctx, tx, j)
	if err != nil {
		return choice{}, err
	}
	open := slices.DeleteFunc(all, func(b Journal) bool { return !b.Accounted() })
	for _, b := range open {
		alone := len(open) == 1 && of == ""
		switch {
		case what == ChooseJournal && (alone || of == branchName(b)):
			return choice{j, b, true}, nil
		case what == branchName(b):
			return choice{j, b, false}, nil
		}
	}

	return choice{}, fmt.Errorf("%w: the journal of kiosk %s has no open branch %.40q", posting.ErrAction, kiosk, what)
}

// ChooseIn has one side of a fork be the journal, as two people want it. The records of the
// other one are kept as evidence, what followed from them alone is taken out of the books of
// payments, and a case each names their postings: money that people have to look for.
func ChooseIn(ctx context.Context, tx Tx, s *Keeper, kiosk, what string, who Orderers, now time.Time) error {
	c, err := choiceOf(ctx, tx, kiosk, what)
	if err != nil {
		return err
	}
	_, left, err := side(ctx, tx, c.leave(), c.branch.From, "")
	if err != nil {
		return err
	}
	_, kept, err := side(ctx, tx, c.keep(), c.branch.From, "")
	if err != nil {
		return err
	}
	if err := c.move(ctx, tx, left, now); err != nil {
		return err
	}
	if err := again(ctx, tx, kiosk, left, kept, now); err != nil {
		return err
	}
	if err := leftMoney(ctx, tx, c, left, now); err != nil {
		return err
	}

	return c.ends(ctx, tx, who, now)
}

// move has the side that is kept stand in the journal, and the other one beside it.
func (c choice) move(ctx context.Context, tx Tx, left []Sealed, now time.Time) error {
	at := stored.Millis(now)
	leave := c.leave()
	if err := tx.LeaveRecords(ctx, leave.Kiosk, leave.Incarnation, c.branch.From, c.branch.Incarnation, left); err != nil {
		return fmt.Errorf("cannot keep the records that are left: %w", err)
	}
	j, b := c.journal, c.branch
	if !c.keepJournal {
		if err := tx.MoveRecords(ctx, b.Kiosk, b.Incarnation, j.Incarnation); err != nil {
			return fmt.Errorf("cannot move the records that are kept: %w", err)
		}
		j.Head, j.ClockLost = b.Head, b.ClockLost
	}
	j.Forked--
	j.Broken, j.GapSince = false, 0
	j.UpdatedAt = at
	b.Left, b.UpdatedAt = true, at

	return errors.Join(tx.PutJournal(ctx, j), tx.PutJournal(ctx, b))
}

// again makes the transactions of both sides what the records that stand now tell.
func again(ctx context.Context, tx Tx, kiosk string, left, kept []Sealed, now time.Time) error {
	var gone []string
	var rows []Transaction
	for _, serial := range serialsOf(kiosk, left, kept) {
		t := Transaction{Serial: serial, Kiosk: kiosk}
		had, err := tx.Transactions(ctx, []string{serial})
		if err != nil {
			return fmt.Errorf("cannot read transaction %s: %w", serial, err)
		}
		if len(had) > 0 {
			t.OpenedAt = had[0].OpenedAt
		}
		if err := refold(ctx, tx, &t); err != nil {
			return err
		}
		if t.Folded.Serial == "" {
			gone = append(gone, serial)
			continue
		}
		if t.OpenedAt == 0 {
			t.OpenedAt = believed(t.Folded.OpenedAt.UnixMilli(), false, stored.Millis(now))
		}
		t.UpdatedAt = stored.Millis(now)
		rows = append(rows, t)
	}

	return errors.Join(tx.PutTransactions(ctx, rows), tx.DeleteTransactions(ctx, gone))
}

// serialsOf are the transactions of the kiosk that records name, once each, sorted.
func serialsOf(kiosk string, sides ...[]Sealed) []string {
	var out []string
	for _, recs := range sides {
		for _, r := range recs {
			if ownSerial(kiosk, r.Txn) {
				out = append(out, r.Txn)
			}
		}
	}
	slices.Sort(out)

	return slices.Compact(out)
}

// leftMoney makes a case of each payment on the side that was left, and of each note there
// that is no payment's. A case of the same money that is open stays the one.
func leftMoney(ctx context.Context, tx Tx, c choice, left []Sealed, now time.Time) error {
	p := newProjection(c.leave(), stored.Millis(now))
	p.left = c.leaveName()
	for _, r := range left {
		p.branched(r.Record)
	}
	for i := range p.cases {
		rows, err := tx.Postings(ctx, []string{p.cases[i].Serial})
		if err != nil {
			return fmt.Errorf("cannot read postings: %w", err)
		}
		for _, row := range rows {
			p.cases[i].Text = stored.Text(p.cases[i].Text + "; its posting is " + posting.Word(row.State))
		}
	}

	return tx.AddCases(ctx, p.cases)
}

// ends closes the case of the fork, and the alarm with the last one.
func (c choice) ends(ctx context.Context, tx Tx, who Orderers, now time.Time) error {
	how := fmt.Sprintf("two people chose %s from record %d on: %s", c.keepName(), c.branch.From, who.Reason)
	id := caseID(ClassFork, c.branch.Kiosk, branchName(c.branch))
	if err := EndCase(ctx, tx, id, who.Names(), how, now); err != nil {
		return err
	}
	if c.journal.Forked > 1 {
		return nil
	}
	at := stored.Millis(now)

	return tx.PutAlarms(ctx, []Alarm{
		{Kiosk: c.journal.Kiosk, Code: AlarmFork, At: at, UpdatedAt: at}, {Kiosk: c.journal.Kiosk, Code: AlarmChain, At: at, UpdatedAt: at},
	})
}

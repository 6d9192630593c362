package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Case is a matter for a person: the one model for all of them, whatever they are about.
// Its ID is made of class, kiosk and reference, so that the same matter is one case
// however often it is met.
type Case struct {
	ID         string       `json:"id"`
	Class      string       `json:"class"`
	Kiosk      string       `json:"kiosk"`
	Serial     string       `json:"serial"`
	Amount     money.Amount `json:"amount"`
	Text       string       `json:"text"`
	Open       bool         `json:"open"`
	OpenedAt   int64        `json:"opened_at"`
	ClosedAt   int64        `json:"closed_at"`
	ClosedBy   string       `json:"closed_by"`
	Resolution string       `json:"resolution"`
	UpdatedAt  int64        `json:"updated_at"`

	Owner    string `json:"owner"`     // who works on it; empty for nobody yet
	NextStep string `json:"next_step"` // what the owner does next
	DueAt    int64  `json:"due_at"`    // by when; 0 for no date
	Went     Went   `json:"went"`      // where its money went, as who closed it says
	Contact  string `json:"-"`         // how the customer is reached: shown on the page of the case only
}

// Went is where the money of a case went. Empty is that nobody said: then the ledger has it in
// suspense.
type Went string

// The ways. All of the case's amount goes the same way.
const (
	PaidOut Went = "paid-out" // to the customer, at a counter
	Kept    Went = "kept"     // nobody claims it: a surplus
)

// ErrWent says that a case is not of money that can go that way.
var ErrWent error = wentError{}

type wentError struct{}

// Error says so for people.
func (wentError) Error() string {
	return "the money of this case cannot go that way: leave out where it went, or work on the payment's other case first"
}

// Unwrap is ErrConflict: the case is not of what was asked.
func (wentError) Unwrap() error { return ErrConflict }

// Asks reports whether the ledger waits for a word of where the money of the case went.
func (c Case) Asks() bool {
	return c.settles() && c.Class != ClassUnbookedSale || c.Class == ClassUnbooked || c.Class == ClassNote
}

// goes checks where the money of a case is said to have gone.
func (c Case) goes(w Went) error {
	if w == "" || (w == PaidOut || w == Kept) && c.Asks() {
		return nil
	}

	return ErrWent
}

// HasAmount reports whether closing the case says where money went. So does that of a note
// whose value nobody knows.
func (c Case) HasAmount() bool {
	return c.Amount != 0 || c.Class == ClassNote || c.Class == ClassStrayNote
}

// OfStray reports whether an ID is that of the case of a stray note.
func OfStray(id string) bool { return strings.HasPrefix(id, ClassStrayNote+"-") }

// StrayInside reports whether it is the case of a stray note that is in the cassette; of
// others nobody can tell where they are.
func (c Case) StrayInside() bool {
	return c.Class == ClassStrayNote && strings.HasPrefix(c.Text, strayInside)
}

// Happening is what can happen to a case.
type Happening string

// The happenings. Plans (see package approval) are proposed, approved and refused.
const (
	CaseOpened    Happening = "opened"
	CaseAssigned  Happening = "assigned"
	CaseCommented Happening = "commented"
	CaseProposed  Happening = "proposed"
	CaseApproved  Happening = "approved"
	CaseRefused   Happening = "refused"
	CaseClosed    Happening = "closed"
	CaseReopened  Happening = "reopened"
	CaseEvidence  Happening = "evidence" // what became known late, and asks nobody again
)

// CaseEvent is one line of the history of a case; N counts from 1. Text is what was said:
// why, what to do next, or how it was closed.
type CaseEvent struct {
	Case string    `json:"-"`
	N    int64     `json:"n"`
	At   int64     `json:"at"`
	By   string    `json:"by"` // a person, or ClosedByOffice for head office itself
	What Happening `json:"what"`
	Text string    `json:"text"`
}

// CaseAges are the days after which an open case is looked at again, and by somebody above
// the one who has it.
func CaseAges() []int { return []int{1, 3, 7, 30} }

// Age is how many of CaseAges an open case has passed.
func (c Case) Age(now time.Time) int {
	days := now.Sub(time.UnixMilli(c.OpenedAt)) / (24 * time.Hour)
	n := 0
	for _, limit := range CaseAges() {
		if days >= time.Duration(limit) {
			n++
		}
	}

	return n
}

// beginning is the history that the row alone tells, of a case that has no other.
func (c Case) beginning() []CaseEvent {
	out := []CaseEvent{{At: c.OpenedAt, By: ClosedByOffice, What: CaseOpened, Text: c.Text}}
	if !c.Open {
		out = append(out, CaseEvent{At: c.ClosedAt, By: c.ClosedBy, What: CaseClosed, Text: c.Resolution})
	}
	for i := range out {
		out[i].Case, out[i].N = c.ID, int64(i+1)
	}

	return out
}

// TellCase adds lines to the history of a case. before is the case as it was: the first
// lines are made of it.
func TellCase(ctx context.Context, tx CaseTx, before Case, more ...CaseEvent) error {
	had, err := tx.CaseEvents(ctx, before.ID)
	if err != nil {
		return fmt.Errorf("cannot read history of case %s: %w", before.ID, err)
	}
	n := int64(len(had))
	if n == 0 {
		more = append(before.beginning(), more...)
	}
	for i := range more {
		n++
		more[i].Case, more[i].N = before.ID, n
		more[i].Text = stored.Text(more[i].Text)
	}
	if err := tx.AddCaseEvents(ctx, more); err != nil {
		return fmt.Errorf("cannot store history of case %s: %w", before.ID, err)
	}

	return nil
}

// closeCase closes an open case, and tells so in its history.
func closeCase(ctx context.Context, tx CaseTx, before Case, by, resolution string, now time.Time) (Case, error) {
	c := before.closed(by, stored.Text(resolution), now)
	if err := tx.PutCase(ctx, c); err != nil {
		return c, fmt.Errorf("cannot store case %s: %w", c.ID, err)
	}

	return c, TellCase(ctx, tx, before, CaseEvent{At: c.ClosedAt, By: by, What: CaseClosed, Text: c.Resolution})
}

// Reopen has a matter that was closed come up again, as c; who worked on it keeps it.
func Reopen(ctx context.Context, tx CaseTx, before, c Case) error {
	c.Owner, c.NextStep = before.Owner, before.NextStep
	c.DueAt, c.Contact = before.DueAt, before.Contact
	if err := tx.PutCase(ctx, c); err != nil {
		return fmt.Errorf("cannot store case %s: %w", c.ID, err)
	}

	return TellCase(ctx, tx, before, CaseEvent{At: c.OpenedAt, By: ClosedByOffice, What: CaseReopened, Text: c.Text})
}

// CaseDetail is a case with its history, and what it is about.
type CaseDetail struct {
	Case   Case
	Events []CaseEvent
	Of     *Detail // of the transaction; nil where the case is of none, or the books have none
	Others []Case  // of the same transaction
}

// CaseDetail returns one case with its evidence, or stored.ErrNotFound.
func (s *Keeper) CaseDetail(ctx context.Context, id string) (CaseDetail, error) {
	return stored.View(ctx, s.b, func(tx Tx) (d CaseDetail, err error) {
		if d.Case, err = tx.Case(ctx, id); err != nil {
			return d, fmt.Errorf("case %.80q: %w", id, err)
		}
		if d.Events, err = tx.CaseEvents(ctx, id); err != nil {
			return d, err
		}
		if len(d.Events) == 0 {
			d.Events = d.Case.beginning()
		}
		if d.Case.Serial == "" {
			return d, nil
		}
		if d.Others, err = tx.CasesOf(ctx, d.Case.Serial); err != nil {
			return d, err
		}
		d.Others = slices.DeleteFunc(d.Others, func(c Case) bool { return c.ID == id })

		of, err := detail(ctx, tx, d.Case.Serial)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			return d, nil
		case err == nil:
			d.Of = &of
		}

		return d, err
	})
}

// ErrCase says that what is asked of a case cannot be meant.
var ErrCase = errors.New("not possible with a case")

// Bounds of what people write into a case, in characters.
const (
	maxNextStep = 150
	maxContact  = 60
	dueAhead    = 400 * 24 * time.Hour
)

// Assignment is who works on a case, and how.
type Assignment struct {
	Owner, NextStep string
	DueAt           int64
	Contact         string
}

func (a Assignment) check(now time.Time) error {
	due := time.UnixMilli(a.DueAt)
	switch {
	case utf8.RuneCountInString(a.NextStep) > maxNextStep:
		return fmt.Errorf("%w: next step of more than %d characters", ErrCase, maxNextStep)
	case utf8.RuneCountInString(a.Contact) > maxContact:
		return fmt.Errorf("%w: contact of more than %d characters", ErrCase, maxContact)
	case strings.ContainsFunc(a.NextStep+a.Contact, func(r rune) bool { return r < ' ' }):
		return fmt.Errorf("%w: control characters", ErrCase)
	case a.DueAt != 0 && (due.Before(now.Add(-24*time.Hour)) || due.After(now.Add(dueAhead))):
		return fmt.Errorf("%w: due on a date that is over, or far ahead", ErrCase)
	}

	return nil
}

// AssignCase gives an open case an owner, a next step, a date and a contact, each as a
// says: what is empty there is empty afterwards. ErrConflict says that it is closed,
// ErrCase that the owner may not work here, or a field cannot be meant.
func (s *Keeper) AssignCase(ctx context.Context, id string, a Assignment, by string, now time.Time) (Case, error) {
	var c Case
	if err := a.check(now); err != nil {
		return c, err
	}
	err := s.b.Update(ctx, func(tx Tx) error {
		before, err := openCase(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.Owner != "" {
			if err := mayOwn(ctx, tx, a.Owner); err != nil {
				return err
			}
		}

		c = before
		c.Owner, c.NextStep = a.Owner, a.NextStep
		c.DueAt, c.Contact = a.DueAt, a.Contact
		c.UpdatedAt = stored.Millis(now)
		if err := tx.PutCase(ctx, c); err != nil {
			return fmt.Errorf("cannot store case %s: %w", id, err)
		}
		said := strings.TrimSuffix(c.Owner+": "+c.NextStep, ": ")

		return TellCase(ctx, tx, before, CaseEvent{At: c.UpdatedAt, By: by, What: CaseAssigned, Text: said})
	})

	return c, err
}

// CommentCase adds what a person has to say to the history of a case, open or closed.
func (s *Keeper) CommentCase(ctx context.Context, id, text, by string, now time.Time) (Case, error) {
	var c Case
	err := s.b.Update(ctx, func(tx Tx) (err error) {
		if c, err = tx.Case(ctx, id); err != nil {
			return fmt.Errorf("case %.80q: %w", id, err)
		}
		if err := TellCase(ctx, tx, c, CaseEvent{At: stored.Millis(now), By: by, What: CaseCommented, Text: text}); err != nil {
			return err
		}
		c.UpdatedAt = stored.Millis(now)

		return tx.PutCase(ctx, c)
	})

	return c, err
}

// openCase is a case that can be worked on.
func openCase(ctx context.Context, tx Tx, id string) (Case, error) {
	c, err := tx.Case(ctx, id)
	switch {
	case err != nil:
		return c, fmt.Errorf("case %.80q: %w", id, err)
	case !c.Open:
		return c, fmt.Errorf("case %s is closed: %w", id, ErrConflict)
	}

	return c, nil
}

// mayOwn refuses an owner who does not work with the books.
func mayOwn(ctx context.Context, tx Tx, name string) error {
	u, err := tx.User(ctx, name)
	switch {
	case errors.Is(err, stored.ErrNotFound) || err == nil && (u.Disabled || u.Role == people.RoleAuditor):
		return fmt.Errorf("%w: %.64q does not work on cases", ErrCase, name)
	case err != nil:
		return fmt.Errorf("cannot read user %.64q: %w", name, err)
	}

	return nil
}

// CaseCount is how many open cases there are of an age, and what they are worth.
type CaseCount struct {
	Cases  int64
	Amount money.Amount
}

// CaseCounts counts open cases by age: first those younger than the first of CaseAges.
func (s *Keeper) CaseCounts(ctx context.Context, now time.Time) ([]CaseCount, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]CaseCount, error) {
		out := make([]CaseCount, len(CaseAges())+1)
		for i := range out {
			var err error
			if out[i], err = tx.CountCases(ctx, OfAge(i, now)); err != nil {
				return nil, err
			}
		}

		return out, nil
	})
}

// OfAge narrows to open cases that have passed exactly n of CaseAges.
func OfAge(n int, now time.Time) Filter {
	ages := CaseAges()
	f := Filter{Open: true}
	day := func(i int) int64 { return now.Add(-time.Duration(ages[i]) * 24 * time.Hour).UnixMilli() }
	if n > 0 {
		f.OpenedBy = day(n - 1)
	}
	if n < len(ages) {
		f.OpenedAfter = day(n)
	}

	return f
}

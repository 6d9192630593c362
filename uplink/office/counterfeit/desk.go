package counterfeit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the kinds of pictures that are taken
	_ "image/png"
	"slices"
	"sync/atomic"
	"time"

	"wattkiosk/payments/ledger"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Bounds of a photograph.
const (
	MaxPhoto  = 4 << 20 // bytes
	maxPixels = 12_000  // along an edge
	lateOnce  = 50      // cases that are looked at in one database transaction
)

// Desk is where counterfeit cases are worked on. It is safe for concurrent use if its backend
// is.
type Desk struct {
	b         stored.Backend[Tx]
	entries   *accounts.Book
	vault     *cash.Vault
	zone      *time.Location
	dateOf    func(time.Time) string
	contracts atomic.Pointer[Contracts]
}

// New is a desk without contracts, which has vault set notes aside.
func New(b stored.Backend[Tx], entries *accounts.Book, vault *cash.Vault, zone *time.Location, dateOf func(time.Time) string) *Desk {
	return &Desk{b: b, entries: entries, vault: vault, zone: zone, dateOf: dateOf}
}

// SetContracts are those of cases that are opened from now on.
func (d *Desk) SetContracts(c Contracts) { d.contracts.Store(&c) }

// Contracts are the present ones.
func (d *Desk) Contracts() Contracts {
	if c := d.contracts.Load(); c != nil {
		return *c
	}

	return Contracts{}
}

// Open makes a case of a finding, and a case of the books, which stands on the first page of
// who has it; its notes are set aside from their collection (cash.ErrForged where it does not
// have them). The same finding again is the case that it is already. A note that another case
// has, by its number and value, is refused as ErrClaimed.
func (d *Desk) Open(ctx context.Context, f Finding, by string, now time.Time) (Case, error) {
	if err := f.check(stored.Millis(now)); err != nil {
		return Case{}, err
	}
	fresh := d.opened(f, by, now)
	c := fresh
	err := d.b.Update(ctx, func(tx Tx) error {
		had, err := tx.Forgery(ctx, fresh.ID)
		if err == nil && had.Stage == StageTakenBack {
			return fmt.Errorf("%w: this very finding was taken back as case %s: say what is known now", ErrInput, had.ID)
		}
		if err == nil {
			c = had
			return nil
		}
		if !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read counterfeit case %s: %w", fresh.ID, err)
		}
		c = fresh // whatever a try before this one made of it
		if err := d.setAside(ctx, tx, &c, now); err != nil {
			return err
		}
		text := fmt.Sprintf("%d notes of %s yuan", len(c.Notes), c.Amount())
		if err := tx.AddCases(ctx, []books.Case{books.NewCase(c.Kiosk, now, books.ClassCounterfeit, c.ID, "", c.Amount(), text)}); err != nil {
			return fmt.Errorf("cannot store case of %s: %w", c.ID, err)
		}

		return d.put(ctx, tx, &c, Line{At: c.OpenedAt, By: by, What: "found", Text: f.Text}, now)
	})

	return c, err
}

// opened is the case of a finding, under the present contracts.
func (d *Desk) opened(f Finding, by string, now time.Time) Case {
	terms, fitted := d.Contracts().Of(f.Kiosk)
	c := Case{ID: f.id(), Finding: f, Stage: StageFound, Terms: terms, OpenedBy: by, OpenedAt: stored.Millis(now), Owner: by}
	if c.Device == "" {
		c.Device, c.Firmware = fitted.Device, fitted.Firmware
	}
	if first := d.Contracts().First; first != "" {
		c.Owner = first
	}

	return c
}

// setAside has a case have its notes, each once, out of its collection.
func (d *Desk) setAside(ctx context.Context, tx Tx, c *Case, now time.Time) error {
	var numbered []ClaimedNote
	for _, n := range c.Notes {
		if n.Number == "" {
			continue
		}
		had, err := tx.ClaimedNote(ctx, n.Number, n.Value)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			numbered = append(numbered, ClaimedNote{n.Number, n.Value, c.ID})
		case err != nil:
			return fmt.Errorf("cannot read which case has note %s: %w", n.Number, err)
		case had.Case != c.ID:
			return fmt.Errorf("%w: the note of %s with number %s is in case %s", ErrClaimed, n.Value, n.Number, had.Case)
		}
	}
	if err := tx.AddClaimedNotes(ctx, numbered); err != nil {
		return fmt.Errorf("cannot store which notes case %s has: %w", c.ID, err)
	}
	if err := d.vault.ForgeIn(ctx, tx, c.Kiosk, c.Collection, cash.Forged{Case: c.ID, Found: c.Found, Piles: c.piles(), By: c.OpenedBy}, now); err != nil {
		return err
	}
	c.SetAside = true

	return nil
}

// put stores a case with one more line of its history, which is audited, and has the case of
// the books say who does what until when.
func (d *Desk) put(ctx context.Context, tx Tx, c *Case, l Line, now time.Time) error {
	*c = c.planned(d.zone)
	c.Version++
	c.UpdatedAt = stored.Millis(now)
	if len(c.Log) < maxLog {
		c.Log = append(slices.Clip(c.Log), l)
	}
	if err := tx.PutForgery(ctx, *c); err != nil {
		return fmt.Errorf("cannot store counterfeit case %s: %w", c.ID, err)
	}
	if err := tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: l.By, Action: "counterfeit " + l.What, Object: c.ID, Reason: stored.Text(l.Text)}); err != nil {
		return fmt.Errorf("cannot audit %s: %w", c.ID, err)
	}
	if !c.Open() {
		return nil
	}
	m, err := tx.Case(ctx, c.bookCase())
	if err != nil {
		return fmt.Errorf("cannot read case of %s: %w", c.ID, err)
	}
	next := m
	next.Owner, next.DueAt = c.Owner, c.DueAt
	next.NextStep, next.UpdatedAt = nextSteps[c.Stage], stored.Millis(now)
	if err := tx.PutCase(ctx, next); err != nil {
		return fmt.Errorf("cannot store case of %s: %w", c.ID, err)
	}

	return books.TellCase(ctx, tx, m, books.CaseEvent{At: stored.Millis(now), By: l.By, What: books.CaseCommented, Text: l.What + ": " + l.Text})
}

// nextSteps are what is to be done next, as a case of the books says it, in Chinese first.
var nextSteps = map[Stage]string{
	StageFound: "通知设备厂商 / tell the maker", StageTold: "等厂商到场 / the maker comes", StageVisited: "认定由谁承担 / decide who bears it",
}

// change has fn change a case that is open.
func (d *Desk) change(ctx context.Context, id string, now time.Time, fn func(Tx, *Case) (Line, error)) (Case, error) {
	var c Case
	err := d.b.Update(ctx, func(tx Tx) (err error) {
		if c, err = tx.Forgery(ctx, id); err != nil {
			return fmt.Errorf("counterfeit case %.40q: %w", id, err)
		}
		if !c.Open() {
			return fmt.Errorf("%w: it is %s", ErrNotPossible, c.Stage)
		}
		l, err := fn(tx, &c)
		if err != nil {
			return err
		}
		l.At = stored.Millis(now)

		return d.put(ctx, tx, &c, l, now)
	})

	return c, err
}

// Tell says that the maker was told, and how.
func (d *Desk) Tell(ctx context.Context, id, how, by string, now time.Time) (Case, error) {
	if err := checkText("how", how, 2); err != nil {
		return Case{}, err
	}

	return d.change(ctx, id, now, func(_ Tx, c *Case) (l Line, err error) {
		c.Stage, err = Step(c.Stage, Tell, false)
		c.ToldAt, c.Level = stored.Millis(now), 0

		return Line{By: by, What: "told", Text: how}, err
	})
}

// Visit writes down that the maker's person was there.
func (d *Desk) Visit(ctx context.Context, id string, v Visited, by string, now time.Time) (Case, error) {
	v.By = by
	if err := errors.Join(checkText("who", v.Who, 2), checkText("said", v.Said, 2), checkText("firmware", v.Firmware, 0)); err != nil {
		return Case{}, err
	}

	return d.change(ctx, id, now, func(_ Tx, c *Case) (l Line, err error) {
		if v.At < c.FoundAt || v.At > stored.Millis(now) || len(c.Visits) >= maxVisits {
			return l, fmt.Errorf("%w: a visit is between the finding and now; at most %d", ErrInput, maxVisits)
		}
		c.Stage, err = Step(c.Stage, Visit, false)
		c.Visits, c.Level = append(slices.Clip(c.Visits), v), 0
		slices.SortStableFunc(c.Visits, func(a, b Visited) int { return int(max(-1, min(1, a.At-b.At))) })

		return Line{By: by, What: "visit", Text: v.Who + ": " + v.Said}, err
	})
}

// AddPhoto keeps a photograph with a case. ErrPicture says that such a file is not
// taken. The same photograph again changes nothing.
func (d *Desk) AddPhoto(ctx context.Context, id string, content []byte, by string, now time.Time) (Case, error) {
	kind, err := picture(content)
	if err != nil {
		return Case{}, err
	}
	sum := sha256.Sum256(content)
	x := Exhibit{Hash: hex.EncodeToString(sum[:]), Type: kind, Content: content, By: by, At: stored.Millis(now)}

	return d.change(ctx, id, now, func(tx Tx, c *Case) (Line, error) {
		l := Line{By: by, What: "photo", Text: x.Hash}
		if slices.ContainsFunc(c.Photos, func(p Photo) bool { return p.Hash == x.Hash }) {
			return l, nil
		}
		if len(c.Photos) >= MaxPhotos {
			return l, fmt.Errorf("%w: at most %d photographs", ErrInput, MaxPhotos)
		}
		c.Photos = append(slices.Clip(c.Photos), Photo{x.Hash, x.Type, len(content), by, x.At})

		return l, tx.AddExhibit(ctx, x)
	})
}

// picture is the type of a picture that is taken.
func picture(content []byte) (string, error) {
	if len(content) == 0 || len(content) > MaxPhoto {
		return "", ErrPicture
	}
	size, kind, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > maxPixels || size.Height > maxPixels {
		return "", ErrPicture
	}

	return "image/" + kind, nil
}

// DecisionPlan is what a decision starts from.
type DecisionPlan struct {
	Case    string   `json:"case"`
	Kiosk   string   `json:"kiosk"`
	Maker   string   `json:"maker"`
	Stage   Stage    `json:"stage"`
	Found   Found    `json:"found"`
	Bears   Bears    `json:"bears"`
	Lost    Decision `json:"lost"`
	Version int64    `json:"version"`
}

// PlanDecision says what a decision would post, and writes nothing.
func PlanDecision(ctx context.Context, tx Tx, id string, b Bears) (DecisionPlan, error) {
	c, err := tx.Forgery(ctx, id)
	if err != nil {
		return DecisionPlan{}, fmt.Errorf("counterfeit case %.40q: %w", id, err)
	}
	lost, err := c.share(b)
	if err == nil {
		_, err = Step(c.Stage, Decide, lost.Maker > 0)
	}

	return DecisionPlan{c.ID, c.Kiosk, c.Terms.Maker, c.Stage, c.Found, b, lost, c.Version}, err
}

// DecideIn posts the loss as two people want it, and ends the case.
func (d *Desk) DecideIn(ctx context.Context, tx Tx, id string, b Bears, who books.Orderers, now time.Time) error {
	c, err := tx.Forgery(ctx, id)
	if err != nil {
		return fmt.Errorf("counterfeit case %.40q: %w", id, err)
	}
	lost, err := c.share(b)
	if err != nil {
		return err
	}
	if c.Stage, err = Step(c.Stage, Decide, lost.Maker > 0); err != nil {
		return err
	}
	lost.By, lost.Approver = who.By, who.Approver
	lost.Reason, lost.At = stored.Text(who.Reason), stored.Millis(now)
	c.Decision = lost

	if !c.SetAside && c.Collection != "" { // from before notes were set aside at the finding
		if err := d.setAside(ctx, tx, &c, now); err != nil {
			return fmt.Errorf("%w: %w", ErrNotPossible, err)
		}
	}
	lines, err := ledger.Loss{From: c.lie(), Maker: lost.Maker, Owner: lost.Owner}.Lines()
	if err != nil {
		return fmt.Errorf("counterfeit case %s: %w", id, err)
	}
	doc := accounts.Document{
		Key: "counterfeit-" + c.ID, Kiosk: c.Kiosk, Date: d.dateOf(now), Kind: "counterfeit", Why: "borne by " + string(b), By: who.Names(), Lines: lines,
	}
	if _, err := d.entries.RecordIn(ctx, tx, doc, now); err != nil {
		return fmt.Errorf("cannot post counterfeit case %s: %w", id, err)
	}
	if err := d.put(ctx, tx, &c, Line{At: lost.At, By: who.Names(), What: "decided", Text: string(b) + ": " + who.Reason}, now); err != nil {
		return err
	}

	return books.EndCase(ctx, tx, c.bookCase(), who.Names(), fmt.Sprintf("borne by the %s: maker %s, owner %s yuan; %s", b, lost.Maker, lost.Owner, who.Reason), now)
}

// Watch gives cases whose next step is late to whom the contract names. It returns how many.
func (d *Desk) Watch(ctx context.Context, now time.Time) (n int, err error) {
	err = d.b.Update(ctx, func(tx Tx) error {
		n = 0
		late, err := tx.LateForgeries(ctx, stored.Millis(now), lateOnce)
		if err != nil {
			return fmt.Errorf("cannot list late counterfeit cases: %w", err)
		}
		for _, c := range late {
			if !c.Open() && c.Claim.State != Claimed || c.Level >= len(c.Terms.Escalate) {
				continue
			}
			to := c.Terms.Escalate[c.Level]
			c.Level++
			c.Owner = to.Who
			l := Line{At: stored.Millis(now), By: books.ClosedByOffice, What: "escalated", Text: fmt.Sprintf("%d days late: %s", to.AfterDays, to.Who)}
			if err := d.put(ctx, tx, &c, l, now); err != nil {
				return err
			}
			n++
		}

		return nil
	})

	return n, err
}

// Case is one case, or stored.ErrNotFound.
func (d *Desk) Case(ctx context.Context, id string) (Case, error) {
	return stored.View(ctx, d.b, func(tx Tx) (Case, error) {
		c, err := tx.Forgery(ctx, id)
		if err != nil {
			return c, fmt.Errorf("counterfeit case %.40q: %w", id, err)
		}

		return c, nil
	})
}

// Cases are the newest that f lets through.
func (d *Desk) Cases(ctx context.Context, f Filter) ([]Case, error) {
	f.Limit = stored.Limit(f.Limit)
	return stored.View(ctx, d.b, func(tx Tx) ([]Case, error) { return tx.ListForgeries(ctx, f) })
}

// Exhibit is a photograph by its hash, or stored.ErrNotFound.
func (d *Desk) Exhibit(ctx context.Context, hash string) (Exhibit, error) {
	return stored.View(ctx, d.b, func(tx Tx) (Exhibit, error) { return tx.Exhibit(ctx, hash) })
}

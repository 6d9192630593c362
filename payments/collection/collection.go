package collection

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// ErrEvent says that an event holds what none may hold, whatever came before it.
var ErrEvent = errors.New("not what two people can report of a collection")

// Stage is how far a collection is.
type Stage string

// The stages. A collection that was never opened has none.
const (
	Begun     Stage = "begun"    // the cassette is to be taken out
	Divided   Stage = "divided"  // and is out: it is to be counted
	Counting  Stage = "counting" // counted, and not signed by both
	Ended     Stage = "closed"
	GivenUp   Stage = "abandoned"
	maxCounts       = 9
)

// Bounds of what people may report.
const (
	maxPiles    = 16
	maxNotes    = 100_000
	maxReason   = 120 // characters
	maxCassette = 20
	maxNumber   = 8
	maxOutcome  = 32
	maxCopies   = 99
)

// Collection is one collection. The zero value is one that was not opened.
type Collection struct {
	Serial     string       `json:"serial"` // of the record that opened it, as a transaction's
	Stage      Stage        `json:"stage"`
	By         string       `json:"by"`
	With       string       `json:"with"`
	OpenedAt   int64        `json:"opened_at"`
	Out        string       `json:"out"`
	In         string       `json:"in"`
	How        How          `json:"how"`
	Inside     []Pile       `json:"inside"`
	Doubt      money.Amount `json:"doubt"`
	Doubts     int64        `json:"doubts"`
	Prior      bool         `json:"prior"`
	Older      money.Amount `json:"older,omitempty"`
	OlderNotes int64        `json:"older_notes,omitempty"`
	Moved      int64        `json:"moved,omitempty"`
	DividedAt  int64        `json:"divided_at"`
	Counts     []Counted    `json:"counts"` // every one, the last one counts
	Reason     string       `json:"reason"`
	Signed     []string     `json:"signed"` // numbers, in the order in which they signed
	Head       string       `json:"head"`
	EndedAt    int64        `json:"ended_at"`
	Copies     int          `json:"copies,omitempty"` // of its slip that were begun; the next one is Copies+1
	Slip       string       `json:"slip,omitempty"`   // outcome of the last of them
}

// Open reports whether it has begun and has no end. Until Exchanged the kiosk serves nobody.
func (c Collection) Open() bool {
	return c.Stage == Begun || c.Stage == Divided || c.Stage == Counting
}

// Expected is what the records say was inside.
func (c Collection) Expected() money.Amount { return Sum(c.Inside) + c.Older }

// Counted is the last count, and whether there is one.
func (c Collection) Counted() (money.Amount, bool) {
	if len(c.Counts) == 0 {
		return 0, false
	}

	return Sum(c.Counts[len(c.Counts)-1].Piles), true
}

// Difference is counted less expected: above zero a surplus, below zero a shortage. It is
// nothing before there is a count.
func (c Collection) Difference() (money.Amount, bool) {
	counted, is := c.Counted()

	return counted - c.Expected(), is
}

// Agrees reports whether the last count is what the records say, note by note; where they
// do not tell every denomination, by the number of notes and their sum.
func (c Collection) Agrees() bool {
	if len(c.Counts) == 0 {
		return false
	}
	piles := c.Counts[len(c.Counts)-1].Piles
	if c.OlderNotes > 0 {
		return Sum(piles) == c.Expected() && Notes(piles) == Notes(c.Inside)+c.OlderNotes
	}

	return slices.Equal(tidy(c.Inside), tidy(piles))
}

// CanSign reports whether a person's signature is what is missing.
func (c Collection) CanSign(number string) bool {
	return c.Stage == Counting && (c.Agrees() || c.Reason != "") &&
		(number == c.By || number == c.With) && !slices.Contains(c.Signed, number)
}

// Apply is the collection after an event of it. leg.ErrIllegal says that the event cannot
// follow what came before, ErrEvent that it can follow nothing. On an error c is returned
// unchanged.
func (c Collection) Apply(serial string, e leg.Event) (Collection, error) {
	next := c
	var err error
	switch e := e.(type) {
	case Opened:
		err = next.open(serial, e)
	case Exchanged:
		err = next.exchange(e)
	case Counted:
		err = next.count(e)
	case Explained:
		err = next.explain(e)
	case Signed:
		err = next.sign(e)
	case Closed:
		err = next.close(e)
	case Abandoned:
		err = next.abandon(e)
	case Slip:
		err = next.slip(e)
	default:
		err = fmt.Errorf("%w: %s is no event of a collection", leg.ErrIllegal, e.EventType())
	}
	if err == nil && serial != next.Serial {
		err = fmt.Errorf("%w: %s of another collection", leg.ErrIllegal, e.EventType())
	}
	if err != nil {
		return c, err
	}

	return next, nil
}

func (c *Collection) open(serial string, e Opened) error {
	switch {
	case c.Stage != "":
		return c.illegal(e)
	case !number(e.By) || !number(e.With):
		return fmt.Errorf("%w: staff numbers of 1 to %d digits", ErrEvent, maxNumber)
	case e.By == e.With:
		return fmt.Errorf("%w: one person is not two", ErrEvent)
	}
	*c = Collection{Serial: serial, Stage: Begun, By: e.By, With: e.With, OpenedAt: e.At}

	return nil
}

func (c *Collection) exchange(e Exchanged) error {
	switch {
	case c.Stage != Begun:
		return c.illegal(e)
	case !e.How.known():
		return fmt.Errorf("%w: known by %.20q", ErrEvent, e.How)
	case e.Out != "" && !Cassette(e.Out) || !Cassette(e.In):
		return fmt.Errorf("%w: a cassette's number is 1 to %d letters, digits or dashes", ErrEvent, maxCassette)
	case e.Out == e.In:
		return fmt.Errorf("%w: the cassette that is in is the one that is out", ErrEvent)
	case !apart(e.Doubt, e.Doubts):
		return fmt.Errorf("%w: %d notes of %s in doubt", ErrEvent, e.Doubts, e.Doubt)
	case !apart(e.Older, e.OlderNotes) || e.OlderNotes > 0 && !e.Prior || e.Moved < 0:
		return fmt.Errorf("%w: %d notes of %s from before", ErrEvent, e.OlderNotes, e.Older)
	}
	if err := checkPiles(e.Inside); err != nil {
		return err
	}
	c.Stage, c.DividedAt = Divided, e.At
	c.Out, c.In = e.Out, e.In
	c.How, c.Prior = e.How, e.Prior
	c.Doubt, c.Doubts = e.Doubt, e.Doubts
	c.Older, c.OlderNotes = e.Older, e.OlderNotes
	c.Moved = e.Moved
	c.Inside = tidy(e.Inside)

	return nil
}

// apart reports whether so many notes can make that sum beside the piles.
func apart(sum money.Amount, notes int64) bool {
	return sum >= 0 && sum <= money.Max && notes >= 0 && notes <= maxNotes && (sum == 0 || notes > 0)
}

// count takes another count as long as nobody signed the one before.
func (c *Collection) count(e Counted) error {
	if c.Stage != Divided && c.Stage != Counting || len(c.Signed) > 0 || len(c.Counts) == maxCounts {
		return c.illegal(e)
	}
	if err := checkPiles(e.Piles); err != nil {
		return err
	}
	e.Piles = tidy(e.Piles)
	c.Stage, c.Reason = Counting, ""
	c.Counts = append(slices.Clip(c.Counts), e)

	return nil
}

func (c *Collection) explain(e Explained) error {
	n := utf8.RuneCountInString(e.Reason)
	switch {
	case c.Stage != Counting || len(c.Signed) > 0 || c.Agrees():
		return c.illegal(e)
	case n == 0 || n > maxReason || !utf8.ValidString(e.Reason) || strings.ContainsFunc(e.Reason, func(r rune) bool { return r < ' ' }):
		return fmt.Errorf("%w: a reason is 1 to %d characters", ErrEvent, maxReason)
	}
	c.Reason = e.Reason

	return nil
}

func (c *Collection) sign(e Signed) error {
	if !c.CanSign(e.By) {
		return c.illegal(e)
	}
	c.Signed = append(slices.Clip(c.Signed), e.By)

	return nil
}

func (c *Collection) close(e Closed) error {
	switch {
	case c.Stage != Counting || len(c.Signed) < 2:
		return c.illegal(e)
	case len(e.Head) != 64 || strings.Trim(e.Head, "0123456789abcdef") != "":
		return fmt.Errorf("%w: no hash of a record", ErrEvent)
	}
	c.Stage, c.Head = Ended, e.Head
	c.EndedAt = e.At

	return nil
}

func (c *Collection) abandon(e Abandoned) error {
	switch {
	case c.Stage != Begun:
		return c.illegal(e)
	case len(e.Reason) > maxReason:
		return fmt.Errorf("%w: a reason is up to %d characters", ErrEvent, maxReason)
	}
	c.Stage, c.Reason = GivenUp, e.Reason
	c.EndedAt = e.At

	return nil
}

// slip counts a copy that was begun, or takes what became of the last one.
func (c *Collection) slip(e Slip) error {
	switch {
	case c.Stage != Ended:
		return c.illegal(e)
	case e.Copy < 1 || e.Copy > maxCopies || e.Outcome == "" || len(e.Outcome) > maxOutcome:
		return fmt.Errorf("%w: copy %d of a slip", ErrEvent, e.Copy)
	}
	c.Copies, c.Slip = max(c.Copies, e.Copy), e.Outcome

	return nil
}

func (c *Collection) illegal(e leg.Event) error {
	return fmt.Errorf("%w: %s in a collection that is %q", leg.ErrIllegal, e.EventType(), c.Stage)
}

// Cassette reports whether s can be the number on a cassette.
func Cassette(s string) bool {
	return s != "" && len(s) <= maxCassette && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-')
	})
}

func number(s string) bool {
	return s != "" && len(s) <= maxNumber && strings.Trim(s, "0123456789") == ""
}

// Sum is what piles that were checked are worth.
func Sum(piles []Pile) money.Amount {
	total := money.Amount(0)
	for _, p := range piles {
		total += p.Value * money.Amount(p.Notes)
	}

	return total
}

// Notes is how many notes piles have.
func Notes(piles []Pile) int64 {
	n := int64(0)
	for _, p := range piles {
		n += p.Notes
	}

	return n
}

// checkPiles refuses what cannot be counted. The bounds keep Sum far from overflow.
func checkPiles(piles []Pile) error {
	if len(piles) > maxPiles {
		return fmt.Errorf("%w: %d denominations", ErrEvent, len(piles))
	}
	seen := map[money.Amount]bool{}
	for _, p := range piles {
		if p.Value <= 0 || p.Value > money.Max || p.Notes < 0 || p.Notes > maxNotes || seen[p.Value] {
			return fmt.Errorf("%w: %d notes of %s", ErrEvent, p.Notes, p.Value)
		}
		seen[p.Value] = true
	}
	if total := Sum(piles); total < 0 || total > money.Max {
		return fmt.Errorf("%w: more money than there can be", ErrEvent)
	}

	return nil
}

// tidy is piles by value, the largest first, without those that have no note.
func tidy(piles []Pile) []Pile {
	out := slices.DeleteFunc(slices.Clone(piles), func(p Pile) bool { return p.Notes == 0 })
	slices.SortFunc(out, func(a, b Pile) int { return cmp.Compare(b.Value, a.Value) })

	return out
}

package counterfeit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/cash"
)

// Errors of this package, beside those of stored.
var (
	ErrInput       = errors.New("cannot be meant")
	ErrNotPossible = errors.New("not possible as the counterfeit case stands")
	ErrClaimed     = errors.New("a case has this note already")
	ErrPicture     = errors.New("no picture that is taken: JPEG or PNG, at most 4 MiB and 12000 by 12000 pixels")
)

// Bounds.
const (
	MaxNotes  = 50 // of one finding
	MaxPhotos = 12
	maxVisits = 40
	maxLog    = 200
	maxText   = 200 // characters
)

// Kind is how a note is counterfeit.
type Kind string

// The kinds.
const (
	Printed Kind = "printed" // made as a whole (机制)
	Copied  Kind = "copied"  // a copy (复印)
	Spliced Kind = "spliced" // put together of parts (变造)
	Unsure  Kind = "unsure"
)

// Note is a counterfeit note. Number is the serial number printed on it; empty where it
// cannot be read.
type Note struct {
	Value  money.Amount `json:"value"`
	Number string       `json:"number"`
	Kind   Kind         `json:"kind"`
}

// Found is where it was found.
type Found = cash.Found

// The places.
const (
	AtCount = cash.AtCount
	InVault = cash.InVault
	AtBank  = cash.AtBank
)

// Finding is what is known when a case is opened.
type Finding struct {
	Kiosk      string `json:"kiosk"`
	Site       string `json:"site"`
	Found      Found  `json:"found"`
	FoundAt    int64  `json:"found_at"`   // Unix ms
	Collection string `json:"collection"` // serial: what the notes are of; cases from before may have none
	Cassette   string `json:"cassette"`
	From       int64  `json:"from"` // when the notes came in: after From, and up to Until
	Until      int64  `json:"until"`
	Notes      []Note `json:"notes"`
	Device     string `json:"device"`   // type of the validator; empty is not known
	Firmware   string `json:"firmware"` // of the validator; empty is not known
	Text       string `json:"text"`
}

func (f Finding) check(now int64) error {
	switch {
	case len(f.Kiosk) != 8 || strings.Trim(f.Kiosk, "0123456789") != "":
		return fmt.Errorf("%w: a kiosk has 8 digits", ErrInput)
	case f.Found != AtCount && f.Found != InVault && f.Found != AtBank:
		return fmt.Errorf("%w: found at %.20q", ErrInput, f.Found)
	case f.FoundAt <= 0 || f.FoundAt > now:
		return fmt.Errorf("%w: found at a time that has not come", ErrInput)
	case f.From < 0 || f.Until < f.From || f.Until > now:
		return fmt.Errorf("%w: the notes came in after a time, and up to a later one", ErrInput)
	case len(f.Collection) != 20 || strings.Trim(f.Collection, "0123456789") != "":
		return fmt.Errorf("%w: the collection that the notes are of is wanted, 20 digits", ErrInput)
	case f.Cassette != "" && !collection.Cassette(f.Cassette):
		return fmt.Errorf("%w: no number of a cassette", ErrInput)
	case len(f.Notes) == 0 || len(f.Notes) > MaxNotes:
		return fmt.Errorf("%w: 1 to %d notes", ErrInput, MaxNotes)
	}
	seen := map[Note]bool{}
	for _, n := range f.Notes {
		known := slices.Contains([]Kind{Printed, Copied, Spliced, Unsure}, n.Kind)
		number := len(n.Number) <= 20 && strings.Trim(n.Number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
		if n.Value <= 0 || n.Value > money.Yuan(1000) || !known || !number {
			return fmt.Errorf("%w: a note of %s, number %.24q, kind %.20q", ErrInput, n.Value, n.Number, n.Kind)
		}
		one := Note{Value: n.Value, Number: n.Number}
		if n.Number != "" && seen[one] {
			return fmt.Errorf("%w: the note of %s with number %s is there twice", ErrInput, n.Value, n.Number)
		}
		seen[one] = true
	}

	return errors.Join(checkText("text", f.Text, 0), checkText("site", f.Site, 0), checkText("device", f.Device, 0), checkText("firmware", f.Firmware, 0))
}

func checkText(field, text string, least int) error {
	n := utf8.RuneCountInString(text)
	if n < least || n > maxText || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return fmt.Errorf("%w: %s has %d to %d characters", ErrInput, field, least, maxText)
	}

	return nil
}

// id is of the finding: the same one entered twice is one case.
func (f Finding) id() string {
	b, _ := json.Marshal(f) // it holds nothing that cannot be marshalled
	sum := sha256.Sum256(append([]byte("wattkiosk counterfeit 1\n"), b...))

	return "cf-" + hex.EncodeToString(sum[:6])
}

// Stage is how far a case is.
type Stage string

// The stages.
const (
	StageFound   Stage = "found"
	StageTold    Stage = "told"    // the maker is
	StageVisited Stage = "visited" // the maker's person was there
	StageDecided Stage = "decided" // who bears the loss: the end

	StageTakenBack Stage = "taken-back" // it was a mistake: the end
)

// Event is what happens to a case.
type Event string

// The events.
const (
	Tell   Event = "told"
	Visit  Event = "visit"
	Decide Event = "decide"

	TakeBack Event = "take-back"
)

// Step is the stage after an event, or ErrNotPossible: see the package comment. maker says
// that a decision has the maker bear some of it.
func Step(s Stage, e Event, maker bool) (Stage, error) {
	switch {
	case e == Tell && s == StageFound:
		return StageTold, nil
	case e == TakeBack && s != StageTakenBack:
		return StageTakenBack, nil
	case e == Visit && s != StageDecided && s != StageTakenBack:
		return StageVisited, nil
	case e == Decide && (s == StageTold || s == StageVisited || s == StageFound && !maker):
		return StageDecided, nil
	}

	return s, fmt.Errorf("%w: %s while it is %s", ErrNotPossible, e, s)
}

// Visited is one visit of the maker's.
type Visited struct {
	At       int64  `json:"at"`
	Who      string `json:"who"`      // technician's number, or a name
	Firmware string `json:"firmware"` // as found, or as left; empty is not known
	Said     string `json:"said"`
	By       string `json:"by"` // who wrote it down
}

// Line is one line of the history of a case.
type Line struct {
	At   int64  `json:"at"`
	By   string `json:"by"`
	What string `json:"what"`
	Text string `json:"text"`
}

// Bears is who bears a loss.
type Bears string

// Who may.
const (
	ByMaker Bears = "maker"
	ByOwner Bears = "owner" // of the fleet
)

// Decision is who bears how much of a loss.
type Decision struct {
	Bears    Bears        `json:"bears"`
	Maker    money.Amount `json:"maker"`
	Owner    money.Amount `json:"owner"`
	By       string       `json:"by"`
	Approver string       `json:"approver"`
	Reason   string       `json:"reason"`
	At       int64        `json:"at"`
}

// Case is a finding and what became of it. Version counts its saves from 1.
type Case struct {
	ID string `json:"id"`
	Finding
	SetAside  bool      `json:"set_aside"` // its notes are among those of its collection (cash.Forged), and in the account of counterfeit notes
	Stage     Stage     `json:"stage"`
	Terms     Terms     `json:"terms"` // as they were when it was found
	OpenedBy  string    `json:"opened_by"`
	OpenedAt  int64     `json:"opened_at"`
	ToldAt    int64     `json:"told_at"`
	Owner     string    `json:"owner"`  // who has it now
	DueAt     int64     `json:"due_at"` // of the next step; 0 for none
	Level     int       `json:"level"`  // how many escalations were passed
	NextAt    int64     `json:"next_at"`
	Photos    []Photo   `json:"photos"`
	Visits    []Visited `json:"visits"`
	Decision  Decision  `json:"decision"`
	Claim     Claim     `json:"claim"` // of what the maker bears
	TakenBack TakenBack `json:"taken_back"`
	Log       []Line    `json:"log"`
	Version   int64     `json:"version"`
	UpdatedAt int64     `json:"updated_at"`
}

// Photo names an exhibit of a case.
type Photo struct {
	Hash string `json:"hash"` // SHA-256 of its bytes, 64 digits
	Type string `json:"type"`
	Size int    `json:"size"`
	By   string `json:"by"`
	At   int64  `json:"at"`
}

// Exhibit is a photograph as content.
type Exhibit struct {
	Hash    string
	Type    string
	Content []byte
	By      string
	At      int64
}

// Open reports whether nobody has decided yet.
func (c Case) Open() bool { return c.Stage != StageDecided && c.Stage != StageTakenBack }

// Amount is what the notes say that they are worth.
func (c Case) Amount() money.Amount {
	sum := money.Amount(0)
	for _, n := range c.Notes {
		sum += n.Value
	}

	return sum
}

// Case of the books that it stands as.
func (c Case) bookCase() string { return "counterfeit-" + c.Kiosk + "-" + c.ID }

// piles are its notes, counted by what is printed on them.
func (f Finding) piles() (out []collection.Pile) {
	for _, n := range f.Notes {
		i := slices.IndexFunc(out, func(p collection.Pile) bool { return p.Value == n.Value })
		if i < 0 {
			i, out = len(out), append(out, collection.Pile{Value: n.Value})
		}
		out[i].Notes++
	}

	return out
}

// from are where the money lay that is lost of a case from before, which names no collection that
// its notes could be set aside from.
var from = map[Found]ledger.Account{AtCount: ledger.Counterfeit, InVault: ledger.CashCounted, AtBank: ledger.CashAtBank}

// lie is where the notes of a case stand in the books.
func (c Case) lie() ledger.Account {
	if c.SetAside {
		return ledger.Counterfeit
	}

	return from[c.Found]
}

// MayBear are those whom a decision may name now; none once it was decided. A maker has to be
// told first, and bears only what its contract says.
func (c Case) MayBear() (out []Bears) {
	for _, b := range []Bears{ByMaker, ByOwner} {
		d, err := c.share(b)
		if err == nil {
			_, err = Step(c.Stage, Decide, d.Maker > 0)
		}
		if err == nil {
			out = append(out, b)
		}
	}

	return out
}

// share is who would bear how much: the maker up to what the contract says, the owner the
// rest. ErrNotPossible says that the contract does not have the maker bear any of it.
func (c Case) share(b Bears) (Decision, error) {
	d := Decision{Bears: b, Owner: c.Amount()}
	switch {
	case b != ByMaker && b != ByOwner:
		return d, fmt.Errorf("%w: borne by %.20q", ErrInput, b)
	case b == ByMaker && c.Terms.Bears != ByMaker:
		return d, fmt.Errorf("%w: by the contract the maker does not bear it", ErrNotPossible)
	case b == ByMaker:
		d.Maker = c.Amount()
		if c.Terms.UpTo > 0 {
			d.Maker = min(d.Maker, c.Terms.UpTo)
		}
		d.Owner -= d.Maker
	}

	return d, nil
}

package settle

import (
	"errors"
	"slices"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// Errors of this package, beside those of stored and books.
var (
	ErrSigned     = errors.New("the date is signed: two people have to open it again first")
	ErrBusy       = errors.New("it is under way already")
	ErrLost       = errors.New("another took it over meanwhile; nothing was written")
	ErrIncomplete = errors.New("the date is not complete")
	ErrUnhandled  = errors.New("a break has no owner or no next step")
	ErrBefore     = errors.New("the date before it is not signed")
	ErrAltered    = errors.New("the date before it is not as it was sealed: two people have to open that one again first")
	ErrEarly      = errors.New("the date has not begun yet: look at the year and the month")
	ErrFirst      = errors.New("the date is before the first one that is signed: look at the year and the month")
	ErrDate       = errors.New("no business date of the form YYYYMMDD")
	ErrKind       = errors.New("no book has files of that kind")
	ErrNoPart     = errors.New("the book has one file for a date: bring it without a part, which is for acquirers")
	ErrPart       = errors.New("a part is named by up to 40 letters, digits, - and _")
)

// State is how a date stands.
type State string

// The states.
const (
	Open       State = "open"       // not run yet
	Balanced   State = "balanced"   // complete, and no break is open
	Broken     State = "breaks"     // complete, and there are
	Incomplete State = "incomplete" // something of it is not here yet; Date.Missing says what
	Signed     State = "signed"     // sealed
)

// The books that have files, by name. The kiosks' own is "kiosk".
const (
	MIS        = "mis"
	POSP       = "posp"
	Acquirer   = "acquirer"
	CardSystem = "cardsystem"
	Bank       = "bank"
)

var bookNames = []string{MIS, POSP, Acquirer, CardSystem, Bank}

// BookNames are the books that have files, in order.
func BookNames() []string { return slices.Clone(bookNames) }

// Figures are a book of a date as a run had it. Sum is of what stands; Backs of the lines are
// of money that went back, and Back is their sum: of the two the difference is what the other
// side pays us. SHA256 is that of its
// file, of several files that of theirs in order, and of the kiosks' own book of its rows.
type Figures struct {
	Name   string       `json:"name"`
	Count  int64        `json:"count"`
	Sum    money.Amount `json:"sum"`
	SHA256 string       `json:"sha256"`
	Backs  int64        `json:"backs,omitempty"`
	Back   money.Amount `json:"back,omitempty"`
	Breaks int64        `json:"breaks,omitempty"` // open after the run, that it has or must have
}

// Net is what is left of the payments of a book once the money that went back is taken off.
func (f Figures) Net() money.Amount { return f.Sum - f.Back }

// Date is a business date. Version counts its saves from 1.
type Date struct {
	Day      string // YYYYMMDD
	State    State
	Run      int64     // runs so far
	Books    []Figures // of the last run
	Missing  []string  // why it is incomplete, each "book NAME: …", "kiosk NUMBER: …", "ledger: …" or "date: …"
	Breaks   int64     // open after the last run
	RanAt    int64
	SignedBy string
	SignedAt int64
	Seal     string // SHA-256 of Sealed, in hex; empty while it is not signed
	Sealed   string // what the seal is of, JSON

	Settlements []Settlement // of batches of bank terminals on that day, as the last run had them

	Version   int64
	UpdatedAt int64
}

// FileState is how far a file is.
type FileState string

// The states of a file.
const (
	Loading FileState = "loading" // its lines are being stored; it counts for nothing
	Whole   FileState = "whole"
)

// File is a file of another book. Version counts its saves from 1.
type File struct {
	ID         string // of date, kind, part and content
	Day        string
	Kind       string // name of the book
	Part       string // which of several files that a book has for a date; empty where it has one
	Name       string // as it came
	Count      int64
	Sum        money.Amount // of the lines that stand
	Backs      int64        // of Count, lines of money that went back
	Back       money.Amount // their sum
	SHA256     string
	State      FileState
	By         string // a person, or the head office that fetched it
	At         int64
	ReplacedAt int64  // another one took its place; 0 for not
	Owner      string // who is storing its lines …
	Until      int64  // … and is taken to be at it
	Version    int64
}

// Stands reports whether the lines of a file count.
func (f File) Stands() bool { return f.State == Whole && f.ReplacedAt == 0 }

// Line is one payment in a file.
type Line struct {
	File      string
	Serial    string // of our transaction as the other book has it; "posp-TERMINAL-TRACE" where it has none
	N         int64  // line in the file
	Account   string
	Batch     string
	Terminal  string
	Trace     string
	Reference string // the other book's own number
	Amount    money.Amount
	At        int64 // Unix ms; 0 where the book does not say
	State     reconcile.State
}

// BreakState is how a break stands.
type BreakState string

// The states of a break.
const (
	BreakOpen   BreakState = "open"
	BreakAgreed BreakState = "agreed" // a later run did not find it any more
	BreakClosed BreakState = "closed" // a person closed its case
)

// Break is one difference of a date. Its ID is that of its case and is made of date, class
// and serial, or batch. Breaks are changed in a database transaction that holds the row of
// their date.
type Break struct {
	ID         string
	Day        string
	Class      reconcile.Class
	Serial     string // empty for a batch
	Batch      string // empty for a payment
	Account    string
	Kiosk      string                  // empty where nobody can tell
	Sides      map[string]money.Amount // what each book has; a book that has nothing is not there
	Proposal   reconcile.Proposal
	State      BreakState
	FirstRun   int64 // of the date, that found it
	Run        int64 // that last said something of it
	FoundAt    int64
	UpdatedAt  int64
	Resolution string          // what it came to, in words
	Of         reconcile.Books // that have it or must have it; none of what was found by earlier software
	Lacks      reconcile.Books // that must have it and have nothing; none of what was found by earlier software
}

// DueState is how a due row stands.
type DueState string

// The states of a due row.
const (
	Due  DueState = "due"
	Done DueState = "done"
)

// DueRow is one job of one local day: who is at it, and until when. Version counts its saves
// from 1.
type DueRow struct {
	Job     string
	Day     string // YYYYMMDD
	State   DueState
	NextAt  int64  // not before
	Owner   string // empty for nobody
	Until   int64  // the owner is taken to be at it
	Tries   int64
	Again   bool // what it goes by has changed since the owner began
	Version int64
}

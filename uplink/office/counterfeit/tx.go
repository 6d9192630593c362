package counterfeit

import (
	"context"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
)

// Tx is the rows of counterfeit cases, inside one database transaction, and of other subjects
// those that they need. Getters of one row return stored.ErrNotFound.
type Tx interface {
	cash.Tx
	people.UserTx

	// Forgery locks the row until the end of an Update.
	Forgery(ctx context.Context, id string) (Case, error)
	// ListForgeries is newest first.
	ListForgeries(ctx context.Context, f Filter) ([]Case, error)
	// LateForgeries are at most limit whose NextAt has come, by that.
	LateForgeries(ctx context.Context, now int64, limit int) ([]Case, error)
	// PutForgery makes the row where c.Version is 1, and else replaces the one before it:
	// stored.ErrStale if another was faster.
	PutForgery(ctx context.Context, c Case) error
	// ClaimedNote is which case has the note of a number and a value.
	ClaimedNote(ctx context.Context, number string, value money.Amount) (ClaimedNote, error)
	// AddClaimedNotes makes rows that are not there.
	AddClaimedNotes(ctx context.Context, rows []ClaimedNote) error
	// DropClaimedNotes has a case have no note.
	DropClaimedNotes(ctx context.Context, id string) error
	// Exhibit is a photograph by its hash.
	Exhibit(ctx context.Context, hash string) (Exhibit, error)
	// AddExhibit leaves one alone that is there.
	AddExhibit(ctx context.Context, x Exhibit) error
}

// ClaimedNote is a note, by the number printed on it, with the case that has it.
type ClaimedNote struct {
	Number string
	Value  money.Amount
	Case   string
}

// Filter narrows a list. Limit is capped at stored.MaxList.
type Filter struct {
	Kiosk string
	Open  bool
	Limit int
}

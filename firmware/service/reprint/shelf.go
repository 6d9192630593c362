package reprint

import (
	"slices"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/payments"
)

// The screens.
const (
	AtLogin page.Screen = "staff-reprint-login"
	AtList  page.Screen = "staff-reprint"
	AtFind  page.Screen = "staff-reprint-find"
	AtSlip  page.Screen = "staff-reprint-slip"
)

// Is reports whether a screen is one of these.
func Is(s page.Screen) bool {
	return slices.Contains([]page.Screen{AtLogin, AtList, AtFind, AtSlip}, s)
}

// What the kiosk is asked to do. What was typed or chosen is in the intent.
const (
	CheckStaff page.Effect = "reprint-login"
	Find       page.Effect = "reprint-find"   // the slips of a number; all of them without one
	Turn       page.Effect = "reprint-turn"   // to the rows from a place on; the same rows again without one
	Choose     page.Effect = "reprint-choose" // the slip of a serial
	Print      page.Effect = "reprint-print"  // the chosen one
)

// Bounds of the pages.
const (
	PerPage   = 4
	MinDigits = 4  // of a slip's number, to find it by
	MaxDigits = 20 // all of it
)

// Outcome is what became of printing the chosen slip.
type Outcome string

// The outcomes.
const (
	None     Outcome = ""
	Printing Outcome = "printing"
	Printed  Outcome = "printed"
	Failed   Outcome = "failed" // no mark on paper
	Unsure   Outcome = "unsure" // perhaps a part of it
)

// Row is one slip that may be printed again.
type Row struct {
	Txn payments.Transaction
	At  time.Time // when it was paid, in the kiosk's zone
}

// Shelf is what the pages show: the slips that were found, and the chosen one.
type Shelf struct {
	Typed   string // the digits that were looked for; empty for none
	Count   int    // of what was found
	From    int    // of the first row among it
	Rows    []Row  // at most PerPage
	Chosen  Row
	Outcome Outcome
	Copy    int // which one was printed last here; 0 for none
}

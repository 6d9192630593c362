// Package clock is the board's clock and how far it can be believed.
//
// Time is injected everywhere; this package owns the one real clock and the
// question whether it was lost. It never sets a clock, and it knows nothing of
// business dates.
package clock

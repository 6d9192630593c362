// Package post is the post leg of a transaction as the kiosk's journal knows it:
// the booking (入账) in the MIS, which head office carries out. The leg is told the
// outcome; it never calls anybody.
//
//	state \ event    order      outcome-learned            outcome-resolved
//	none             -> ordered
//	ordered                     -> posted|owed|disputed
//	posted                                                 -> owed (a person's reversal)
//	owed, disputed                                         -> posted | owed
//
// Everything else is leg.ErrIllegal. A resolution is a new record that names the
// state that it resolves and its own number, so it counts once; what was learned
// before stays in the journal.
package post

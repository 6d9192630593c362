// Package export writes the payments of one business date out, as head office has them, for
// the people and the programs of the utility:
//
//	104   the form of 104 columns (payments/reconcile/form): what stands, and nothing else
//	csv   every payment with its state, UTF-8 with a byte order mark, CR and LF
//	xlsx  the same as a sheet of Excel, amounts as numbers
//
// A payment belongs to the business date of its posting. One that has no posting, because
// its money went back, or the bank books it, belongs to the day on which its money was
// there, by its kiosk's clock.
//
// Texts that come from elsewhere, such as names, are made harmless for programs that would
// take them for formulas (form.Harmless); in 104 columns, where others match by what stands
// there, such a text is ErrFit. The serials of a csv are bare, for programs: who opens it in
// Excel takes xlsx, whose serials are texts.
//
// It reads page by page, each in a snapshot of its own: a date of which payments still
// change is as it was at no single moment. It writes to where it is told, and it is the
// caller who throws away what was not finished.
package export

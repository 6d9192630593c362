// Package settle owns the nightly reconciliation (对账) at head office: the business dates,
// the files of the other books, the runs that match them with ours, the breaks that are
// found, and the signature that seals a date.
//
// # Dates
//
// A payment belongs to the business date (账务日期) of its posting, which head office gave it
// and told the MIS. One that has no posting, because its money went back, the bank books it,
// or it is open, belongs to the day on which its money was there by its kiosk's clock, as far
// as that is believed (books.Transaction.OpenedAt, ClosedAt).
//
// A date is open until its first run. A run finds it balanced, with breaks, or incomplete: a
// book that has to be there has no file yet, a kiosk has not reported past midnight, or the
// date is not over. A person signs what is complete; that seals it.
//
// # When a kiosk has reported
//
// Records of a journal follow each other without a gap, so what head office holds is whole up
// to its head. A kiosk has reported a date when it said so itself: a live state message came
// after the end of the date, by head office's clock, and head office holds the record that it
// named as its last (fleet.Kiosk.ReportedAt, wire.State.Head). A last will is no word of the
// kiosk's. So nothing hangs on the kiosk's own clock, be it wrong or lost.
//
// A journal with a gap, or one that does not follow, has not reported whatever its kiosk
// says. A kiosk that was enrolled after the date, or never heard of since, is not waited for.
//
// # Files
//
// A file is read twice: once to find all that is wrong with it, which refuses it as a whole,
// and once into the rows. It counts from the moment at which its last chunk is there. The same
// bytes of a kind and date are one file, however often they come. Another file of the same
// kind, part and date takes the place of the one before, which is kept; the date is due again
// then. A signed date takes none: what a person brings for it is refused, and in the audit log.
// Where a file stands, and a newer one is refused or cannot be fetched, that is a case.
//
// # Runs
//
// One run of a date is at work at a time, whoever asks for it: it holds the date's due row
// (job reconcile) by a name of its own, and its result is written in one database transaction
// that asks whether the row is still its own. So a run that is killed leaves nothing but a
// lease that ends.
//
// The same books give the same breaks, with the same ids. A break that is not there any more
// agrees; one that comes again is open again, unless a person has closed its case. Each run
// also looks again at the open breaks of other dates, across all dates: what only stood on
// another date agrees once the later of the two was run.
//
// # What a bank booked itself
//
// The MIS has it under the bank's serial. Lines that are nobody's here are taken for such
// payments by account and amount, those that stand first; what is left of that account and amount
// answers whether the booking of a payment is gone that the bank gave back (books.BookingBack). It
// proposes nothing: the like of it may have been paid at the bank's own counter.
//
// # By itself
//
// A Clerk makes each day due at two o'clock of the night after, also the days of an outage,
// fetches the files that no person brought, and runs what is due; what is not complete again
// every ten minutes until eight, and every hour afterwards. A date that nobody signed by eight
// is a case, others are told of it in steps (Escalation), and kiosks take no notes until it is
// signed where a rule says so (CashRule).
//
// # Seals
//
// Dates are signed in their order, when they are complete, nothing came since their last run,
// and each open break has an owner and a next step. The seal is a hash over the books'
// figures, the lines of their files, the breaks, the ends of all journals and of the entries,
// and the seal before it; Verify recomputes all of that. A signed date takes no file and no
// run. Two people open it again (Reopen), the last one first.
package settle

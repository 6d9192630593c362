// Package accounts owns head office's double entry: the entries that follow from what it
// knows of payments, chained by hash, and the balances that they make.
//
// What a payment should be in the books is payments/ledger's to say; here its facts are
// put together from all that head office holds of it: the kiosk's journal of the money,
// the posting of what was booked, the order at an acquirer, and the cases that people
// closed. Of what was booked the posting knows better than the journal, of a payment by
// QR code the order does. Where a person closed a case without saying where the money
// went, it is in suspense until that is recorded (RecordIn);
// where they said that it was paid out, or kept, it is in that account.
//
// Book.Post posts the difference to what was posted before, for every payment that changed
// since: the store marks it in the database transaction of the change (Tx.MarkedKeys), so
// that nothing depends on clocks, and a mark goes only if nothing changed since it was
// read. So posting may run at any time, any number of times, and from any number of head
// offices: the head of the chain is their lock.
//
// An entry is dated on the business date of its payment, or on the first date that is not
// sealed if that one is (SealIn). A sealed date never changes.
//
// Check holds that every entry balances and follows the one before, that the balances are
// the sums of the entries, and that debits are credits over all.
//
// The package refuses entries that do not balance, that name accounts outside of the
// chart, and documents under the key of a payment. It moves no money and decides about
// none.
package accounts

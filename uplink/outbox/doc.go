// Package outbox decides which journal records go to head office, and when. It
// is a cursor over the journal, not a queue of its own: a record that is
// committed is already in the outbox, and nothing is stored twice.
//
// The transport is taken to lose, repeat and reorder, and its own confirmations
// are not looked at. Only head office's cumulative acknowledgement, which names a
// sequence number and the hash of that record, frees records. Every reconnect, and
// every wait without progress, rewinds to the first record that is not acknowledged;
// head office ignores what it already has.
//
// Head office may come back with less than it had acknowledged (from a backup). It
// then says so, with the hash of the last record that it has; if that is ours, the
// cursor goes back. A hash that is not ours proves that one of the two has lost or
// changed records, or that two boards send as one kiosk.
//
// The package does no I/O besides the Source, starts no goroutine and reads no
// clock. It refuses to skip a record, and to believe an acknowledgement that the
// journal does not bear out.
//
// Words: a batch is in flight from the call of Advance that returned it until it
// is acknowledged or rewound; the window is how many batches may be in flight;
// a Sender is stalled when it has sent records and heard no acknowledgement at all
// for AckTimeout.
package outbox

// Package journal is the kiosk's one journal: the durable, ordered, hash-chained
// sequence of records from which the kiosk recovers after a power cut, and which
// the outbox reports to head office. It owns the storage (Badger), the sealing of
// drafts into records, the head of the chain, the free-space gate and the small
// durable values (state) that must change together with records.
//
// # Words
//
//   - head: the last record's sequence number and hash.
//   - anchor: the same of the last record that was trimmed; the chain that is
//     still stored is verified from there. {0, Genesis} before the first trim.
//   - acknowledged: head office has stored everything up to this number.
//   - boot: counts the successful opens for writing.
//   - witness: a side file with the last head that was reported to a caller.
//   - ballast: a file that only takes space, and is given up at Open when the
//     disk is full.
//
// # Durability
//
// A call that writes returns without error only after its data is synced. What
// one call writes is atomic. Calls that wait at the same time are committed in
// one transaction, with one sync. After a commit or sync that failed nothing may
// be trusted: the journal answers ErrBroken from then on and the process has to
// be restarted. An error of Append other than ErrBroken means that nothing was
// written; ErrBroken means that it is not known.
//
// A torn tail (the transaction that was being written when power failed) is cut
// off at Open. That no more than that was cut off is checked against the witness,
// which is written after each commit without a sync of its own: it is exact
// after the death of the process, and may be some seconds old after a power cut.
//
// # Disk space
//
// Badger writes through memory maps, and a full disk kills the process by SIGBUS.
// So the journal looks at the free space before each commit: below
// Options.ReserveBytes it refuses records (ErrFull); Ready refuses earlier, and
// is what to ask before money is taken; acknowledgements and trimming go on down
// to half the reserve. Each clears by itself when there is space again.
//
// # Layout, format 1 (2026-11-23)
//
// Directory: lock (flock), witness, ballast, and db/ with these Badger keys:
//
//	r seq(8)                    the record's encoding (payments/record)
//	t len(1) serial seq(8)      empty; index of the records of a transaction
//	s name                      state value
//	m format                    1 byte: 1; then incarnation (1), kiosk
//	m head | ack | anchor       seq(8) hash(32)
//	m boot                      big-endian (4)
//
// Data belongs on ext4 (ordered) or XFS. It refuses to open a directory of another
// kiosk or incarnation, with another key, or whose head does not match.
//
// # What it does not do
//
// It knows nothing of the meaning of records or of the transport. It does not
// repair: a journal that does not verify is kept as it is for a person.
//
// Limits: a changed length field inside a data block of a table can end the
// process from one of Badger's own goroutines (opening, compaction), where it
// cannot be turned into an error; other damage is an error of Open, of a read or
// of Verify. After a power cut the loss of synced records at the very end of the
// log looks like a torn tail where the witness is older than they are.
package journal

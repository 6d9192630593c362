// Package journal is the kiosk's one journal: the durable, ordered, hash-chained
// sequence of records from which the kiosk recovers after a power cut, and which
// the outbox reports to head office. It owns the storage, the sealing of drafts
// into records, the head of the chain, the free-space gate and the small durable
// values (state) that must change together with records.
//
// # Words
//
//   - head: the last record's sequence number and hash.
//   - anchor: the same of the last record that was trimmed; the chain that is
//     still stored is verified from there. {0, Genesis} before the first trim.
//   - acknowledged: head office has stored everything up to this number. It goes
//     back where head office was restored from an older copy (Rewind).
//   - boot: counts the successful opens for writing.
//   - log: the records and all else, in segments. It alone is the journal.
//   - index: where the records of a transaction are, in Badger; made from the log.
//   - witness: a side file with the last head that was reported to a caller.
//   - mark: a file elsewhere that remembers that there was a journal, and how far
//     it had come.
//   - ballast: a file that only takes space, and is given up when the disk is full.
//
// # Durability
//
// A call that writes returns without error only after its data is synced. What
// one call writes is atomic. Calls that wait at the same time are committed as
// one frame, with one sync. After a commit or sync that failed nothing may be
// trusted: the journal answers ErrBroken from then on and the process has to be
// restarted. An error of Append other than ErrBroken means that nothing was
// written; ErrBroken means that it is not known.
//
// A torn tail (the frame that was being written when power failed) is cut off at
// Open. A damaged frame that others follow is no torn tail but ErrCorrupt. That no
// more than one frame was cut off is checked against the witness, which is written
// after each commit without a sync of its own: it is exact after the death of the
// process, and may be some seconds old after a power cut.
//
// # Disk space
//
// The journal looks at the free space before each commit: below
// Options.ReserveBytes it gives the ballast up, and if that does not help it
// refuses records (ErrFull); Ready refuses earlier, and is what to ask before money
// is taken; acknowledgements and trimming go on down to a sixteenth of the reserve.
// Each clears by itself when there is space again. It opens without any space too.
//
// # Why a log of its own
//
// Until format 1 Badger held the records. An error while Badger (4.9.6) merges
// tables is dropped by it in two places, and the tables that were to be merged go:
// one failed write on an ageing disk took the whole journal, in silence, and nothing
// but a change of Badger avoids it where tables are merged. Never to merge would
// have kept a commit at two flushes (Badger syncs its value log too) and every
// opening at reading each table; the log has one flush a commit, goes through files
// that tests can fail, dies of no full disk, and leaves to Badger what can be lost:
// there no table is ever merged, and what is missing or damaged is read from the log.
//
// # Layout, format 2 (2026-11-29)
//
// Directory: lock (flock), witness, ballast, index/, index.opening (there is an
// opening of the index under way, or it ended the process), and log/ with segments
// NNNNNNNN.log, without a gap in their numbers; log/next is one in the making. See
// segment, frame and entry for what they hold. log.new is a journal of format 1
// that is being taken over.
//
// Format 1 (2026-11-23): db/, see format1. Open turns it into format 2; the old
// store stays until the log was read back and has its name. There is no way back,
// which the update's manifest has to say (data formats).
//
// Data belongs on ext4 (ordered) or XFS. It refuses to open a directory of another
// kiosk or incarnation, with another key, or whose head does not match.
//
// # What it does not do
//
// It knows nothing of the meaning of records or of the transport; what must not be
// trimmed it asks for (Options.Pinned). It does not repair: a journal that does not
// verify is kept as it is for a person.
//
// Limits: after a power cut the loss of synced frames at the very end of the log
// looks like a torn tail where the witness is older than they are. Badger dies of a
// full disk in its memory maps; so the index is not touched below half the reserve.
package journal

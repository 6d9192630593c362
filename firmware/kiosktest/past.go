package kiosktest

import (
	"time"

	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/wire"
)

// backUp keeps the books as they are now.
func (w *World) backUp() {
	w.office.backup = w.office.rows.Snapshot()
	w.logf("the books are backed up")
}

// restore brings the books back from the backup: head office dies and comes again
// with what it knew then. The MIS and the kiosk know more.
func (w *World) restore() {
	if w.office.backup == nil || w.calm {
		return
	}
	w.logf("head office is restored from its backup")
	w.stats.Restores++
	w.office.life++
	w.office.use(w.office.backup.Snapshot())
	w.office.boot()
	for _, b := range w.boxes {
		b.heartbeat()
	}
}

// heartbeat is the kiosk's report of each minute: one that tells of records that head
// office does not have is answered with what it has. They go on until it has them.
func (w *box) heartbeat() {
	w.todo.at(w.now.Add(time.Minute), func() {
		head, err := w.office.head()
		w.office.check(err)
		if head.Seq >= w.memory.Acknowledged() {
			return
		}
		if w.office.up && w.linked {
			for range wire.AckRepeats {
				w.acked(wire.Ack{V: wire.Version, Upto: head.Seq, Hash: head.Hash})
			}
		}
		w.heartbeat()
	})
}

// use makes head office's books of rows.
func (o *office) use(rows *memstore.Backend) {
	o.rows = rows
	o.books = store.New(rows, o.rules)
}

// seasons is how long a kiosk of a season stands without a customer.
const seasons = 181 * 24 * time.Hour

// standIdle lets the retention pass: what is acknowledged and old is trimmed, and the
// program starts anew over what is left.
func (w *box) standIdle() error {
	w.now = w.now.Add(seasons)
	removed, err := w.memory.Trim(w.now)
	if err != nil {
		return err
	}
	w.logf("half a year passes, %d records are trimmed", removed)
	w.die(time.Second)
	for until := w.now.Add(10 * time.Minute); w.now.Before(until); {
		w.step()
	}

	return nil
}

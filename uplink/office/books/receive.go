package books

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// Inbox is what Receive needs of the books.
type Inbox interface {
	Ingest(ctx context.Context, kiosk string, recs []record.Record, now time.Time) (End, error)
}

// Receive takes one payload of the rec channel of kiosk. It has no clock and no
// connection, so the simulation of whole kiosks runs it as it is. An
// acknowledgement is only ever the head that the books have committed, be it none.
// send says whether the acknowledgement may be sent. The error is for the log: a
// malformed batch, a gap (ErrGap), a break (record.ErrChain), an unknown kiosk, or a
// store that failed. A gap is answered all the same, so that the kiosk goes on from
// there, and a break, so that it learns that its journal is not the one held here.
func Receive(ctx context.Context, in Inbox, now time.Time, kiosk string, payload []byte) (ack wire.Ack, send bool, err error) {
	recs, err := wire.DecodeBatch(payload)
	if err != nil {
		return wire.Ack{}, false, fmt.Errorf("batch of kiosk %s: %w", kiosk, err)
	}
	head, err := in.Ingest(ctx, kiosk, recs, now)
	if err != nil && !errors.Is(err, ErrGap) && !errors.Is(err, record.ErrChain) {
		return wire.Ack{}, false, fmt.Errorf("records of kiosk %s: %w", kiosk, err)
	}
	return wire.Ack{V: wire.Version, Upto: head.Seq, Hash: head.Hash, Fork: head.Forked}, true, err
}

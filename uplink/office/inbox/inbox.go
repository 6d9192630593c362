package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/wire"
)

// Books is what the inbox needs of the store.
type Books interface {
	Ingest(ctx context.Context, kiosk string, recs []record.Record, now time.Time) (record.Head, error)
}

// Receive takes one payload of the rec channel of kiosk. send says whether the
// acknowledgement may be sent. The error is for the log: a malformed batch, a gap
// (store.ErrGap), a break (record.ErrChain), an unknown kiosk, or a store that
// failed; only the gap is answered all the same.
func Receive(ctx context.Context, books Books, now time.Time, kiosk string, payload []byte) (ack wire.Ack, send bool, err error) {
	recs, err := wire.DecodeBatch(payload)
	if err != nil {
		return wire.Ack{}, false, fmt.Errorf("batch of kiosk %s: %w", kiosk, err)
	}
	head, err := books.Ingest(ctx, kiosk, recs, now)
	if err != nil && !errors.Is(err, store.ErrGap) {
		return wire.Ack{}, false, fmt.Errorf("records of kiosk %s: %w", kiosk, err)
	}
	return wire.Ack{V: wire.Version, Upto: head.Seq, Hash: head.Hash}, head.Seq > 0, err
}

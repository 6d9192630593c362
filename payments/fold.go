package payments

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/payments/record"
)

// ErrEvent is wrapped by decoding errors.
var ErrEvent = errors.New("malformed event")

// Types are the record types of payment events, sorted.
func Types() []string { return slices.Sorted(maps.Keys(kinds)) }

// IsEvent reports whether a record type is that of a payment event.
func IsEvent(recordType string) bool {
	_, ok := kinds[recordType]

	return ok
}

// Draft is the journal draft of an event of transaction serial.
func Draft(serial string, e Event) (record.Draft, error) {
	k, ok := kinds[e.EventType()]
	if !ok {
		return record.Draft{}, fmt.Errorf("%w: no event type %.64q", ErrEvent, e.EventType())
	}

	b, err := json.Marshal(e)
	if err != nil {
		return record.Draft{}, fmt.Errorf("cannot encode %s: %w", e.EventType(), err)
	}

	return record.Draft{Type: e.EventType(), Txn: serial, Version: k.version(), Payload: b}, nil
}

// Decode reads the event in a record. It returns nil without error for a record
// that is no payment event. Unknown fields and versions are refused with an error
// that wraps ErrEvent, and so is a record of unknown type that names a
// transaction: software that does not know it must not guess about money.
func Decode(r record.Record) (Event, error) {
	k, ok := kinds[r.Type]
	switch {
	case !ok && r.Txn != "":
		return nil, fmt.Errorf("%w: unknown type %.64q of transaction %.32q", ErrEvent, r.Type, r.Txn)
	case !ok:
		return nil, nil
	case r.Version == 0 || r.Version > k.version():
		return nil, fmt.Errorf("%w: %s version %d", ErrEvent, r.Type, r.Version)
	}

	payload := r.Payload
	for _, upgrade := range k.upgrades[r.Version-1:] {
		var err error
		if payload, err = upgrade(payload); err != nil {
			return nil, fmt.Errorf("%w: %s version %d: %w", ErrEvent, r.Type, r.Version, err)
		}
	}

	e, err := k.decode(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrEvent, r.Type, err)
	}

	return e, nil
}

// strict reads one JSON value without unknown fields.
func strict[E Event](payload []byte) (Event, error) {
	var e E
	if err := strictjson.Decode(payload, record.MaxPayload, &e); err != nil {
		return nil, err
	}

	return e, nil
}

// Fold applies the event in a record to the transaction that it names, and returns
// the event, nil for a record that is no payment event. A stray note leaves the
// transaction as it is. On an error t is returned unchanged.
func Fold(t Transaction, r record.Record) (Transaction, Event, error) {
	e, err := Decode(r)
	if e == nil || err != nil {
		return t, nil, err
	}

	next, _, err := Step(t, r.Txn, e)

	return next, e, err
}

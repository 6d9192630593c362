package journal

import (
	"encoding/binary"
	"fmt"
)

// entry is one change in a frame's body:
//
//	kind    1    see below
//	name    1+n  length and name; of state values only
//	value   4+n  length and bytes
type entry struct {
	kind  byte
	name  string
	value []byte
}

// Kinds of entries. A segment's first frame is a snapshot: boot, acknowledged and
// anchor, and every state value.
const (
	entryRecord = 'r' // a record's encoding (payments/record)
	entryState  = 's' // a state value
	entryDelete = 'x' // a state value goes
	entryAck    = 'a' // seq(8) hash(32): acknowledged up to there
	entryAnchor = 't' // seq(8) hash(32): trimmed up to there
	entryBoot   = 'b' // big-endian (4): the boot counter
)

func (e entry) append(b []byte) []byte {
	b = append(b, e.kind, byte(len(e.name)))
	b = append(b, e.name...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.value)))
	return append(b, e.value...)
}

// readEntry reads the first entry of a body. Its value shares the body's memory.
func readEntry(b []byte) (e entry, rest []byte, err error) {
	if len(b) < 2 || len(b) < 2+int(b[1])+4 {
		return e, nil, fmt.Errorf("%w: an entry of %d bytes", ErrCorrupt, len(b))
	}
	e.kind = b[0]
	n := 2 + int(b[1])
	e.name = string(b[2:n])
	size := binary.BigEndian.Uint32(b[n:])
	b = b[n+4:]
	if uint64(size) > uint64(len(b)) {
		return e, nil, fmt.Errorf("%w: an entry of %d bytes in %d", ErrCorrupt, size, len(b))
	}
	e.value, b = b[:size], b[size:]
	return e, b, e.check()
}

func (e entry) check() error {
	ok := false
	switch named := e.name != ""; e.kind {
	case entryRecord:
		ok = !named
	case entryState:
		ok = named
	case entryDelete:
		ok = named && len(e.value) == 0
	case entryAck, entryAnchor:
		ok = !named && len(e.value) == headSize
	case entryBoot:
		ok = !named && len(e.value) == 4
	}
	if !ok {
		return fmt.Errorf("%w: entry %q %q of %d bytes", ErrCorrupt, e.kind, e.name, len(e.value))
	}
	return nil
}

// entries calls fn with each entry of a body.
func entries(body []byte, fn func(entry) error) error {
	for len(body) > 0 {
		e, rest, err := readEntry(body)
		if err == nil {
			err = fn(e)
		}
		if err != nil {
			return err
		}
		body = rest
	}
	return nil
}

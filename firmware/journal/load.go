package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"wattkiosk/payments/record"
)

// tailCheck is how many of the last records Open verifies at least.
const tailCheck = 1000

// contents is what a log says, as far as it is not in the records.
type contents struct {
	head, ack, anchor record.Head
	boot              uint32
	state             map[string][]byte

	last clockLast
	end  spot // of the last segment
	torn bool // something lies there that was not written whole
}

func (c *contents) snapshot() []byte {
	var b []byte
	b = entry{kind: entryBoot, value: binary.BigEndian.AppendUint32(nil, c.boot)}.append(b)
	b = entry{kind: entryAck, value: encodeHead(c.ack)}.append(b)
	b = entry{kind: entryAnchor, value: encodeHead(c.anchor)}.append(b)
	for name, v := range c.state {
		b = entry{kind: entryState, name: name, value: v}.append(b)
	}
	return b
}

// apply changes the contents by an entry that is no record.
func (c *contents) apply(e entry) (err error) {
	switch e.kind {
	case entryState:
		c.state[e.name] = append([]byte{}, e.value...)
	case entryDelete:
		delete(c.state, e.name)
	case entryAck:
		c.ack, err = decodeHead(e.value)
	case entryAnchor:
		c.anchor, err = decodeHead(e.value)
	case entryBoot:
		c.boot = binary.BigEndian.Uint32(e.value)
	}
	return err
}

// loadLog reads the end of a log: the last segment whole, and as many before it as
// tailCheck asks for or as the index has not got. Every record there is verified.
func (l *log) load(segs []*segment) (*contents, error) {
	c := &contents{state: map[string][]byte{}}
	first := firstToRead(segs)
	for i, s := range segs {
		if i < first {
			continue
		}
		if i > first && c.head != s.start {
			return nil, fmt.Errorf("%w: segment %d begins after record %d %s, the one before ends with %d %s", ErrCorrupt, s.number, s.start.Seq, s.start.Hash, c.head.Seq, c.head.Hash)
		}
		if err := l.loadSegment(c, s, i == len(segs)-1); err != nil {
			return nil, fmt.Errorf("segment %d: %w", s.number, err)
		}
	}
	if c.anchor.Seq > c.ack.Seq || c.ack.Seq > c.head.Seq || segs[0].start.Seq > c.anchor.Seq {
		return nil, fmt.Errorf("%w: begins after %d, trimmed up to %d, acknowledged to %d, head %d", ErrCorrupt, segs[0].start.Seq, c.anchor.Seq, c.ack.Seq, c.head.Seq)
	}
	return c, nil
}

// firstToRead is the first of the segments at the end that hold tailCheck records,
// or that together are small and not in the index.
func firstToRead(segs []*segment) int {
	const most = 3 // segments read for the index only
	i := len(segs) - 1
	for i > 0 && (segs[len(segs)-1].start.Seq-segs[i].start.Seq < tailCheck || !segs[i-1].indexed && len(segs)-i < most) {
		i--
	}
	return i
}

func (l *log) loadSegment(c *contents, s *segment, last bool) error {
	f, err := l.disk.open(s.path, false)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	size, err := f.Size()
	if err != nil {
		return err
	}
	c.head = s.start
	s.txns = map[string][]uint64{}
	w := &window{r: f}
	end, err := s.walk(w, spot{0, s.body}, func(at spot, body []byte) (bool, error) {
		if at.number == 0 {
			clear(c.state)
		}
		first := true
		return true, entries(body, func(e entry) error {
			if e.kind != entryRecord {
				return c.apply(e)
			}
			if first {
				s.mark(seqOf(e.value), at)
				first = false
			}
			return c.follow(s, e.value)
		})
	})
	switch {
	case errors.Is(err, errSealed) && end.number == 0:
		return fmt.Errorf("%w: %w", ErrKey, err)
	case errors.Is(err, errBadFrame) && last && end.number > 0:
		c.torn = true
	case err != nil:
		return fmt.Errorf("%w: frame %d at byte %d: %w", ErrCorrupt, end.number, end.at, err)
	case end.number == 0:
		return fmt.Errorf("%w: it has no snapshot", ErrCorrupt)
	}
	c.end = end
	if !last {
		return nil
	}
	return c.tail(s, w, size)
}

// tail looks at what lies after the last whole frame. Frames are written one after
// the other, each synced before the next: a whole one there says that the bad one
// was good once.
func (c *contents) tail(s *segment, w *window, size int64) error {
	found, err := s.codec.later(w, c.end.at, size, c.end.number)
	if err != nil {
		return err
	}
	if found {
		return fmt.Errorf("%w: frame %d at byte %d is damaged, and others follow it", ErrCorrupt, c.end.number, c.end.at)
	}
	for at := c.end.at; at < size && !c.torn; at += windowBytes {
		b, err := w.get(at, int(min(windowBytes, size-at)))
		if err != nil {
			return err
		}
		c.torn = len(bytes.TrimLeft(b, "\x00")) > 0
	}
	return nil
}

// follow takes the next record.
func (c *contents) follow(s *segment, b []byte) error {
	r, err := viewRecord(c.head.Seq+1, b)
	if err == nil {
		c.head, err = c.head.Follow(r)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	c.last.see(r)
	s.note(r.Txn, r.Seq)
	return nil
}

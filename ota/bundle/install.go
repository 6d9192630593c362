package bundle

import (
	"context"
	"fmt"
	"io"

	"wattkiosk/ota/manifest"
)

// Source is an image that a delta may start from.
type Source struct {
	io.ReaderAt
	Size   int64
	SHA256 manifest.Digest
}

// Plan says how a payload would be made.
type Plan struct {
	Delta  bool
	Bytes  int64 // stored bytes that the chunks have in the file
	entry  string
	pieces []piece
}

// piece is a chunk and the frame that it is made of.
type piece struct {
	manifest.Chunk
	index  int   // of the frame among the entry's; the chunk's own, or that of the one it is like
	at     int64 // where the frame lies in the file
	repeat bool  // the frame is an earlier chunk's
}

// Plan chooses the delta that starts from old, or the full payload. Old may be nil.
// It refuses a bundle that is Locked.
func (b *Bundle) Plan(p manifest.Payload, old *Source) (Plan, error) {
	if b.locked != nil {
		return Plan{}, b.locked
	}
	entry, chunks, delta := payloadEntry(p.Name), p.Chunks, false
	for i, d := range p.Deltas {
		if old != nil && old.Size >= d.FromSize && old.SHA256 == d.FromSHA256 {
			entry, chunks, delta = deltaEntry(p.Name, i), d.Chunks, true
			break
		}
	}
	if len(chunks) == 0 {
		return Plan{}, refuse(WrongSource, "it has no full %s, and none of its deltas starts from what is installed", p.Name)
	}
	return b.plan(entry, chunks, delta), nil
}

func (b *Bundle) plan(entry string, chunks []manifest.Chunk, delta bool) Plan {
	plan := Plan{Delta: delta, entry: entry}
	at := b.entries[entry].at
	for i, c := range chunks {
		p := piece{Chunk: c, index: i, at: at + plan.Bytes}
		if c.Like > 0 { // the manifest's check has it point to an earlier one that is stored
			p = plan.pieces[c.Like-1]
			p.repeat = true
		}
		plan.pieces = append(plan.pieces, p)
		plan.Bytes += c.Stored
	}
	return plan
}

// Install writes a payload, from the given chunk on. Each chunk is checked as it is
// stored, before it is unpacked, and again before it is written. progress, if not
// nil, is called after each with the number of chunks done and the bytes written.
// An error that is no *Error is the disk's, the source's or the context's.
func (b *Bundle) Install(ctx context.Context, p manifest.Payload, plan Plan, old io.ReaderAt, dst io.WriterAt, from int, progress func(chunks int, bytes int64)) error {
	u := unpacker{b: b, old: old}
	written := int64(0)
	for i, c := range plan.pieces {
		if i >= from {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, err := u.chunk(c, plan.entry)
			if err != nil {
				return fmt.Errorf("payload %s, chunk %d: %w", p.Name, i, err)
			}
			if _, err := dst.WriteAt(data, written); err != nil {
				return fmt.Errorf("cannot write payload %s: %w", p.Name, err)
			}
		}
		written += c.Size
		if i >= from && progress != nil {
			progress(i+1, written)
		}
	}
	return nil
}

// Reader reads the full payload, chunk by chunk: no byte comes out of it before its
// chunk was checked. It is for payloads that are no images of a partition.
func (b *Bundle) Reader(ctx context.Context, p manifest.Payload) (io.Reader, error) {
	plan, err := b.Plan(p, nil)
	if err != nil {
		return nil, err
	}
	return &stream{ctx: ctx, u: unpacker{b: b}, plan: plan}, nil
}

type stream struct {
	ctx  context.Context
	u    unpacker
	plan Plan
	next int // chunk
	left []byte
}

// Read unpacks the next chunk when the last is used up.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		if s.next == len(s.plan.pieces) {
			return 0, io.EOF
		}
		if err := s.ctx.Err(); err != nil {
			return 0, err
		}
		data, err := s.u.chunk(s.plan.pieces[s.next], s.plan.entry)
		if err != nil {
			return 0, fmt.Errorf("%s, chunk %d: %w", s.plan.entry, s.next, err)
		}
		s.left, s.next = data, s.next+1
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

// Verify checks that every stored chunk is undamaged, without unpacking it. It
// needs no fleet key.
func (b *Bundle) Verify(ctx context.Context) error {
	u := unpacker{b: b}
	for _, p := range b.manifest.Payloads {
		plans := []Plan{b.plan(payloadEntry(p.Name), p.Chunks, false)}
		for i, d := range p.Deltas {
			plans = append(plans, b.plan(deltaEntry(p.Name, i), d.Chunks, true))
		}
		for _, plan := range plans {
			for n, c := range plan.pieces {
				if c.repeat {
					continue
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if _, err := u.stored(c); err != nil {
					return fmt.Errorf("%s, chunk %d: %w", plan.entry, n, err)
				}
			}
		}
	}
	return nil
}

package bundle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

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
	Bytes  int64 // stored bytes that will be read
	chunks []manifest.Chunk
	at     int64 // of the first in the file
}

// Plan chooses the delta that starts from old, or the full payload. Old may be
// nil.
func (b *Bundle) Plan(p manifest.Payload, old *Source) (Plan, error) {
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
	plan := Plan{Delta: delta, chunks: chunks, at: b.entries[entry].at}
	for _, c := range chunks {
		plan.Bytes += c.Stored
	}
	return plan, nil
}

// Install writes a payload, from the given chunk on. Each chunk is checked as it is
// stored, before it is unpacked, and again before it is written. progress, if not
// nil, is called after each with the number of chunks done and the bytes written.
// An error that is no *Error is the disk's, the source's or the context's.
func (b *Bundle) Install(ctx context.Context, p manifest.Payload, plan Plan, old io.ReaderAt, dst io.WriterAt, from int, progress func(chunks int, bytes int64)) error {
	stored, written := plan.at, int64(0)
	for i, c := range plan.chunks {
		if i >= from {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, err := b.chunk(c, stored, old)
			if err != nil {
				return fmt.Errorf("payload %s, chunk %d: %w", p.Name, i, err)
			}
			if _, err := dst.WriteAt(data, written); err != nil {
				return fmt.Errorf("cannot write payload %s: %w", p.Name, err)
			}
		}
		stored += c.Stored
		written += c.Size
		if i >= from && progress != nil {
			progress(i+1, written)
		}
	}
	return nil
}

// Verify checks that every stored chunk is undamaged, without unpacking it.
func (b *Bundle) Verify(ctx context.Context) error {
	for _, p := range b.manifest.Payloads {
		plans := [][]manifest.Chunk{p.Chunks}
		entries := []string{payloadEntry(p.Name)}
		for i, d := range p.Deltas {
			plans, entries = append(plans, d.Chunks), append(entries, deltaEntry(p.Name, i))
		}
		for i, chunks := range plans {
			at := b.entries[entries[i]].at
			for n, c := range chunks {
				if err := ctx.Err(); err != nil {
					return err
				}
				if _, err := b.stored(c, at); err != nil {
					return fmt.Errorf("%s, chunk %d: %w", entries[i], n, err)
				}
				at += c.Stored
			}
		}
	}
	return nil
}

func (b *Bundle) stored(c manifest.Chunk, at int64) ([]byte, error) {
	data := make([]byte, c.Stored)
	if _, err := b.r.ReadAt(data, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("cannot read the bundle: %w", err)
	} else if err != nil {
		return nil, refuse(Truncated, "")
	}
	if sha256.Sum256(data) != c.Sealed {
		return nil, refuse(ChunkDamaged, "")
	}
	return data, nil
}

// chunk unpacks one chunk.
func (b *Bundle) chunk(c manifest.Chunk, at int64, old io.ReaderAt) ([]byte, error) {
	packed, err := b.stored(c, at)
	if err != nil {
		return nil, err
	}
	opts := []zstd.DOption{
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(manifest.ChunkSize), zstd.WithDecoderMaxWindow(maxWindow),
	}
	if c.DictSize > 0 {
		dict := make([]byte, c.DictSize)
		if _, err := old.ReadAt(dict, c.DictAt); err != nil {
			return nil, fmt.Errorf("cannot read the installed image: %w", err)
		}
		opts = append(opts, zstd.WithDecoderDictRaw(0, dict))
	}
	dec, err := zstd.NewReader(nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("cannot unpack: %w", err)
	}
	defer dec.Close()
	data, err := dec.DecodeAll(packed, make([]byte, 0, c.Size))
	if err != nil || int64(len(data)) != c.Size || sha256.Sum256(data) != c.SHA256 {
		return nil, refuse(ChunkDamaged, "it does not unpack to what was signed")
	}
	return data, nil
}

// maxWindow is the most that a frame may look back: a chunk and its dictionary.
const maxWindow = 32 << 20

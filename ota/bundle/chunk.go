package bundle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

// maxWindow is the most that a frame may look back: a chunk and its dictionary.
const maxWindow = 32 << 20

// unpacker turns stored chunks into what was signed. Its buffers are used again for
// each chunk, so that a long installation needs no more memory than a short one.
type unpacker struct {
	b                   *Bundle
	old                 io.ReaderAt // what a delta starts from
	packed, plain, dict []byte
}

// chunk reads, checks and unpacks one chunk of an entry. What it returns is good
// until the next call.
func (u *unpacker) chunk(c piece, entry string) ([]byte, error) {
	packed, err := u.stored(c)
	if err != nil {
		return nil, err
	}
	if u.b.locked != nil {
		return nil, u.b.locked
	}
	if u.b.cipher != nil {
		if packed, err = u.b.cipher.Open(packed, fleetkey.Place{Entry: entry, Index: c.index}); err != nil {
			return nil, refuse(ChunkDamaged, "%v", err)
		}
	}
	dec, err := u.decoder(c.Chunk)
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	u.plain = grow(u.plain, c.Size)
	data, err := dec.DecodeAll(packed, u.plain[:0:c.Size])
	if err != nil || int64(len(data)) != c.Size || sha256.Sum256(data) != c.SHA256 {
		return nil, refuse(ChunkDamaged, "it does not unpack to what was signed")
	}
	return data, nil
}

// decoder is bound to what the manifest says: it gives up where the chunk would
// become larger than its size.
func (u *unpacker) decoder(c manifest.Chunk) (*zstd.Decoder, error) {
	opts := []zstd.DOption{
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(manifest.ChunkSize),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecodeAllCapLimit(true),
	}
	if c.DictSize > 0 {
		if u.old == nil {
			return nil, refuse(WrongSource, "there is nothing to start from")
		}
		u.dict = grow(u.dict, c.DictSize)
		if n, err := u.old.ReadAt(u.dict, c.DictAt); n < len(u.dict) {
			return nil, fmt.Errorf("cannot read the installed image: %w", err)
		}
		opts = append(opts, zstd.WithDecoderDictRaw(0, u.dict))
	}
	dec, err := zstd.NewReader(nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("cannot unpack: %w", err)
	}
	return dec, nil
}

// stored reads a chunk as it lies in the file, and checks its hash.
func (u *unpacker) stored(c piece) ([]byte, error) {
	u.packed = grow(u.packed, c.Stored)
	switch n, err := u.b.r.ReadAt(u.packed, c.at); {
	case n == len(u.packed):
	case errors.Is(err, io.EOF):
		return nil, refuse(Truncated, "")
	default:
		return nil, fmt.Errorf("cannot read the bundle: %w", err)
	}
	if sha256.Sum256(u.packed) != c.Sealed {
		return nil, refuse(ChunkDamaged, "")
	}
	return u.packed, nil
}

// grow returns size bytes, in the same memory if it is enough.
func grow(b []byte, size int64) []byte {
	if int64(cap(b)) < size {
		return make([]byte, size)
	}
	return b[:size]
}

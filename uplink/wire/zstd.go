package wire

import (
	"sync"

	"github.com/klauspost/compress/zstd"
)

// batchWindow bounds the memory of the encoder on the board. A default batch is
// about 30 KiB, so a larger window would find nothing more.
const batchWindow = 128 << 10

// The codecs have no state between calls, are safe for concurrent use, and cost
// some hundred KiB, so each process makes one of either when it first needs it:
// a kiosk never pays for a decoder.
var (
	encoder = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(batchWindow), zstd.WithEncoderCRC(false))
	})
	decoder = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(MaxBatchPlain),
			zstd.WithDecoderMaxWindow(MaxBatchPlain))
	})
)

// squeeze compresses the body of an encoded batch if that makes it smaller.
func squeeze(batch []byte) ([]byte, error) {
	body := batch[batchHeader:]
	if len(body) <= compressAbove {
		return batch, nil
	}
	enc, err := encoder()
	if err != nil {
		return nil, badBatch("cannot compress: %w", err)
	}
	small := append(make([]byte, 0, batchHeader+len(body)/2), batch[:batchHeader]...)
	small = enc.EncodeAll(body, small)
	if len(small) >= len(batch) {
		return batch, nil
	}
	small[1] |= flagZstd
	return small, nil
}

func expand(body []byte, compressed bool) ([]byte, error) {
	if !compressed {
		return body, nil
	}
	dec, err := decoder()
	if err != nil {
		return nil, badBatch("cannot decompress: %w", err)
	}
	plain, err := dec.DecodeAll(body, nil)
	if err != nil {
		return nil, badBatch("body: %w", err)
	}
	if len(plain) > MaxBatchPlain {
		return nil, badBatch("body of %d bytes, limit %d", len(plain), MaxBatchPlain)
	}
	return plain, nil
}

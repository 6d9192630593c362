package s2

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Bounds of a frame, in bytes.
const (
	MaxBody  = 256 << 10 // as it travels
	MaxPlain = 1 << 20   // unpacked
	headSize = 10
)

// Types of frames.
const (
	typeBeat     = 0x01
	typeBusiness = 0x05
)

// Flags of frames.
const (
	flagGzip = 0x01
	flagAES  = 0x02
)

// packFrom is the size from which a body is compressed.
const packFrom = 512

var magic = [4]byte{0x00, 0x85, 0x24, 0x56}

// ErrMalformed is in every error about the bytes of a frame or of its body.
var ErrMalformed = errors.New("malformed S2 frame")

// sealer is AES with the key of a dialect; nil seals nothing.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (*sealer, error) {
	if len(key) == 0 {
		return nil, nil
	}

	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("S2 key of %d bytes: want 16, 24 or 32", len(key))
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}

	return &sealer{aead}, nil
}

// frame writes type and body, compressed if that is wanted and worth it.
func (d *Dialect) frame(kind byte, body []byte) ([]byte, error) {
	if len(body) > MaxPlain {
		return nil, fmt.Errorf("S2 body of %d bytes, limit %d", len(body), MaxPlain)
	}

	head := append(magic[:], kind, 0)
	if d.gzip && len(body) >= packFrom {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(body); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		body = packed.Bytes()
		head[5] |= flagGzip
	}
	if d.sealer != nil && len(body) > 0 {
		head[5] |= flagAES
		nonce := make([]byte, d.sealer.aead.NonceSize())
		_, _ = rand.Read(nonce) // never fails
		body = d.sealer.aead.Seal(nonce, nonce, body, head)
	}

	if len(body) > MaxBody {
		return nil, fmt.Errorf("S2 body of %d bytes, limit %d", len(body), MaxBody)
	}

	return append(binary.BigEndian.AppendUint32(head, uint32(len(body))), body...), nil
}

// ReadFrame reads one frame and returns its type and its plain body. It reads no more
// than a frame may have, and returns io.EOF if r ends before the first byte.
func (d *Dialect) ReadFrame(r io.Reader) ([]byte, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}

	size := binary.BigEndian.Uint32(head[6:])
	switch {
	case [4]byte(head[:4]) != magic:
		return nil, fmt.Errorf("%w: begins with % x", ErrMalformed, head[:4])
	case head[5]&^(flagGzip|flagAES) != 0:
		return nil, fmt.Errorf("%w: flag %02x", ErrMalformed, head[5])
	case size > MaxBody:
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrMalformed, size, MaxBody)
	}

	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}

		return nil, err
	}
	plain, err := d.unwrap(head[:6], body)
	if err != nil {
		return nil, err
	}

	return append([]byte{head[4]}, plain...), nil
}

func (d *Dialect) unwrap(head, body []byte) ([]byte, error) {
	sealed := head[5]&flagAES != 0
	if len(body) == 0 && head[5] == 0 {
		return nil, nil
	}
	if sealed != (d.sealer != nil) {
		return nil, fmt.Errorf("%w: sealed %t, key %t", ErrMalformed, sealed, d.sealer != nil)
	}

	if sealed {
		n := d.sealer.aead.NonceSize()
		if len(body) < n {
			return nil, fmt.Errorf("%w: sealed, %d bytes", ErrMalformed, len(body))
		}
		plain, err := d.sealer.aead.Open(nil, body[:n], body[n:], head)
		if err != nil {
			return nil, fmt.Errorf("%w: not sealed with this key", ErrMalformed)
		}
		body = plain
	}

	if head[5]&flagGzip != 0 {
		return unpack(body)
	}

	return body, nil
}

// unpack is bounded: a small body can be a large one.
func unpack(body []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: not gzip", ErrMalformed)
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxPlain+1))
	if err != nil {
		return nil, fmt.Errorf("%w: gzip: %w", ErrMalformed, err)
	}
	if len(plain) > MaxPlain {
		return nil, fmt.Errorf("%w: unpacks to more than %d bytes", ErrMalformed, MaxPlain)
	}

	return plain, nil
}

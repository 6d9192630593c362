package journal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A frame is what one commit wrote:
//
//	magic   2  0xD7A5
//	length  4  of the body as stored
//	number  4  of the frame in its segment, from 0
//	sum     4  CRC-32C of the salt, of length and number, and of the body
//	body       entries, one after the other; with a key: sealed with AES-256-GCM
//
// The key of a segment is HKDF-SHA256 of the journal's key and the segment's salt,
// the nonce is the frame's number, and what precedes the sum is authenticated. No
// number is used twice with one salt: after a frame that could not be read back
// whole, or was not written whole, the log goes on in another segment.
const (
	frameMagic  = 0xD7A5
	frameHead   = 2 + 4 + 4 + 4
	maxFrame    = 4 << 20 // bytes of a body
	saltSize    = 16
	keyPurpose  = "wattkiosk journal segment v2"
	windowBytes = 64 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Answers of codec.decode beside a frame.
var (
	errNoFrame  = errors.New("there is no frame")    // zeros or the end of the file
	errBadFrame = errors.New("the frame is damaged") // or was not written whole
	errSealed   = errors.New("the frame does not open with the key")
)

// codec writes and reads the frames of one segment.
type codec struct {
	seed uint32
	aead cipher.AEAD // nil: in the clear
}

func newCodec(key []byte, salt [saltSize]byte) (codec, error) {
	c := codec{seed: crc32.Checksum(salt[:], castagnoli)}
	if len(key) == 0 {
		return c, nil
	}
	own, err := hkdf.Key(sha256.New, key, salt[:], keyPurpose, 32)
	if err != nil {
		return c, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return c, err
	}
	c.aead, err = cipher.NewGCM(block)
	return c, err
}

func nonce(number uint32) []byte { return binary.BigEndian.AppendUint32(make([]byte, 8, 12), number) }

// encode appends a frame to b.
func (c codec) encode(b []byte, number uint32, body []byte) []byte {
	size := len(body)
	if c.aead != nil {
		size += c.aead.Overhead()
	}
	at := len(b)
	b = binary.BigEndian.AppendUint16(b, frameMagic)
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	b = binary.BigEndian.AppendUint32(b, number)
	known := b[at : at+frameHead-4]
	b = append(b, 0, 0, 0, 0)
	if c.aead != nil {
		b = c.aead.Seal(b, nonce(number), body, known)
	} else {
		b = append(b, body...)
	}
	head := b[at : at+frameHead]
	binary.BigEndian.PutUint32(head[frameHead-4:], c.sum(head, b[at+frameHead:]))
	return b
}

func (c codec) sum(head, body []byte) uint32 {
	return crc32.Update(crc32.Update(c.seed, castagnoli, head[2:frameHead-4]), castagnoli, body)
}

// decode reads frame number at offset at and gives its body, which is valid until
// the next call, and the frame's size in the file.
func (c codec) decode(w *window, at int64, number uint32) (body []byte, size int64, err error) {
	head, err := w.get(at, frameHead)
	if err != nil {
		return nil, 0, err
	}
	if len(bytes.Trim(head, "\x00")) == 0 {
		return nil, 0, errNoFrame
	}
	if len(head) < frameHead || binary.BigEndian.Uint16(head) != frameMagic || binary.BigEndian.Uint32(head[6:]) != number {
		return nil, 0, errBadFrame
	}
	length := binary.BigEndian.Uint32(head[2:])
	if length > maxFrame { // before it becomes an int, which may have 32 bits
		return nil, 0, errBadFrame
	}
	n := int(length)
	whole, err := w.get(at, frameHead+n)
	if err != nil {
		return nil, 0, err
	}
	if len(whole) < frameHead+n {
		return nil, 0, errBadFrame
	}
	head, body = whole[:frameHead], whole[frameHead:]
	if binary.BigEndian.Uint32(head[frameHead-4:]) != c.sum(head, body) {
		return nil, 0, errBadFrame
	}
	size = int64(len(whole))
	if c.aead == nil {
		return body, size, nil
	}
	if body, err = c.aead.Open(nil, nonce(number), body, head[:frameHead-4]); err != nil {
		return nil, 0, errSealed
	}
	return body, size, nil
}

// later looks for a whole frame after offset at with a number above number: what
// lies there was written after the frame at at had been synced.
func (c codec) later(w *window, at, end int64, number uint32) (bool, error) {
	for at++; at < end; {
		b, err := w.get(at, int(min(windowBytes, end-at)))
		if err != nil || len(b) < frameHead {
			return false, err
		}
		i := bytes.Index(b, []byte{frameMagic >> 8, frameMagic & 0xFF})
		if i < 0 {
			at += int64(len(b) - 1)
			continue
		}
		at += int64(i)
		head, err := w.get(at, frameHead)
		if err != nil || len(head) < frameHead {
			return false, err
		}
		if n := binary.BigEndian.Uint32(head[6:]); n > number {
			_, _, err := c.decode(w, at, n)
			if err == nil || errors.Is(err, errSealed) {
				return true, nil
			}
			if !errors.Is(err, errBadFrame) && !errors.Is(err, errNoFrame) {
				return false, err
			}
		}
		at++
	}
	return false, nil
}

// window is a piece of a file in memory.
type window struct {
	r    io.ReaderAt
	from int64
	b    []byte
}

// get gives n bytes from at on, fewer at the end of the file, until the next call.
func (w *window) get(at int64, n int) ([]byte, error) {
	if at < w.from || at+int64(n) > w.from+int64(len(w.b)) {
		size := max(n, windowBytes)
		if cap(w.b) < size {
			w.b = make([]byte, size)
		}
		got, err := w.r.ReadAt(w.b[:size], at)
		if err != nil && !errors.Is(err, io.EOF) {
			w.b = w.b[:0]
			return nil, fmt.Errorf("cannot read %d bytes at %d: %w", size, at, err)
		}
		w.from, w.b = at, w.b[:got]
	}
	start := int(at - w.from)
	return w.b[start:min(start+n, len(w.b))], nil
}

package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"sync"

	"wattkiosk/payments/record"
)

// A segment is one file of the log, NNNNNNNN.log by its number:
//
//	magic        4    "WKJ2"
//	sealed       1    1: frames are encrypted
//	salt        16    random
//	number       4
//	incarnation  1
//	kiosk        1+n
//	start       40    head before its first record
//	sum          4    CRC-32C of all that
//	frames            the first is a snapshot, see entry
//	zeros             space taken ahead, so that a commit changes no metadata
//
// It is made under another name, and gets its own once header and snapshot are
// synced. Nothing is ever changed in it but appended, and what a power cut tore is
// cut off.
type segment struct {
	number uint32
	path   string
	start  record.Head
	salt   [saltSize]byte
	sealed bool
	kiosk  string
	incarn uint8
	body   int64 // where the frames begin
	codec  codec

	mu      sync.Mutex          // guards what follows
	marks   []mark              // where to begin reading, at wide steps
	txns    map[string][]uint64 // what it holds of each transaction; nil: ask the index or the file
	indexed bool                // the index has it
}

// mark is a frame that is not the first one.
type mark struct {
	seq    uint64 // of its first record
	number uint32
	at     int64
}

const (
	segmentMagic = "WKJ2"
	segmentBytes = 1 << 20 // a segment that has so much gets a successor; a start reads the last one whole
	maxHeader    = 4 + 1 + saltSize + 4 + 1 + 1 + 255 + headSize + 4
	markEvery    = 64 << 10
)

func segmentPath(dir string, number uint32) string {
	return filepath.Join(dir, fmt.Sprintf("%08d.log", number))
}

// segmentNumber reads what segmentPath wrote.
func segmentNumber(name string) (n uint32, ok bool) {
	var tail string
	if c, err := fmt.Sscanf(name, "%8d.%s", &n, &tail); err != nil || c != 2 || filepath.Base(segmentPath("", n)) != name {
		return 0, false
	}
	return n, true
}

func (s *segment) header() []byte {
	b := append(make([]byte, 0, maxHeader), segmentMagic...)
	sealed := byte(0)
	if s.sealed {
		sealed = 1
	}
	b = append(b, sealed)
	b = append(b, s.salt[:]...)
	b = binary.BigEndian.AppendUint32(b, s.number)
	b = append(b, s.incarn, byte(len(s.kiosk)))
	b = append(b, s.kiosk...)
	b = append(b, encodeHead(s.start)...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// parseHeader reads a segment's first bytes, at most maxHeader of them.
func parseHeader(b []byte) (*segment, error) {
	const fixed = 4 + 1 + saltSize + 4 + 1 + 1
	bad := func(what string) (*segment, error) { return nil, fmt.Errorf("%w: header: %s", ErrCorrupt, what) }
	if len(b) < fixed || string(b[:4]) != segmentMagic || b[4] > 1 {
		return bad("it is of no segment")
	}
	name := int(b[fixed-1])
	size := fixed + name + headSize
	if len(b) < size+4 {
		return bad("it is short")
	}
	if binary.BigEndian.Uint32(b[size:]) != crc32.Checksum(b[:size], castagnoli) {
		return bad("checksum")
	}
	s := &segment{
		sealed: b[4] == 1, number: binary.BigEndian.Uint32(b[5+saltSize:]), incarn: b[fixed-2],
		kiosk: string(b[fixed : fixed+name]), body: int64(size + 4),
	}
	copy(s.salt[:], b[5:])
	var err error
	s.start, err = decodeHead(b[fixed+name : size])
	return s, err
}

// readSegment reads the header of a file of the log and gets ready to read more.
func readSegment(d disk, path string, o Options) (*segment, error) {
	f, err := d.open(path, false)
	if err != nil {
		return nil, err
	}
	b := make([]byte, maxHeader) // no window: a start reads the header of every segment
	n, err := f.ReadAt(b, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	var s *segment
	if err == nil {
		s, err = parseHeader(b[:n])
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	s.path = path
	switch {
	case s.kiosk != o.Kiosk || s.incarn != o.Incarnation:
		return nil, fmt.Errorf("%w: %q, incarnation %d", ErrIdentity, s.kiosk, s.incarn)
	case s.sealed && len(o.Key) == 0:
		return nil, fmt.Errorf("%w: it is encrypted, and there is no key", ErrKey)
	case !s.sealed && len(o.Key) > 0:
		return nil, fmt.Errorf("%w: it is not encrypted", ErrKey)
	}
	s.codec, err = newCodec(o.Key, s.salt)
	return s, err
}

// spot is a place between two frames.
type spot struct {
	number uint32
	at     int64
}

// walk calls fn with each frame's body from a spot on, until there is none or fn
// answers false or an error. It gives the spot where it ended, and errBadFrame or
// errSealed, as they are, for a frame that cannot be read.
func (s *segment) walk(w *window, from spot, fn func(at spot, body []byte) (more bool, err error)) (spot, error) {
	for {
		body, size, err := s.codec.decode(w, from.at, from.number)
		if errors.Is(err, errNoFrame) {
			return from, nil
		}
		if err != nil {
			return from, err
		}
		more, err := fn(from, body)
		if err != nil {
			return from, err
		}
		from = spot{from.number + 1, from.at + size}
		if !more {
			return from, nil
		}
	}
}

// records calls fn with the encodings of its records from number from on, until fn
// answers false or an error, or there are no more.
func (s *segment) records(d disk, from uint64, fn func(b []byte) (more bool, err error)) (err error) {
	f, err := d.open(s.path, false)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()

	more := true
	end, err := s.walk(&window{r: f}, s.before(from), func(at spot, body []byte) (bool, error) {
		first := true
		err := entries(body, func(e entry) error {
			if e.kind != entryRecord || !more {
				return nil
			}
			seq := seqOf(e.value)
			if first {
				s.mark(seq, at)
				first = false
			}
			if seq < from {
				return nil
			}
			var err error
			more, err = fn(e.value)
			return err
		})
		return more, err
	})
	if errors.Is(err, errBadFrame) || errors.Is(err, errSealed) {
		err = fmt.Errorf("%w: segment %d at byte %d: %w", ErrCorrupt, s.number, end.at, err)
	}
	return err
}

// before is the last known frame that begins at or before record seq.
func (s *segment) before(seq uint64) spot {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := spot{0, s.body}
	for _, m := range s.marks {
		if m.seq > seq {
			break
		}
		best = spot{m.number, m.at}
	}
	return best
}

// mark notes where a frame is, at wide steps.
func (s *segment) mark(seq uint64, at spot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.body
	if n := len(s.marks); n > 0 {
		last = s.marks[n-1].at
	}
	if at.at-last >= markEvery {
		s.marks = append(s.marks, mark{seq, at.number, at.at})
	}
}

// note remembers that a record is of a transaction, while the index has not got it.
func (s *segment) note(serial string, seq uint64) {
	if serial == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.txns != nil {
		s.txns[serial] = append(s.txns[serial], seq)
	}
}

package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"wattkiosk/payments/record"
)

// log is the writing end of the segments: append only, one sync a commit. It is
// not safe for concurrent use. After an error it must not be used any more.
type log struct {
	disk disk
	dir  string
	opts Options

	seg   *segment // where the next frame goes; nil: into a new one
	file  logFile
	next  spot
	space int64  // bytes of the file that exist
	buf   []byte // reused
}

const (
	aheadBytes = 256 << 10 // space taken ahead
	freshName  = "next"    // a segment in the making
)

// full says that a new segment has to be begun before the next frame.
func (l *log) full() bool { return l.seg == nil || l.next.at >= l.opts.segmentBytes }

// begin makes a segment with the snapshot as its first frame, durable when it
// returns, and has the next frames go there.
func (l *log) begin(number uint32, start record.Head, snapshot []byte) (*segment, error) {
	s := &segment{
		number: number, path: segmentPath(l.dir, number), start: start, sealed: len(l.opts.Key) > 0,
		kiosk: l.opts.Kiosk, incarn: l.opts.Incarnation, txns: map[string][]uint64{},
	}
	if _, err := rand.Read(s.salt[:]); err != nil {
		return nil, err
	}
	var err error
	if s.codec, err = newCodec(l.opts.Key, s.salt); err != nil {
		return nil, err
	}
	b := s.header()
	s.body = int64(len(b))
	b = s.codec.encode(b, 0, snapshot)
	end := int64(len(b))
	b = append(b, make([]byte, aheadBytes)...)

	f, err := l.place(s.path, b)
	if err != nil {
		return nil, fmt.Errorf("cannot begin segment %d: %w", number, err)
	}
	old, last := l.file, l.next
	l.seg, l.file, l.next, l.space = s, f, spot{1, end}, int64(len(b))
	if old != nil {
		err = errors.Join(old.Truncate(last.at), old.Close()) // what was taken ahead goes back
	}
	return s, err
}

// place makes a file that is there whole or not at all.
func (l *log) place(path string, b []byte) (logFile, error) {
	fresh := filepath.Join(l.dir, freshName)
	f, err := l.disk.create(fresh)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = l.disk.rename(fresh, path)
	}
	if err == nil {
		err = l.disk.syncDir(l.dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// commit appends one frame and syncs it.
func (l *log) commit(body []byte) (at spot, err error) {
	if err := l.write(body); err != nil {
		return at, err
	}
	at = spot{l.next.number - 1, l.next.at - int64(len(l.buf))}
	return at, l.file.Sync()
}

// write appends one frame; it is durable after the next Sync.
func (l *log) write(body []byte) error {
	if len(body) > maxFrame-aheadBytes {
		return fmt.Errorf("a frame of %d bytes", len(body))
	}
	l.buf = l.seg.codec.encode(l.buf[:0], l.next.number, body)
	size := len(l.buf)
	b := l.buf
	if end := l.next.at + int64(size); end > l.space {
		b = append(b, make([]byte, aheadBytes)...)
		l.space = end + aheadBytes
	}
	if _, err := l.file.WriteAt(b, l.next.at); err != nil {
		return err
	}
	l.next = spot{l.next.number + 1, l.next.at + int64(size)}
	return nil
}

// resume goes on in a segment that was read to its end.
func (l *log) resume(s *segment, end spot) error {
	f, err := l.disk.open(s.path, true)
	if err != nil {
		return err
	}
	size, err := f.Size()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.seg, l.file, l.next, l.space = s, f, end, max(size, end.at)
	return nil
}

// cutOff removes what a power cut tore from the end of a segment, so that it is
// whole when it gets a successor.
func (l *log) cutOff(s *segment, end spot) error {
	f, err := l.disk.open(s.path, true)
	if err != nil {
		return err
	}
	if err = f.Truncate(end.at); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (l *log) close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file, l.seg = nil, nil
	return err
}

// segments lists the log by number and removes what was never finished. Numbers
// without a gap, and heads that rise, are part of what makes a log whole.
func (l *log) segments() ([]*segment, error) {
	names, err := l.disk.names(l.dir)
	if err != nil {
		return nil, err
	}
	var segs []*segment
	for _, name := range names {
		n, ok := segmentNumber(name)
		if !ok {
			continue
		}
		s, err := readSegment(l.disk, segmentPath(l.dir, n), l.opts)
		if err != nil {
			return nil, err
		}
		if s.number != n {
			return nil, fmt.Errorf("%w: %s is segment %d", ErrCorrupt, name, s.number)
		}
		segs = append(segs, s)
	}
	slices.SortFunc(segs, func(a, b *segment) int { return int(int64(a.number) - int64(b.number)) })
	for i := 1; i < len(segs); i++ {
		a, b := segs[i-1], segs[i]
		if b.number != a.number+1 || b.start.Seq < a.start.Seq {
			return nil, fmt.Errorf("%w: segment %d (from record %d) after segment %d (from %d)", ErrCorrupt, b.number, b.start.Seq+1, a.number, a.start.Seq+1)
		}
	}
	return segs, nil
}

// dropFresh removes a segment that was in the making when power failed.
func (l *log) dropFresh() error {
	names, err := l.disk.names(l.dir)
	if err == nil && slices.Contains(names, freshName) {
		err = l.disk.remove(filepath.Join(l.dir, freshName))
	}
	return err
}

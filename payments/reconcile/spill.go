package reconcile

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// parts is the number of partitions. It never depends on the input or the memory: the
// order of the breaks, and the digests, follow from it.
const parts = 256

// shelf holds packed rows by partition: each in memory up to its share, what is beyond that
// in one file that they have together. It is safe for concurrent use.
type shelf struct {
	dir   string // for the file; empty is the system's
	share int    // of a partition in memory, bytes

	parts [parts]struct {
		sync.Mutex
		rows   []byte
		size   int64 // of all of it
		chunks []chunk
	}

	mu   sync.Mutex
	file *os.File
	end  int64
}

// chunk is a piece of a partition in the file.
type chunk struct {
	at   int64
	size int
}

// maxPartition bounds the rows of a partition: places in it have 32 bits, and where they
// have int they have 31.
const maxPartition = 1<<31 - 1

// ErrPartition says that there are more rows than can be matched, or that far too many have
// serials that fall into one partition.
var ErrPartition = errors.New("too many rows in one partition")

// add keeps rows of a partition.
func (s *shelf) add(part int, rows []byte) error {
	p := &s.parts[part]
	p.Lock()
	defer p.Unlock()
	if len(p.rows)+len(rows) > s.share && len(p.rows) > 0 {
		c, err := s.spill(p.rows)
		if err != nil {
			return fmt.Errorf("cannot spill rows: %w", err)
		}
		p.chunks, p.rows = append(p.chunks, c), p.rows[:0]
	}
	p.size += int64(len(rows))
	p.rows = append(p.rows, rows...)

	return nil
}

// spill writes rows to the end of the file.
func (s *shelf) spill(rows []byte) (chunk, error) {
	s.mu.Lock()
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "reconcile-*")
		if err == nil {
			err = os.Remove(f.Name()) // it lives as long as it is open
		}
		if err != nil {
			s.mu.Unlock()

			return chunk{}, err
		}
		s.file = f
	}
	c := chunk{s.end, len(rows)}
	s.end += int64(len(rows))
	s.mu.Unlock()
	_, err := s.file.WriteAt(rows, c.at)

	return c, err
}

// take returns all rows of a partition and forgets them. into is used again where it is
// large enough.
func (s *shelf) take(part int, into []byte) ([]byte, error) {
	p := &s.parts[part]
	if p.size > maxPartition {
		return nil, ErrPartition
	}
	if int64(cap(into)) < p.size {
		into = make([]byte, 0, p.size+p.size/8)
	}
	into = into[:0]
	for _, c := range p.chunks {
		n := len(into)
		into = into[:n+c.size]
		if _, err := s.file.ReadAt(into[n:], c.at); err != nil {
			return nil, fmt.Errorf("cannot read spilled rows: %w", err)
		}
	}
	into = append(into, p.rows...)
	p.rows, p.chunks = nil, nil
	p.size = 0

	return into, nil
}

// size is that of all rows.
func (s *shelf) size() (all int64) {
	for p := range s.parts {
		all += s.parts[p].size
	}

	return all
}

// close gives the file back.
func (s *shelf) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	if err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}

	return nil
}

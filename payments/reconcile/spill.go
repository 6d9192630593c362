package reconcile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"
)

// parts is the number of partitions. It never depends on the input or the memory: the
// order of the breaks follows from it.
const parts = 256

// shelf holds rows by partition: in memory up to its bound, beyond that in one file a
// partition.
type shelf struct {
	dir   string // for the files; empty is the system's
	most  int    // rows in memory
	held  int
	rows  [parts][]packed
	files [parts]*os.File
	total int64
}

// add keeps a row.
func (s *shelf) add(p int, r *packed) error {
	s.rows[p] = append(s.rows[p], *r)
	s.held++
	s.total++
	if s.held < s.most {
		return nil
	}

	return s.spill()
}

// spill writes what is in memory to the files. Only partitions with much in them are
// worth a write; the small ones stay.
func (s *shelf) spill() error {
	worth := s.held / parts / 2
	for p := range s.rows {
		if len(s.rows[p]) <= worth {
			continue
		}
		if err := s.write(p); err != nil {
			return fmt.Errorf("cannot spill rows: %w", err)
		}
	}

	return nil
}

func (s *shelf) write(p int) error {
	if s.files[p] == nil {
		f, err := os.CreateTemp(s.dir, "reconcile-*")
		if err != nil {
			return err
		}
		if err := os.Remove(f.Name()); err != nil { // it lives as long as it is open
			return errors.Join(err, f.Close())
		}
		s.files[p] = f
	}
	if _, err := s.files[p].Write(bytesOf(s.rows[p])); err != nil {
		return err
	}
	s.held -= len(s.rows[p])
	s.rows[p] = s.rows[p][:0]

	return nil
}

// take returns all rows of a partition and forgets them. into is used again where it is
// large enough.
func (s *shelf) take(p int, into []packed) ([]packed, error) {
	if s.files[p] == nil {
		rows := s.rows[p]
		s.rows[p] = nil

		return rows, nil
	}

	size, err := s.files[p].Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	n, more := int(size/packedSize), s.rows[p]
	if cap(into) < n+len(more) {
		into = make([]packed, n+len(more))
	}
	into = into[:n+len(more)]
	if _, err := s.files[p].ReadAt(bytesOf(into[:n]), 0); err != nil {
		return nil, fmt.Errorf("cannot read spilled rows: %w", err)
	}
	copy(into[n:], more)
	s.rows[p] = nil
	err = s.files[p].Close()
	s.files[p] = nil

	return into, err
}

// close gives the files back.
func (s *shelf) close() error {
	var errs []error
	for p, f := range s.files {
		if f != nil {
			errs = append(errs, f.Close())
			s.files[p] = nil
		}
	}

	return errors.Join(errs...)
}

// bytesOf are the bytes of rows, without a copy: packed is an array of bytes, so it has no
// padding and no byte order.
func bytesOf(rows []packed) []byte {
	if len(rows) == 0 {
		return nil
	}

	return unsafe.Slice(&rows[0][0], len(rows)*packedSize)
}

package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/payments/record"
)

// markFile is what Options.Mark holds: how far a journal had come at least.
//
//	1 (2026-11-29) first version
type markFile struct {
	V           int    `json:"v"`
	Kiosk       string `json:"kiosk"`
	Incarnation uint8  `json:"incarnation"`
	record.Head
}

const maxMark = 4096

// checkMark refuses a journal that is less than what the mark remembers.
func (j *Journal) checkMark() error {
	m, ok, err := readMark(j.opts.Mark)
	if err != nil && j.c.head.Seq > 0 {
		j.opts.Logger.Warn("journal: the mark is written anew", "err", err)
		return nil
	}
	if err != nil || !ok || m.Kiosk != j.opts.Kiosk || m.Incarnation < j.opts.Incarnation {
		return err
	}
	if m.Incarnation > j.opts.Incarnation {
		return fmt.Errorf("%w: incarnation %d was in use, this is %d", ErrLost, m.Incarnation, j.opts.Incarnation)
	}
	if m.Seq > j.c.head.Seq {
		return fmt.Errorf("%w: it had %d records, and has %d", ErrLost, m.Seq, j.c.head.Seq)
	}
	if m.Seq < j.c.anchor.Seq {
		return nil
	}
	own, err := view{j, j.segs, j.c.anchor, j.c.head}.at(m.Seq)
	if err == nil && own != m.Head {
		err = fmt.Errorf("%w: record %d is another than it was", ErrLost, m.Seq)
	}
	return err
}

// readMark reads the file; ok is false where there is none.
func readMark(path string) (m markFile, ok bool, err error) {
	if path == "" {
		return m, false, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, false, nil
	}
	if err == nil {
		m, err = parseMark(b)
	}
	if err != nil {
		return m, false, fmt.Errorf("%w: the mark %s cannot be read: %w", ErrLost, path, err)
	}
	return m, true, nil
}

func parseMark(b []byte) (m markFile, err error) {
	if err = strictjson.Decode(b, maxMark, &m); err == nil && m.V != 1 {
		err = fmt.Errorf("its version is %d", m.V)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrLost, err)
	}
	return m, err
}

// remember writes the mark. Without it the journal goes on.
func (j *Journal) remember() {
	if j.opts.Mark == "" {
		return
	}
	m := markFile{V: 1, Kiosk: j.opts.Kiosk, Incarnation: j.opts.Incarnation, Head: j.Head()}
	err := os.MkdirAll(filepath.Dir(j.opts.Mark), 0o700)
	if err == nil {
		var b []byte
		if b, err = json.Marshal(m); err == nil {
			err = durable.Replace(j.opts.Mark, b)
		}
	}
	if err != nil {
		j.opts.Logger.Warn("journal: no mark", "err", err)
	}
}

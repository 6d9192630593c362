package filegpio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"wattkiosk/hal/gpio"
)

// maxSize is the most bytes of a line's file.
const maxSize = 16

// Folder is the Source of lines that are files. It is safe for concurrent use.
type Folder struct {
	board  string
	dir    string
	closed atomic.Bool
}

var _ gpio.Source = (*Folder)(nil)

// Open takes the folder dir, which must exist, as the lines of board.
func Open(board, dir string) (*Folder, error) {
	st, err := os.Stat(dir)
	if err == nil && !st.IsDir() {
		err = errors.New("not a folder")
	}
	if err != nil {
		return nil, fmt.Errorf("board %s: cannot open lines in %s: %w", board, dir, err)
	}
	return &Folder{board: board, dir: dir}, nil
}

// Close makes every line fail from now on. The files stay.
func (f *Folder) Close() error {
	f.closed.Store(true)
	return nil
}

func (f *Folder) line(l gpio.Line) (*line, error) {
	if l.Name == "" || l.Name != filepath.Base(l.Name) || strings.HasPrefix(l.Name, ".") {
		return nil, &gpio.LineError{Board: f.board, Line: l.Name, File: f.dir, Err: errors.New("name cannot be a file's")}
	}
	return &line{folder: f, name: l.Name, path: filepath.Join(f.dir, l.Name)}, nil
}

// Input opens a line to read. The file must exist and be valid.
func (f *Folder) Input(l gpio.Line) (gpio.Input, error) {
	in, err := f.line(l)
	if err != nil {
		return nil, err
	}
	if _, err := in.Read(); err != nil {
		return nil, err
	}
	return in, nil
}

// Output opens a line to set, and makes it inactive.
func (f *Folder) Output(l gpio.Line) (gpio.Output, error) {
	out, err := f.line(l)
	if err != nil {
		return nil, err
	}
	if err := out.Set(false); err != nil {
		return nil, err
	}
	return out, nil
}

// line is one file, read or written.
type line struct {
	folder *Folder
	name   string
	path   string
}

func (l *line) Name() string { return l.name }

func (l *line) fail(err error) error {
	return &gpio.LineError{Board: l.folder.board, Line: l.name, File: l.path, Err: err}
}

// Read gives the level; true beside an error.
func (l *line) Read() (bool, error) {
	if l.folder.closed.Load() {
		return true, l.fail(os.ErrClosed)
	}

	file, err := os.Open(l.path)
	if err != nil {
		return true, l.fail(err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxSize))
	if err != nil {
		return true, l.fail(err)
	}

	switch string(bytes.TrimSpace(b)) {
	case "0":
		return false, nil
	case "1":
		return true, nil
	}
	return true, l.fail(fmt.Errorf("content %q is neither 0 nor 1", b))
}

// Set writes the level.
func (l *line) Set(active bool) error {
	if l.folder.closed.Load() {
		return l.fail(os.ErrClosed)
	}
	if err := Write(l.folder.dir, l.name, active); err != nil {
		return l.fail(err)
	}
	return nil
}

// Write sets the file of one line, atomically; it makes the file if need be.
// The other side of the lines (the bench) uses it.
func Write(dir, name string, active bool) error {
	tmp, err := os.CreateTemp(dir, "."+name+".*")
	if err != nil {
		return err
	}

	level := "0\n"
	if active {
		level = "1\n"
	}

	_, err = tmp.WriteString(level)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

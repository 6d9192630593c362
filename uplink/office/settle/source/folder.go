package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"

	"wattkiosk/payments/reconcile/form"
)

// tree is a folder, here or elsewhere.
type tree interface {
	// list are the entries of a folder; fs.ErrNotExist where there is none.
	list(ctx context.Context, dir string) ([]fs.FileInfo, error)
	open(file string) (file, error)
	// close ends the way to it.
	close() error
}

// file is one that can be asked how it is while it is read.
type file interface {
	io.ReadCloser
	Stat() (fs.FileInfo, error)
}

// folder is a source whose book is one or more files of a tree.
type folder struct {
	names
	dir  string
	at   string // for people: where the tree is
	dial func(ctx context.Context) (tree, error)
}

func openFolder(kind form.Kind, u *url.URL) (Source, error) {
	with, err := settings(u, "pattern")
	if err != nil {
		return nil, err
	}
	if u.Host != "" || u.User != nil {
		return nil, errors.New("want file:///dir: the folder is this machine's")
	}
	dir, n, err := place(kind, u, with)
	if err != nil {
		return nil, err
	}

	return &folder{names: n, dir: dir, dial: func(context.Context) (tree, error) { return disk{}, nil }}, nil
}

// Kind implements Source.
func (f *folder) Kind() form.Kind { return f.kind }

// Open implements Source.
func (f *folder) Open(ctx context.Context, date string) (string, io.ReadCloser, error) {
	if _, err := day(date); err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, Longest)
	t, err := f.dial(ctx)
	if err != nil {
		cancel()

		return "", nil, err
	}

	files, err := f.find(ctx, t, date)
	if err != nil {
		cancel()

		return "", nil, errors.Join(err, t.close())
	}
	name := f.at + files[0].path
	if len(files) > 1 {
		name = fmt.Sprintf("%s%s (%d)", f.at, f.dir, len(files))
	}

	return name, &parts{ctx: ctx, cancel: cancel, tree: t, rest: files, left: MaxBytes}, nil
}

// find are the files of a date.
func (f *folder) find(ctx context.Context, t tree, date string) ([]found, error) {
	var all []found
	there := false
	for _, below := range f.folders() {
		dir := path.Join(f.dir, below)
		entries, err := t.list(ctx, dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot look into %s%s: %w", f.at, dir, err)
		}
		there = true
		if len(entries) > 10*MaxFiles {
			return nil, fmt.Errorf("%s%s has more than %d files", f.at, dir, 10*MaxFiles)
		}
		for _, e := range entries {
			if stem, turn, ok := f.match(e.Name(), date); ok && e.Mode().IsRegular() {
				all = append(all, found{path.Join(dir, e.Name()), stem, turn})
			}
		}
	}
	if !there {
		return nil, fmt.Errorf("no folder %s%s", f.at, f.dir)
	}

	return f.choose(all)
}

// parts reads files one after the other, each whole.
type parts struct {
	ctx    context.Context
	cancel context.CancelFunc
	tree   tree
	rest   []found
	left   int64 // bytes that the book may still have

	open  file
	began fs.FileInfo
	ended bool // the last byte was the end of a line
}

var errMoved = errors.New("changed while it was read")

// Read implements io.Reader.
func (p *parts) Read(b []byte) (int, error) {
	for {
		if err := p.ctx.Err(); err != nil {
			return 0, err
		}
		if p.open == nil {
			if len(p.rest) == 0 {
				return 0, io.EOF
			}
			if err := p.begin(); err != nil {
				return 0, p.named(err)
			}
		}

		n, err := p.open.Read(b)
		if n > 0 {
			p.ended = b[n-1] == '\n'
			if p.left -= int64(n); p.left < 0 {
				return 0, p.named(errLarge)
			}
		}
		if errors.Is(err, io.EOF) {
			err = p.end()
		}
		if n > 0 || err != nil {
			return n, p.named(err)
		}
	}
}

func (p *parts) begin() (err error) {
	if p.open, err = p.tree.open(p.rest[0].path); err == nil {
		p.ended = true
		p.began, err = p.open.Stat()
	}

	return err
}

// end closes a file that was read to its end. One that goes on in the next must end in a
// whole line.
func (p *parts) end() error {
	now, err := p.open.Stat()
	if err == nil && (now.Size() != p.began.Size() || !now.ModTime().Equal(p.began.ModTime())) {
		err = errMoved
	}
	if err == nil && len(p.rest) > 1 && !p.ended {
		err = errors.New("the last line has no end: the file was cut off")
	}
	if err != nil {
		return err
	}
	_ = p.open.Close() // only read
	p.open, p.rest = nil, p.rest[1:]

	return nil
}

func (p *parts) named(err error) error {
	if err == nil || len(p.rest) == 0 {
		return err
	}
	if c := p.ctx.Err(); c != nil {
		err = errors.Join(c, err)
	}

	return fmt.Errorf("%s: %w", path.Base(p.rest[0].path), err)
}

// Close implements io.Closer.
func (p *parts) Close() error {
	defer p.cancel()
	if p.open != nil {
		_ = p.open.Close() // only read
		p.open = nil
	}
	p.rest = nil

	return p.tree.close()
}

// disk is the tree of this machine.
type disk struct{}

func (disk) list(_ context.Context, dir string) ([]fs.FileInfo, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }() // only read
	var all []fs.FileInfo
	for {
		const some = 1000
		entries, err := d.ReadDir(some)
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				continue
			}
			if info, err := e.Info(); err == nil { // it may be gone by now
				all = append(all, info)
			}
		}
		if errors.Is(err, io.EOF) || len(all) > 10*MaxFiles {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (disk) open(name string) (file, error) { return os.Open(name) }

func (disk) close() error { return nil }

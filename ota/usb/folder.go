package usb

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Dir is the folder of a stick that bundles may also be in, and reports are.
const Dir = "wattkiosk"

// Suffix is the end of a bundle's name.
const Suffix = ".wkb"

// Bounds of a stick's folders.
const (
	maxEntries = 1000    // of one folder that are looked at
	maxReport  = 1 << 20 // bytes
	maxSame    = 100     // reports of the same name
)

// File is a file that may be a bundle.
type File struct {
	Name string // with Dir, if it is in there
	Size int64
}

// Find lists at most most files with a bundle's name, of the root folder and Dir, in
// the order of their names.
func Find(dir string, most int) ([]File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the stick: %w", err)
	}
	defer root.Close()
	var files []File
	for _, folder := range []string{".", Dir} {
		found, err := list(root, folder)
		if err != nil {
			return nil, fmt.Errorf("cannot read the stick: %w", err)
		}
		files = append(files, found...)
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files[:min(len(files), most)], nil
}

func list(root *os.Root, folder string) (files []File, err error) {
	st, err := root.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !st.IsDir():
		return nil, nil
	}
	f, err := root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || !strings.EqualFold(path.Ext(name), Suffix) || !e.Type().IsRegular() {
			continue
		}
		st, err := e.Info()
		if err != nil {
			return nil, err
		}
		files = append(files, File{path.Join(folder, name), st.Size()})
	}
	return files, nil
}

// Open opens a regular file of the stick for reading. It never waits, and never
// leaves the stick.
func Open(dir, name string) (*os.File, int64, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot read the stick: %w", err)
	}
	defer root.Close()
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot read the stick: %w", err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", name)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("cannot read the stick: %w", err), f.Close())
	}
	return f, st.Size(), nil
}

// Write puts a new file into Dir, durably, and returns its name; one that is there
// is never replaced, the new one gets a number. Ext is the end of the name.
func Write(dir, name, ext string, data []byte) (string, error) {
	if len(data) > maxReport {
		return "", fmt.Errorf("a report of %d bytes", len(data))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", fmt.Errorf("cannot write to the stick: %w", err)
	}
	defer root.Close()
	if err := root.Mkdir(Dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("cannot write to the stick: %w", err)
	}
	full := path.Join(Dir, name+ext)
	for n := 2; ; n++ {
		f, err := root.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) && n <= maxSame {
			full = path.Join(Dir, fmt.Sprint(name, "-", n, ext))
			continue
		}
		if err != nil {
			return "", fmt.Errorf("cannot write to the stick: %w", err)
		}
		_, err = f.Write(data)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return "", fmt.Errorf("cannot write to the stick: %w", err)
		}
		return full, nil
	}
}

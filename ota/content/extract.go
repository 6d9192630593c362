package content

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wattkiosk/ota/bundle"
)

// extraction is one pack on its way into a folder.
type extraction struct {
	ctx    context.Context
	disk   disk
	folder string
	most   int64           // bytes that all files may have: no more than the tar itself
	kinds  map[string]bool // names so far; true = folder
	files  int
	size   int64
}

// all unpacks a tar, and reads what follows it, so that every chunk of the payload
// was checked.
func (x *extraction) all(r io.Reader) error {
	if err := x.disk.mkdir(x.folder); err != nil {
		return fmt.Errorf("cannot make its folder: %w", err)
	}
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return tarError(err)
		}
		if err := x.one(h, t); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return tarError(err)
	}
	return nil
}

// tarError keeps the bundle's and the context's errors, and refuses the pack for
// any other.
func tarError(err error) error {
	if _, ok := errors.AsType[*bundle.Error](err); ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return refuse(BadPack, "its tar cannot be read: %v", err)
}

func (x *extraction) one(h *tar.Header, data io.Reader) error {
	name := strings.TrimPrefix(h.Name, "./")
	folder := h.Typeflag == tar.TypeDir
	if folder {
		if name = strings.TrimSuffix(name, "/"); name == "" || name == "." {
			return nil // the folder itself, as tar lists it
		}
	}
	if h.Typeflag != tar.TypeReg && !folder {
		return refuse(BadPack, "%q is neither file nor folder", h.Name)
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return refuse(BadPack, "%q is sparse", h.Name)
		}
	}
	if err := checkName(name); err != nil {
		return err
	}
	if x.size += h.Size; h.Size < 0 || h.Size > x.most || x.size > x.most {
		return refuse(BadPack, "its files have more bytes than itself")
	}
	if err := x.place(name, folder); err != nil || folder {
		return err
	}
	return x.write(name, data)
}

// checkName refuses what is no plain name below the folder.
func checkName(name string) error {
	if !fs.ValidPath(name) || name == "." || !utf8.ValidString(name) {
		return refuse(BadPack, "bad name %q", name)
	}
	parts := strings.Split(name, "/")
	if len(parts) > MaxDepth {
		return refuse(BadPack, "%q is too deep", name)
	}
	for _, p := range parts {
		odd := func(r rune) bool { return !unicode.IsPrint(r) || r == '\\' }
		if len(p) > MaxName || strings.HasPrefix(p, ".") || strings.ContainsFunc(p, odd) {
			return refuse(BadPack, "bad name %q", name)
		}
	}
	return nil
}

// place makes the folders of a name, and refuses one that is taken. A folder may be
// listed after it was needed.
func (x *extraction) place(name string, folder bool) error {
	if isFolder, taken := x.kinds[name]; taken && !(isFolder && folder) {
		return refuse(BadPack, "%q is there twice", name)
	}
	for up := path.Dir(name); up != "."; up = path.Dir(up) {
		if isFolder, taken := x.kinds[up]; taken && !isFolder {
			return refuse(BadPack, "%q is a file and a folder", up)
		}
		x.kinds[up] = true
	}
	x.kinds[name] = folder
	if len(x.kinds) > MaxFiles {
		return refuse(BadPack, "it has more than %d files", MaxFiles)
	}
	in := name
	if !folder {
		in = path.Dir(name)
		x.files++
	}
	if err := x.disk.mkdir(path.Join(x.folder, in)); err != nil {
		return fmt.Errorf("cannot make folder %q: %w", in, err)
	}
	return nil
}

// write makes one durable file.
func (x *extraction) write(name string, data io.Reader) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	f, err := x.disk.create(path.Join(x.folder, name))
	if err != nil {
		return fmt.Errorf("cannot write %q: %w", name, err)
	}
	src := &source{r: data}
	_, err = io.Copy(f, src)
	if src.err != nil {
		return errors.Join(tarError(src.err), f.Close())
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("cannot write %q: %w", name, err)
	}
	return nil
}

// source keeps a reader's error apart from the disk's.
type source struct {
	r   io.Reader
	err error
}

// Read reads.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// sync makes the names of all files durable.
func (x *extraction) sync() error {
	for _, name := range append(slices.Sorted(maps.Keys(x.kinds)), ".") {
		if name != "." && !x.kinds[name] {
			continue
		}
		if err := x.disk.syncDir(path.Join(x.folder, name)); err != nil {
			return fmt.Errorf("cannot make folder %q durable: %w", name, err)
		}
	}
	return nil
}

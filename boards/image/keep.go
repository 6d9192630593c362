package image

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mounted are folders of the root that stay though they are empty: what is mounted
// there, or expected.
var mounted = []string{"data", "dev", "home", "proc", "root", "run", "sys", "sysroot", "tmp", "var"}

// keep takes from the tree what no list names and no kept file needs, and makes the
// links of busybox.
func (b *builder) keep(tree string) error {
	k := keeper{tree: tree, keep: map[string]bool{"bin": true, "sbin": true, "lib": true}}
	for _, pattern := range kept(b.Variant) {
		if err := k.match(pattern); err != nil {
			return err
		}
	}
	for _, path := range b.programsKept() {
		if !k.keep[path] {
			return fmt.Errorf("no %s in the packages", path)
		}
	}
	if err := k.close(); err != nil {
		return err
	}
	if err := k.opened(); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(tree, filesFolder), b.in("files")); err != nil {
		return err
	}
	if err := k.prune(); err != nil {
		return err
	}
	if err := unlinked(tree, "."); err != nil {
		return err
	}
	for _, dir := range mounted {
		if err := os.MkdirAll(filepath.Join(tree, dir), 0o755); err != nil {
			return err
		}
	}
	return linkApplets(tree)
}

// keeper marks the files of a tree that stay, by their paths in it.
type keeper struct {
	tree string
	keep map[string]bool
}

// match marks what a pattern names, folders with all that is in them.
func (k *keeper) match(pattern string) error {
	found, err := filepath.Glob(filepath.Join(k.tree, pattern))
	if err != nil {
		return err
	}
	for _, path := range found {
		err := filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			return k.mark(path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mark keeps a file, and if it is a link all that it leads to.
func (k *keeper) mark(path string) error {
	for range 8 {
		rel, err := filepath.Rel(k.tree, path)
		if err != nil {
			return err
		}
		k.keep[rel] = true
		to, err := os.Readlink(path)
		if err != nil {
			return nil // no link, or the end of one that leads out of the tree
		}
		if path, err = within(k.tree, path, to); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: too many links", path)
}

// within is where a link in the tree leads, with the folders on the way resolved.
func within(tree, link, to string) (string, error) {
	path := filepath.Join(tree, to)
	if !filepath.IsAbs(to) {
		path = filepath.Join(filepath.Dir(link), to)
	}
	rel, err := filepath.Rel(tree, path)
	if err != nil {
		return "", err
	}
	for _, dir := range []string{"bin/", "sbin/", "lib/"} {
		if strings.HasPrefix(rel, dir) {
			rel = "usr/" + rel
		}
	}
	return filepath.Join(tree, rel), nil
}

// close marks the libraries that marked files need, those that these need, and so on.
func (k *keeper) close() error {
	done := map[string]bool{}
	for {
		var todo []string
		for path := range k.keep {
			if !done[path] {
				todo = append(todo, path)
			}
		}
		if len(todo) == 0 {
			return nil
		}
		slices.Sort(todo)
		for _, path := range todo {
			done[path] = true
			libs, err := needs(k.tree, path)
			if err != nil {
				return err
			}
			for _, lib := range libs {
				if err := k.mark(filepath.Join(k.tree, lib)); err != nil {
					return err
				}
			}
		}
	}
}

// needs are the libraries that an ELF file of the tree names, and its interpreter.
// It fails if one is not there. Of another file there are none.
func needs(tree, path string) ([]string, error) {
	full := filepath.Join(tree, path)
	st, err := os.Lstat(full)
	if err != nil || !st.Mode().IsRegular() || strings.HasSuffix(path, ".ko") {
		return nil, nil // links to what is mounted later have no file
	}
	f, err := elf.Open(full)
	var notELF *elf.FormatError
	if errors.As(err, &notELF) || st.Size() < 64 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.ImportedLibraries()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	places := libraryFolders(f, filepath.Dir(path))
	var found []string
	for _, name := range names {
		lib, ok := findLibrary(tree, places, name)
		if !ok {
			return nil, fmt.Errorf("%s needs %s, which is not there", path, name)
		}
		found = append(found, lib)
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		name := make([]byte, p.Filesz)
		if _, err := p.ReadAt(name, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		loader := filepath.Join("usr", string(bytes.TrimRight(name, "\x00")))
		if _, err := os.Lstat(filepath.Join(tree, loader)); err != nil {
			return nil, fmt.Errorf("%s needs %s, which is not there", path, loader)
		}
		found = append(found, loader)
	}
	return found, nil
}

// libraryFolders are where the loader looks for the libraries of a file, and the
// file's own folder: a library in a folder of its own has its like loaded with it.
func libraryFolders(f *elf.File, own string) []string {
	var dirs []string
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		paths, _ := f.DynString(tag) // a file without one has none
		for _, p := range paths {
			for dir := range strings.SplitSeq(p, ":") {
				dirs = append(dirs, strings.TrimPrefix(filepath.Clean(dir), "/"))
			}
		}
	}
	triplet := "aarch64-linux-gnu"
	if f.Machine == elf.EM_ARM {
		triplet = "arm-linux-gnueabihf"
	}
	return append(dirs, "usr/lib/"+triplet, "usr/lib", own)
}

func findLibrary(tree string, dirs []string, name string) (string, bool) {
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if strings.HasPrefix(path, "lib/") {
			path = "usr/" + path
		}
		if _, err := os.Lstat(filepath.Join(tree, path)); err == nil {
			return path, true
		}
	}
	return "", false
}

// opened fails if a marked program or library has in it the name of a library that is
// in the packages and is not marked: it may open it by that name.
func (k *keeper) opened() error {
	libraries := map[string]bool{} // by name: whether it is marked
	err := filepath.WalkDir(filepath.Join(k.tree, "usr/lib"), func(path string, _ fs.DirEntry, err error) error {
		if rel, relErr := filepath.Rel(k.tree, path); relErr == nil && strings.Contains(path, ".so") {
			libraries[filepath.Base(path)] = libraries[filepath.Base(path)] || k.keep[rel]
		}
		return err
	})
	if err != nil {
		return err
	}
	var problems []error
	for _, path := range slices.Sorted(maps.Keys(k.keep)) {
		full := filepath.Join(k.tree, path)
		if st, err := os.Lstat(full); err != nil || !st.Mode().IsRegular() || strings.HasSuffix(path, ".ko") {
			continue
		}
		data, err := os.ReadFile(full)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
			continue
		}
		for _, name := range libraryNames(data) {
			if marked, there := libraries[name]; there && !marked && !slices.Contains(unopened, name) {
				problems = append(problems, fmt.Errorf("%s may open %s, which is in the packages and on no list", path, name))
			}
		}
	}
	return errors.Join(problems...)
}

// libraryNames are the strings of a program that look like a library's name, without
// their folders.
func libraryNames(program []byte) []string {
	found := map[string]bool{}
	for rest := program; ; {
		at := bytes.Index(rest, []byte(".so"))
		if at < 0 {
			return slices.Sorted(maps.Keys(found))
		}
		begin := bytes.LastIndexAny(rest[:at], "\x00/") + 1
		end := bytes.IndexByte(rest[at:], 0)
		if end < 0 {
			end = len(rest) - at
		}
		found[string(rest[begin:at+end])] = true
		rest = rest[at+end:]
	}
}

// prune removes the files that are not marked, and folders without a file.
func (k *keeper) prune() error {
	var dirs []string
	err := filepath.WalkDir(k.tree, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			dirs = append(dirs, path)
			return nil
		}
		rel, err := filepath.Rel(k.tree, path)
		if err != nil || k.keep[rel] {
			return err
		}
		return os.Remove(path)
	})
	if err != nil {
		return err
	}
	for _, dir := range slices.Backward(dirs[1:]) {
		_ = os.Remove(dir) // fails unless it is empty, as it must
	}
	return nil
}

// unlinked removes links in a folder of the tree that lead to what has not been kept.
func unlinked(tree, dir string) error {
	return filepath.WalkDir(filepath.Join(tree, dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Type() != fs.ModeSymlink {
			return err
		}
		rel, err := filepath.Rel(tree, path)
		if err != nil || exists(tree, rel) {
			return err
		}
		return os.Remove(path)
	})
}

// exists reports whether a path is there once links are followed, as the board will
// follow them. What comes with the kernel or lies on the data partition counts as there.
func exists(tree, path string) bool {
	full, err := within(tree, "", "/"+path)
	for range 8 {
		if err != nil {
			return false
		}
		rel, _ := filepath.Rel(tree, full) // of two absolute paths there is one
		first, _, _ := strings.Cut(rel, "/")
		if slices.Contains([]string{"dev", "proc", "sys", "run", "data", "var"}, first) {
			return true
		}
		to, notLink := os.Readlink(full)
		if notLink != nil {
			_, err := os.Stat(full)
			return err == nil
		}
		full, err = within(tree, full, to)
	}
	return false
}

// linkApplets links names to busybox where no other program has them. It fails if
// busybox does not know one.
func linkApplets(tree string) error {
	busybox, err := os.ReadFile(filepath.Join(tree, "usr/bin/busybox"))
	if err != nil {
		return err
	}
	for _, name := range applets {
		if !bytes.Contains(busybox, []byte("\x00"+name+"\x00")) {
			return fmt.Errorf("busybox has no %s", name)
		}
		err := os.Symlink("busybox", filepath.Join(tree, "usr/bin", name))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

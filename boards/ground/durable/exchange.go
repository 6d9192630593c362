package durable

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Exchange gives the file at path, which is there, the content data, after check has looked at
// a file that holds it and is durable. Owner and mode stay. The blocks of the old content are
// written over afterwards, as far as the file system does that where they are; not so if the
// old file has another name. An error of check leaves the old file.
func Exchange(path string, data []byte, check func(beside string) error) error {
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = old.Close() }() // written to its end, or not at all
	err = write(path, data, func(f *File, path string) error {
		if err := errors.Join(f.likeOwner(old), f.f.Sync(), SyncFolder(filepath.Dir(path))); err != nil {
			return err
		}
		if err := check(f.f.Name()); err != nil {
			return err
		}

		return f.Replace(path)
	})
	if err != nil {
		return err
	}

	return erase(old)
}

// likeOwner gives a file owner and mode of another one.
func (f *File) likeOwner(as *os.File) error {
	st, err := as.Stat()
	if err != nil {
		return err
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok && (int(sys.Uid) != os.Geteuid() || int(sys.Gid) != os.Getegid()) {
		if err := f.f.Chown(int(sys.Uid), int(sys.Gid)); err != nil {
			return err
		}
	}

	return f.f.Chmod(st.Mode().Perm())
}

// erase writes over a file that has no name any more.
func erase(f *os.File) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); !ok || sys.Nlink != 0 {
		return nil
	}
	_, err = f.WriteAt(make([]byte, st.Size()), 0)

	return errors.Join(err, f.Sync())
}

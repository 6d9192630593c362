package flash

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// inMemory is a FAT file system in memory, as mtools is given it: nothing of it, and no
// token, is in a file.
const inMemory = "/proc/self/fd/3"

// file is one that a board reads at its first start.
type file struct {
	name string
	text []byte
}

// putFiles puts files onto a FAT file system, over those of their names, and returns
// the file system. The same arguments give the same bytes. It needs mtools.
func putFiles(fat []byte, files []file, at time.Time) ([]byte, error) {
	fd, err := unix.MemfdCreate("boot", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot hold the boot partition: %w", err)
	}
	f := os.NewFile(uintptr(fd), "boot")
	defer f.Close()
	if _, err := f.WriteAt(fat, 0); err != nil {
		return nil, fmt.Errorf("cannot hold the boot partition: %w", err)
	}
	for _, put := range files {
		if _, err := mtool(f, put.text, at, "mcopy", "-o", "-i", inMemory, "-", "::"+put.name); err != nil {
			return nil, err
		}
	}
	for _, put := range files {
		switch got, err := mtool(f, nil, at, "mtype", "-i", inMemory, "::"+put.name); {
		case err != nil:
			return nil, err
		case !bytes.Equal(got, put.text):
			return nil, refuse(Enrolling, "mtools have not put %s onto the boot partition", put.name)
		}
	}
	changed := make([]byte, len(fat))
	if _, err := f.ReadAt(changed, 0); err != nil {
		return nil, fmt.Errorf("cannot hold the boot partition: %w", err)
	}
	return changed, nil
}

// mtool runs one of mtools on an open file system.
func mtool(f *os.File, in []byte, at time.Time, name string, args ...string) ([]byte, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, refuse(Enrolling, "a file on the boot partition needs the program %s (package mtools), which is not here", name)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = []string{"MTOOLSRC=/dev/null", "TZ=UTC", fmt.Sprint("SOURCE_DATE_EPOCH=", at.Unix())}
	cmd.Stdin, cmd.ExtraFiles = bytes.NewReader(in), []*os.File{f}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, refuse(Enrolling, "the boot partition takes no file: %s: %v: %s", name, err, bytes.TrimSpace(errs.Bytes()))
	}
	return out, nil
}

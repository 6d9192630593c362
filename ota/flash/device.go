package flash

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Device is a disk of the machine, or a file in a disk's place.
type Device struct {
	Path   string
	Name   string // of the kernel, as sdb; of a file, its own
	Size   int64  // bytes
	Model  string // "" = it says none
	Serial string // "" = it says none
	File   bool   // a regular file
	New    bool   // a file that is not there yet, or is empty
}

// File looks at a file in a disk's place. One that is not there, or is empty, is to be
// made with size bytes.
func File(path string, size int64) (Device, error) {
	d := Device{Path: path, Name: filepath.Base(path), Size: size, File: true}
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.New = true
		return d, nil
	case err != nil:
		return d, fmt.Errorf("cannot look at %s: %w", path, err)
	case !st.Mode().IsRegular():
		return d, refuse(NotADisk, "%s is no file", path)
	}
	if d.New = st.Size() == 0; !d.New {
		d.Size = st.Size()
	}
	return d, nil
}

// Look tells what is on the device.
func (d Device) Look() (Holding, error) {
	if d.New {
		return Holding{What: "nothing: the file is made"}, nil
	}
	f, err := os.Open(d.Path)
	if err != nil {
		return Holding{}, fmt.Errorf("cannot look at what is on %s: %w", d.Path, err)
	}
	defer f.Close()
	return Look(f, d.Size), nil
}

package staff

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"wattkiosk/uplink/wire"
)

const (
	rosterFile = "roster.json"
	triesFile  = "tries.json"
	unfinished = ".new-"

	dirMode = 0o700
	maxFile = 2 * wire.MaxControl // bytes
)

// files is a folder of small JSON files that survive a power cut.
type files struct{ dir string }

// sweep removes what a power cut left of a write.
func (f files) sweep() error {
	left, err := filepath.Glob(filepath.Join(f.dir, unfinished+"*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func (f files) read(name string, v any) error {
	path := filepath.Join(f.dir, name)
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	if st.Size() > maxFile {
		return fmt.Errorf("%s has %d bytes", path, st.Size())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// write replaces a file in one step: after a power cut it is the old or the new one.
func (f files) write(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.dir, unfinished+"*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already after a rename
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), filepath.Join(f.dir, name)); err != nil {
		return err
	}
	return syncDir(f.dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

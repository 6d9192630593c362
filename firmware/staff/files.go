package staff

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/uplink/wire"
)

const (
	rosterFile = "roster.json"
	triesFile  = "tries.json"

	maxFile = 2 * wire.MaxControl // bytes
)

// Sealed keeps a secret in a file that opens on this board only: a *boardkey.Board. Write is
// durable, and leaves the old or the new file after a power cut.
type Sealed interface {
	Read(path, purpose string) ([]byte, error)
	Write(path, purpose string, secret []byte) error
	Seal(path, purpose string) (boardkey.Way, error)
}

// files is a folder of small JSON files that survive a power cut.
type files struct {
	dir    string
	sealed Sealed
}

// readRoster reads the roster. Its hashes of PINs can be searched, so that it is sealed.
func (f files) readRoster(into *wire.Signed) error {
	b, err := f.sealed.Read(filepath.Join(f.dir, rosterFile), boardkey.Roster)
	if err != nil {
		return err
	}

	return json.Unmarshal(b, into)
}

func (f files) seal() error {
	_, err := f.sealed.Seal(filepath.Join(f.dir, rosterFile), boardkey.Roster)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	return err
}

func (f files) writeRoster(s wire.Signed) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}

	return f.sealed.Write(filepath.Join(f.dir, rosterFile), boardkey.Roster, b)
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
	return durable.Replace(filepath.Join(f.dir, name), b)
}

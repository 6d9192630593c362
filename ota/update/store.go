package update

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Store keeps small files. A file is replaced as a whole and durably: after a power
// cut it is the old or the new one.
type Store interface {
	// Load reads a file; one that is absent is fs.ErrNotExist.
	Load(name string) ([]byte, error)
	Save(name string, data []byte) error
}

// Folder is a Store in a folder.
type Folder string

var _ Store = Folder("")

// Load implements Store.
func (d Folder) Load(name string) ([]byte, error) { return os.ReadFile(filepath.Join(string(d), name)) }

// Save implements Store: a new file, synced, takes the old one's name, and then the
// folder is synced.
func (d Folder) Save(name string, data []byte) error {
	path := filepath.Join(string(d), name)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	dir, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// load reads a file of the store; one that is absent leaves v as it is.
func (b *Board) load(name string, v any) error {
	data, err := b.Store.Load(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", name, err)
	}
	return nil
}

// save replaces a file of the store.
func (b *Board) save(name string, v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		err = b.Store.Save(name, data)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

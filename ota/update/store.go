package update

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
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

// Save implements Store.
func (d Folder) Save(name string, data []byte) error {
	return durable.Replace(filepath.Join(string(d), name), data)
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

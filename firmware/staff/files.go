package staff

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/uplink/wire"
)

const (
	rosterFile = "roster.json"
	triesFile  = "tries.json"

	maxFile = 2 * wire.MaxControl // bytes
)

// files is a folder of small JSON files that survive a power cut.
type files struct{ dir string }

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

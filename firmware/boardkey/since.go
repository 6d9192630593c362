package boardkey

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"wattkiosk/boards/ground/durable"
)

// sinceFile, in the kiosk's state folder, has the first build that ran here and opens what is
// sealed.
const sinceFile = "keys-since"

// Since is the first build that ran on this board and opens what is sealed, as the state folder
// has it: build, which is then written down, if none has said so. 0 is not known yet.
func Since(stateDir string, build uint64) (uint64, error) {
	path := filepath.Join(stateDir, sinceFile)
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	case !errors.Is(err, fs.ErrNotExist):
		return 0, err
	case build == 0:
		return 0, nil
	}
	if err := durable.MakeFolder(stateDir); err != nil {
		return 0, err
	}

	return build, durable.Create(path, strconv.AppendUint(nil, build, 10))
}

package ca

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"wattkiosk/boards/ground/durable"
)

// Marks are the incarnations that were given to kiosks, one small file for each beside the
// keys: books out of a backup do not take them back. They are safe for concurrent use by one
// process; of several that give one kiosk an incarnation at the same time the books let
// through only one.
type Marks struct {
	dir string
	mu  sync.Mutex
}

// OpenMarks opens the marks in an authority's folder.
func OpenMarks(dir string) (*Marks, error) {
	m := &Marks{dir: filepath.Join(dir, "incarnations")}
	if err := durable.MakeFolder(m.dir); err != nil {
		return nil, fmt.Errorf("cannot make folder of incarnations: %w", err)
	}

	return m, nil
}

// Given is the highest incarnation of a kiosk that is marked; false where none is.
func (m *Marks) Given(kiosk string) (uint8, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.given(kiosk)
}

func (m *Marks) given(kiosk string) (uint8, bool, error) {
	if !isKiosk(kiosk) {
		return 0, false, fmt.Errorf("kiosk %.80q: not %d digits", kiosk, kioskDigits)
	}
	b, err := os.ReadFile(filepath.Join(m.dir, kiosk))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 8)
	if err != nil {
		return 0, false, fmt.Errorf("%s: not an incarnation", filepath.Join(m.dir, kiosk))
	}

	return uint8(n), true, nil
}

// Give marks an incarnation, durably. A lower one than is marked changes nothing.
func (m *Marks) Give(kiosk string, incarnation uint8) error {
	m.mu.Lock()
	defer m.mu.Unlock()

	last, any, err := m.given(kiosk)
	if err != nil || any && last >= incarnation {
		return err
	}

	return durable.Replace(filepath.Join(m.dir, kiosk), fmt.Appendln(nil, incarnation))
}

package depot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aead.dev/minisign"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/stored"
)

// Bounds of a Depot.
const (
	MaxBundle = 4 << 30 // bytes of one file
	MaxFiles  = 500

	suffix     = ".wkb"
	staleAfter = 24 * time.Hour // an upload that nobody is at any more
)

// ErrBundle says that a file is not a bundle that may be kept.
var ErrBundle = errors.New("bundle refused")

// Depot is a folder of bundles. It is safe for concurrent use, also by several
// processes.
type Depot struct {
	dir   string
	roots []minisign.PublicKey
	now   func() time.Time
}

// Open makes the folder if there is none, and removes uploads that were never
// finished. roots are the keys that release keys are signed with; none means that
// signatures are not checked. now is the time that bundles must not have expired
// at.
func Open(dir string, roots []minisign.PublicKey, now func() time.Time) (*Depot, error) {
	if err := durable.MakeFolder(dir); err != nil {
		return nil, fmt.Errorf("cannot make depot: %w", err)
	}
	d := &Depot{dir, roots, now}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read depot: %w", err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !durable.Unfinished(f.Name()) || now().Sub(info.ModTime()) < staleAfter {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("cannot clear depot: %w", err)
		}
	}
	return d, nil
}

// ParseRoot reads a root key in minisign's format.
func ParseRoot(text []byte) (minisign.PublicKey, error) {
	var k minisign.PublicKey
	if err := k.UnmarshalText(text); err != nil {
		return k, fmt.Errorf("cannot read root key: %w", err)
	}
	return k, nil
}

// Put keeps the bundle that r holds, and says what it is. One that is there
// already is checked again and stays. ErrBundle says that it is none, is too
// large, or not signed as it must be.
func (d *Depot) Put(r io.Reader) (rollout.StoredBundle, error) {
	b, err := d.put(r)
	if err != nil {
		return rollout.StoredBundle{}, fmt.Errorf("cannot keep bundle: %w", err)
	}
	return b, nil
}

func (d *Depot) put(r io.Reader) (rollout.StoredBundle, error) {
	var none rollout.StoredBundle
	if err := d.room(); err != nil {
		return none, err
	}
	f, err := durable.Begin(d.dir)
	if err != nil {
		return none, err
	}
	defer f.Discard()

	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, hash), io.LimitReader(r, MaxBundle+1))
	switch {
	case err != nil:
		return none, err
	case size > MaxBundle:
		return none, fmt.Errorf("%w: over %d bytes", ErrBundle, int64(MaxBundle))
	}
	b, err := d.describe(f, size)
	if err != nil {
		return none, err
	}
	b.SHA256, b.Size = hex.EncodeToString(hash.Sum(nil)), size
	return b, f.Replace(d.path(b.SHA256))
}

func (d *Depot) room() error {
	files, err := os.ReadDir(d.dir)
	if err == nil && len(files) >= MaxFiles {
		err = fmt.Errorf("%w: the depot is full with %d files", ErrBundle, len(files))
	}
	return err
}

func (d *Depot) path(sha256 string) string { return filepath.Join(d.dir, sha256+suffix) }

// File opens a bundle for reading; stored.ErrNotFound if it is not there.
func (d *Depot) File(sha256 string) (*os.File, error) {
	if !isDigest(sha256) {
		return nil, stored.ErrNotFound
	}
	f, err := os.Open(d.path(sha256))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, stored.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open bundle: %w", err)
	}
	return f, nil
}

func isDigest(s string) bool {
	return len(s) == hex.EncodedLen(sha256.Size) && strings.Trim(s, "0123456789abcdef") == ""
}

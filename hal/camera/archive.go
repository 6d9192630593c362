package camera

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/nacl/box"

	"wattkiosk/boards/ground/durable"
)

// Key is an X25519 key, public or private.
type Key = [32]byte

// suffix ends the name of a sealed still.
const suffix = ".jpg.sealed"

var nameOK = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// Archive is the folder of sealed stills. Its methods may be called from one
// goroutine at a time.
type Archive struct {
	Dir       string
	To        *Key          // head office's public key
	Retention time.Duration // age at which a still goes
	MaxBytes  int64         // of all stills together
}

// Store seals a still under the name of its transaction and note. It is durable
// when Store returns; a second still of the same name replaces the first.
func (a Archive) Store(name string, still []byte) error {
	if !nameOK.MatchString(name) {
		return fmt.Errorf("cannot store still: %.70q is no name", name)
	}
	if len(still) > MaxFrame {
		return fmt.Errorf("cannot store still %s: %d bytes, at most %d", name, len(still), MaxFrame)
	}

	sealed, err := box.SealAnonymous(nil, still, a.To, rand.Reader)
	if err != nil {
		return fmt.Errorf("cannot seal still %s: %w", name, err)
	}
	if err := durable.MakeFolder(a.Dir); err != nil {
		return fmt.Errorf("cannot store still %s: %w", name, err)
	}
	if err := durable.Replace(filepath.Join(a.Dir, name+suffix), sealed); err != nil {
		return fmt.Errorf("cannot store still %s: %w", name, err)
	}
	return nil
}

// Prune deletes what is too old, then the oldest until the rest fits MaxBytes, and
// what a power cut left half-written. It returns how many stills went.
func (a Archive) Prune(now time.Time) (gone int, err error) {
	entries, err := os.ReadDir(a.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("cannot prune stills: %w", err)
	}

	var kept []fs.FileInfo
	var errs []error
	remove := func(name string) {
		if err := os.Remove(filepath.Join(a.Dir, name)); err != nil {
			errs = append(errs, err)
			return
		}
		gone++
	}

	for _, e := range entries {
		st, err := e.Info()
		switch {
		case err != nil:
			errs = append(errs, err)
		case durable.Unfinished(e.Name()):
			if now.Sub(st.ModTime()) > time.Hour {
				errs = append(errs, os.Remove(filepath.Join(a.Dir, e.Name())))
			}
		case !strings.HasSuffix(e.Name(), suffix):
		case now.Sub(st.ModTime()) >= a.Retention:
			remove(e.Name())
		default:
			kept = append(kept, st)
		}
	}

	slices.SortFunc(kept, func(x, y fs.FileInfo) int { return y.ModTime().Compare(x.ModTime()) }) // newest first
	var total int64
	for _, st := range kept {
		if total += st.Size(); total > a.MaxBytes {
			remove(st.Name())
		}
	}

	if err := errors.Join(errs...); err != nil {
		return gone, fmt.Errorf("cannot prune stills: %w", err)
	}
	return gone, nil
}

// Record takes a still and stores it.
func (a Archive) Record(ctx context.Context, s Shutter, name string) error {
	b, err := s.Take(ctx)
	if err != nil {
		return err
	}
	return a.Store(name, b)
}

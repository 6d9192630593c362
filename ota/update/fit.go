package update

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
)

// Refusal is why a bundle does not fit this board.
type Refusal struct {
	// Code is stable: wrong-board, wrong-variant, not-newer, floor, data-format,
	// failed-before, too-large, incomplete, on-trial, going-back, not-there.
	Code   string
	Detail string
}

// Error is a sentence for people.
func (r *Refusal) Error() string { return r.Detail }

func refuse(code, format string, args ...any) error {
	return &Refusal{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Code is the stable code of a refusal, or "" for another error.
func Code(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return string(e.Code)
	}
	return ""
}

// Check opens a bundle and checks that it may be installed here. A person may ask
// again for a build that has failed before. Where the file itself cannot be read
// the error is that of reading, and no refusal. A bundle beside an error is one
// whose signatures hold, to be shown and not to be installed.
func (b *Board) Check(r io.ReaderAt, size int64, asked bool) (*bundle.Bundle, error) {
	bd, err := b.Trusted(r, size)
	if err != nil {
		return bd, err
	}
	return bd, b.fits(bd.Manifest(), asked)
}

// Trusted opens a bundle and checks its signatures, and that it is for this kind of
// board. What else it must fulfil is for whoever installs it.
func (b *Board) Trusted(r io.ReaderAt, size int64) (*bundle.Bundle, error) {
	var seen keyringSeen
	if err := b.load("keyring.json", &seen); err != nil {
		return nil, err
	}
	src := &watched{ReaderAt: r}
	bd, err := bundle.Open(src, size, bundle.Trust{Roots: b.Roots, Rotated: seen.Roots, KeyringVersion: seen.Version, Fleet: b.Fleet, Now: b.Now()})
	if src.broken != nil {
		return nil, fmt.Errorf("cannot read the bundle: %w", src.broken)
	}
	if err != nil {
		return nil, err
	}
	switch m := bd.Manifest(); {
	case m.Board != b.Release.Board && m.Board != "*":
		return bd, refuse("wrong-board", "the bundle is for board %s; this is %s", m.Board, b.Release.Board)
	case m.Variant != "" && m.Variant != b.Release.Variant:
		return bd, refuse("wrong-variant", "the bundle is for the %s image; this is the %s one", m.Variant, b.Release.Variant)
	}
	return bd, bd.Locked()
}

// keyringSeen is the newest keyring that was ever accepted, and the newest set of
// root keys if it is not the image's.
type keyringSeen struct {
	Version uint64
	Roots   *bundle.Roots `json:",omitempty"`
}

// Accept remembers which keys a bundle came with, so that older ones are refused
// from now on.
func (b *Board) Accept(bd *bundle.Bundle) error {
	seen := keyringSeen{Version: bd.Keyring().Version}
	if roots := bd.Roots(); roots.Version > 1 {
		seen.Roots = &roots
	}
	return b.save("keyring.json", seen)
}

// watched is a bundle's file that remembers whether reading it failed.
type watched struct {
	io.ReaderAt
	broken error
}

// ReadAt implements io.ReaderAt.
func (s *watched) ReadAt(p []byte, at int64) (int, error) {
	n, err := s.ReaderAt.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) {
		s.broken = err
	}
	return n, err
}

func (b *Board) fits(m manifest.Manifest, asked bool) error {
	s, err := b.State()
	if err != nil {
		return err
	}
	if err := b.aboveFloor(s, m.Build); err != nil {
		return err
	}
	var failed []uint64
	if err := b.load("failed.json", &failed); err != nil {
		return err
	}
	now := b.Release
	switch {
	case m.Build <= now.Build:
		return refuse("not-newer", "build %d is not newer than build %d, which runs", m.Build, now.Build)
	case now.Data.Writes < m.Data.ReadsFrom || now.Data.Writes > m.Data.Reads:
		return refuse("data-format", "build %d cannot read this board's journal (format %d)", m.Build, now.Data.Writes)
	case m.Data.Writes > now.Data.Reads:
		return refuse("data-format", "build %d writes a journal (format %d) that build %d could not read if it fell back", m.Build, m.Data.Writes, now.Build)
	case slices.Contains(failed, m.Build) && !asked:
		return refuse("failed-before", "build %d has failed on this board before", m.Build)
	}
	return b.free(s)
}

// free refuses while the other slot may not be touched.
func (b *Board) free(s slot.State) error {
	switch {
	case b.OnTrial(s):
		return refuse("on-trial", "build %d is on trial; wait until it is settled", b.Release.Build)
	case b.Running.Mode == slot.Good && s.Good != b.Running.Slot:
		return refuse("going-back", "the next start is into slot %s; restart first", s.Good)
	}
	return nil
}

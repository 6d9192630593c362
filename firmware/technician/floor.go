package technician

import (
	"errors"
	"fmt"
	"io/fs"

	"wattkiosk/ota/tpmfloor"
	"wattkiosk/ota/update"
)

// keptFile, among the updates' files, says that the floor was put into the TPM once:
// from then on a board whose TPM does not tell it installs nothing.
const keptFile = "tpm-floor"

// useTPM has a board use the floor in its TPM, if it has one. The caller has the
// board's lock. A TPM that does not answer stops installations, and nothing else: who
// asks for the floor gets its error.
func useTPM(b *update.Board) {
	had, err := kept(b)
	if err != nil {
		b.Floor = broken{err}
		return
	}
	tpm, err := tpmfloor.Open(tpmfloor.Device) // open until the process ends
	switch {
	case errors.Is(err, fs.ErrNotExist) && !had: // a board without one
	case err != nil:
		b.Floor = broken{err}
	default:
		b.Floor = floorIn(b, tpm, had)
	}
}

// kept reports whether the floor was put into a TPM once.
func kept(b *update.Board) (bool, error) {
	_, err := b.Store.Load(keptFile)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// counter is a TPM that may keep the floor.
type counter interface {
	update.Floor
	Provision(floor uint64) error
}

// floorIn is the floor in a TPM, which is put there the first time. A TPM that had
// another life and stands above every build is left alone: nil.
func floorIn(b *update.Board, tpm counter, had bool) update.Floor {
	if had {
		return tpm
	}

	s, err := b.State()
	if err == nil {
		err = tpm.Provision(s.Floor)
	}

	if errors.Is(err, tpmfloor.ErrAhead) {
		return nil
	}

	if err == nil {
		err = b.Store.Save(keptFile, []byte("1"))
	}

	if err != nil {
		return broken{err}
	}

	return tpm
}

// broken is a floor that cannot be read.
type broken struct{ err error }

func (f broken) Read() (uint64, error) { return 0, f.err }

func (f broken) Raise(uint64) error { return fmt.Errorf("cannot raise the floor: %w", f.err) }

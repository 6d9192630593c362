package tpmfloor

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
)

// Index is the counter's place in the TPM, in the owner's range.
const Index = tpm2.TPMHandle(0x01576B01)

// Device is where Linux has the TPM, behind its resource manager.
const Device = "/dev/tpmrm0"

// MaxRaise is the most that the floor goes up at once. Each step is a write of the
// TPM's memory, which takes some milliseconds.
const MaxRaise = 1 << 16

// Errors that a caller may want to tell apart.
var (
	ErrNotProvisioned = errors.New("the TPM has no floor of this board")
	ErrAhead          = errors.New("the TPM's counters stand above the floor") // Provision only
)

// Floor is the floor in one TPM.
type Floor struct{ tpm transport.TPM }

// New uses a TPM.
func New(tpm transport.TPM) *Floor { return &Floor{tpm} }

// Open uses the TPM of a board; see Device. An absent one is fs.ErrNotExist. Close
// gives it back.
func Open(device string) (*Floor, error) {
	tpm, err := linuxtpm.Open(device)
	if err != nil {
		return nil, fmt.Errorf("cannot open the TPM: %w", err)
	}
	return New(tpm), nil
}

// Close closes a TPM that Open opened.
func (f *Floor) Close() error {
	if c, ok := f.tpm.(transport.TPMCloser); ok {
		return c.Close()
	}
	return nil
}

// attributes of the counter: to be read and raised by whoever may use the TPM, and
// outside of its protection against guessing, which could lock it.
func attributes(written bool) tpm2.TPMANV {
	return tpm2.TPMANV{
		OwnerWrite: true, AuthWrite: true, OwnerRead: true, AuthRead: true, NoDA: true, NT: tpm2.TPMNTCounter, Written: written,
	}
}

// Provision makes the counter and raises it to floor, unless it is there: then it
// only raises. A TPM that had other counters may stand above floor from the
// beginning; then nothing is made, and the error is ErrAhead.
func (f *Floor) Provision(floor uint64) error {
	if _, err := f.Read(); !errors.Is(err, ErrNotProvisioned) {
		if err != nil {
			return err
		}
		return f.Raise(floor)
	}
	public := tpm2.New2B(tpm2.TPMSNVPublic{NVIndex: Index, NameAlg: tpm2.TPMAlgSHA256, Attributes: attributes(false), DataSize: 8})
	if _, err := f.name(); errors.Is(err, ErrNotProvisioned) {
		define := tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHOwner, PublicInfo: public}
		if _, err := define.Execute(f.tpm); err != nil {
			return fmt.Errorf("cannot make the floor in the TPM: %w", err)
		}
	}
	if err := f.step(); err != nil {
		return err
	}
	at, err := f.Read()
	if err != nil {
		return err
	}
	if at > floor {
		return errors.Join(fmt.Errorf("%w: at %d, floor %d", ErrAhead, at, floor), f.remove())
	}
	return f.Raise(floor)
}

// Read is the floor. The error is ErrNotProvisioned if the board has none.
func (f *Floor) Read() (uint64, error) {
	name, err := f.name()
	if err != nil {
		return 0, err
	}
	read := tpm2.NVRead{
		AuthHandle: tpm2.AuthHandle{Handle: Index, Name: name, Auth: tpm2.PasswordAuth(nil)},
		NVIndex:    tpm2.NamedHandle{Handle: Index, Name: name}, Size: 8,
	}
	answer, err := read.Execute(f.tpm)
	if errors.Is(err, tpm2.TPMRCNVUninitialized) { // made, and cut before the first step
		return 0, ErrNotProvisioned
	}
	if err != nil {
		return 0, fmt.Errorf("cannot read the floor in the TPM: %w", err)
	}
	if len(answer.Data.Buffer) != 8 {
		return 0, fmt.Errorf("cannot read the floor in the TPM: %d bytes", len(answer.Data.Buffer))
	}
	return binary.BigEndian.Uint64(answer.Data.Buffer), nil
}

// Raise lifts the floor; a lower one changes nothing. Cut in the middle, it is
// between the old floor and the new one.
func (f *Floor) Raise(to uint64) error {
	at, err := f.Read()
	if err != nil {
		return err
	}
	if to > at && to-at > MaxRaise {
		return fmt.Errorf("cannot raise the floor in the TPM from %d to %d: more than %d at once", at, to, MaxRaise)
	}
	for ; at < to; at++ {
		if err := f.step(); err != nil {
			return err
		}
	}
	return nil
}

func (f *Floor) step() error {
	name, err := f.name()
	if err != nil {
		return err
	}
	up := tpm2.NVIncrement{
		AuthHandle: tpm2.AuthHandle{Handle: Index, Name: name, Auth: tpm2.PasswordAuth(nil)},
		NVIndex:    tpm2.NamedHandle{Handle: Index, Name: name},
	}
	if _, err := up.Execute(f.tpm); err != nil {
		return fmt.Errorf("cannot raise the floor in the TPM: %w", err)
	}
	return nil
}

func (f *Floor) remove() error {
	name, err := f.name()
	if err != nil {
		return err
	}
	undefine := tpm2.NVUndefineSpace{AuthHandle: tpm2.TPMRHOwner, NVIndex: tpm2.NamedHandle{Handle: Index, Name: name}}
	if _, err := undefine.Execute(f.tpm); err != nil {
		return fmt.Errorf("cannot remove the floor from the TPM: %w", err)
	}
	return nil
}

// name asks for the index's name, and refuses an index that is something else: a
// plain one could be written lower.
func (f *Floor) name() (tpm2.TPM2BName, error) {
	answer, err := tpm2.NVReadPublic{NVIndex: Index}.Execute(f.tpm)
	if errors.Is(err, tpm2.TPMRCHandle) {
		return tpm2.TPM2BName{}, ErrNotProvisioned
	}
	if err != nil {
		return tpm2.TPM2BName{}, fmt.Errorf("cannot look at the floor in the TPM: %w", err)
	}
	public, err := answer.NVPublic.Contents()
	if err != nil {
		return tpm2.TPM2BName{}, fmt.Errorf("cannot look at the floor in the TPM: %w", err)
	}
	if a := public.Attributes; (a != attributes(false) && a != attributes(true)) || public.DataSize != 8 {
		return tpm2.TPM2BName{}, fmt.Errorf("index %08x of the TPM is no floor: %+v", uint32(Index), a)
	}
	return answer.NVName, nil
}

package tpmfloor_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"

	"wattkiosk/ota/tpmfloor"
	"wattkiosk/ota/tpmfloor/tpmtest"
)

// start is the TPM of a chip that is on. Off takes the chip's power.
func start(t *testing.T, c *tpmtest.Chip) (tpm transport.TPM, off func()) {
	t.Helper()
	tpm, err := linuxudstpm.Open(c.Device())
	if err != nil {
		t.Fatal(err)
	}
	return tpm, c.Off
}

func read(t *testing.T, f *tpmfloor.Floor, want uint64) {
	t.Helper()
	if got, err := f.Read(); err != nil || got != want {
		t.Errorf("%d %v, want %d", got, err, want)
	}
}

func TestFloor(t *testing.T) {
	c := tpmtest.New(t)
	tpm, off := start(t, c)
	f := tpmfloor.New(tpm)
	if _, err := f.Read(); !errors.Is(err, tpmfloor.ErrNotProvisioned) {
		t.Errorf("a new chip: %v", err)
	}
	if err := f.Raise(3); !errors.Is(err, tpmfloor.ErrNotProvisioned) {
		t.Errorf("a new chip: %v", err)
	}
	if err := f.Provision(7); err != nil {
		t.Fatal(err)
	}
	read(t, f, 7)
	for _, to := range []uint64{12, 9, 0, 12} { // it never falls
		if err := f.Raise(to); err != nil {
			t.Fatal(err)
		}
		read(t, f, 12)
	}
	if err := f.Raise(12 + tpmfloor.MaxRaise + 1); err == nil {
		t.Error("it was raised beyond the bound")
	}
	off()
	c.On()
	tpm, off = start(t, c)
	defer off()
	f = tpmfloor.New(tpm)
	read(t, f, 12)
	if err := f.Provision(13); err != nil { // it is there: the same as Raise
		t.Fatal(err)
	}
	read(t, f, 13)
}

// TestRemoved: whoever removes the counter cannot make a lower one.
func TestRemoved(t *testing.T) {
	tpm, off := start(t, tpmtest.New(t))
	defer off()
	f := tpmfloor.New(tpm)
	if err := f.Provision(20); err != nil {
		t.Fatal(err)
	}
	remove(t, tpm)
	if _, err := f.Read(); !errors.Is(err, tpmfloor.ErrNotProvisioned) {
		t.Errorf("%v", err)
	}
	if err := f.Provision(5); !errors.Is(err, tpmfloor.ErrAhead) {
		t.Errorf("%v", err)
	}
	if err := f.Provision(30); err != nil {
		t.Fatal(err)
	}
	read(t, f, 30)
}

// TestForeignIndex: an index that can be written at will is not taken for the floor.
func TestForeignIndex(t *testing.T) {
	tpm, off := start(t, tpmtest.New(t))
	defer off()
	define := tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHOwner, PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{
		NVIndex: tpmfloor.Index, NameAlg: tpm2.TPMAlgSHA256, DataSize: 8,
		Attributes: tpm2.TPMANV{OwnerWrite: true, AuthWrite: true, OwnerRead: true, AuthRead: true, NoDA: true, NT: tpm2.TPMNTOrdinary},
	})}
	if _, err := define.Execute(tpm); err != nil {
		t.Fatal(err)
	}
	f := tpmfloor.New(tpm)
	for _, err := range []error{f.Provision(1), f.Raise(1)} {
		if err == nil || errors.Is(err, tpmfloor.ErrNotProvisioned) {
			t.Errorf("%v", err)
		}
	}
}

func remove(t *testing.T, tpm transport.TPM) {
	t.Helper()
	public, err := tpm2.NVReadPublic{NVIndex: tpmfloor.Index}.Execute(tpm)
	if err != nil {
		t.Fatal(err)
	}
	undefine := tpm2.NVUndefineSpace{AuthHandle: tpm2.TPMRHOwner, NVIndex: tpm2.NamedHandle{Handle: tpmfloor.Index, Name: public.NVName}}
	if _, err := undefine.Execute(tpm); err != nil {
		t.Fatal(err)
	}
}

func TestNoTPM(t *testing.T) {
	if _, err := tpmfloor.Open(filepath.Join(t.TempDir(), "tpmrm0")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

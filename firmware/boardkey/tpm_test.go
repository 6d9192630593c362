package boardkey_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/ota/tpmfloor/tpmtest"
)

// TestStorageKeyIsKept: the TPM keeps it, so that a start need not make it; a board on which
// somebody took it out, or put another one there, opens all the same.
func TestStorageKeyIsKept(t *testing.T) {
	chip := tpmtest.New(t)
	path := filepath.Join(t.TempDir(), "key")
	cfg := boardkey.Config{TPM: chip.Device()}
	if err := boardkey.New(cfg).Write(path, boardkey.JournalKey, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	tpm, err := linuxudstpm.Open(chip.Device())
	if err != nil {
		t.Fatal(err)
	}
	const at = tpm2.TPMHandle(0x81000001)
	owner := tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)}
	kept, err := tpm2.ReadPublic{ObjectHandle: at}.Execute(tpm)
	if err != nil {
		t.Fatal(err)
	}
	opens(t, boardkey.New(cfg), path)

	gone := tpm2.EvictControl{Auth: owner, ObjectHandle: &tpm2.NamedHandle{Handle: at, Name: kept.Name}, PersistentHandle: at}
	if _, err := gone.Execute(tpm); err != nil {
		t.Fatal(err)
	}
	opens(t, boardkey.New(cfg), path)

	other := tpm2.ECCSRKTemplate
	other.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{X: tpm2.TPM2BECCParameter{Buffer: make([]byte, 32)}, Y: tpm2.TPM2BECCParameter{Buffer: []byte{31: 1}}})
	made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(other)}.Execute(tpm)
	if err != nil {
		t.Fatal(err)
	}
	put := tpm2.EvictControl{Auth: owner, ObjectHandle: &tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name}, PersistentHandle: at}
	if _, err := put.Execute(tpm); err != nil {
		t.Fatal(err)
	}
	if _, err := (tpm2.FlushContext{FlushHandle: made.ObjectHandle}).Execute(tpm); err != nil {
		t.Fatal(err)
	}
	opens(t, boardkey.New(cfg), path)
	chip.Off()
	chip.On()
	opens(t, boardkey.New(cfg), path)
}

package boardkey

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// Sessions with the TPM: what goes to and fro is encrypted on the bus, under a salt that
// the storage key alone reads.
const (
	nonceSize   = 16
	sessionBits = 128
)

// openTPM opens the device at path, or connects with a simulated one.
func openTPM(path string) (transport.TPMCloser, error) {
	if path == "" {
		return nil, fs.ErrNotExist
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	open := linuxtpm.Open
	if st.Mode()&fs.ModeSocket != 0 {
		open = linuxudstpm.Open
	}
	tpm, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the TPM: %w", err)
	}

	return tpm, nil
}

// keptKey is where the storage key is kept in the TPM, as the TCG's provisioning guidance has
// it: making it again at each start would take tenths of a second.
const keptKey = tpm2.TPMHandle(0x81000001)

// storage is a storage key in a TPM.
type storage struct {
	tpm    transport.TPM
	handle tpm2.TPMHandle
	name   tpm2.TPM2BName
	public *tpm2.TPMTPublic
}

// keptStorage is the storage key that is kept in the TPM; false where there is none.
func keptStorage(tpm transport.TPM) (storage, bool) {
	at, err := tpm2.ReadPublic{ObjectHandle: keptKey}.Execute(tpm)
	if err != nil {
		return storage{}, false
	}
	public, err := at.OutPublic.Contents()
	if err != nil || public.Type != tpm2.TPMAlgECC || public.ObjectAttributes != tpm2.ECCSRKTemplate.ObjectAttributes {
		return storage{}, false
	}

	return storage{tpm, keptKey, at.Name, public}, true
}

// makeStorage makes the storage primary of the owner hierarchy, which is the same each time
// until the TPM is cleared. The caller owes it a forget.
func makeStorage(tpm transport.TPM) (storage, error) {
	key, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(tpm)
	if err != nil {
		return storage{}, fmt.Errorf("the TPM makes no storage key: %w", err)
	}
	s := storage{tpm: tpm, handle: key.ObjectHandle, name: key.Name}
	if s.public, err = key.OutPublic.Contents(); err != nil {
		s.forget()
		return storage{}, fmt.Errorf("the TPM's storage key cannot be read: %w", err)
	}

	return s, nil
}

// keep has the TPM keep the key. One that has no room, or something else in that place, makes
// it at each start.
func (s storage) keep() {
	_, _ = tpm2.EvictControl{
		Auth:         tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		ObjectHandle: &tpm2.NamedHandle{Handle: s.handle, Name: s.name}, PersistentHandle: keptKey,
	}.Execute(s.tpm)
}

// forget takes the key out of the TPM's memory.
func (s storage) forget() { forgetIn(s.tpm, s.handle) }

// forgetIn takes an object out of the TPM's memory; behind a resource manager it goes with
// the connection.
func forgetIn(tpm transport.TPM, object tpm2.TPMHandle) {
	_, _ = tpm2.FlushContext{FlushHandle: object}.Execute(tpm) // it goes at the latest when the TPM starts
}

func wrapTPM(path string, secret []byte) ([]byte, error) {
	tpm, err := openTPM(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tpm.Close() }() // nothing is kept in it
	s, err := makeStorage(tpm)
	if err != nil {
		return nil, err
	}
	defer s.forget()
	s.keep()

	return s.seal(secret)
}

func (s storage) seal(secret []byte) ([]byte, error) {
	session := tpm2.HMAC(tpm2.TPMAlgSHA256, nonceSize, tpm2.AESEncryption(sessionBits, tpm2.EncryptIn), tpm2.Salted(s.handle, *s.public))
	made, err := tpm2.Create{
		ParentHandle: tpm2.AuthHandle{Handle: s.handle, Name: s.name, Auth: session},
		InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
			Data: tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{Buffer: secret}),
		}},
		InPublic: tpm2.New2B(tpm2.TPMTPublic{
			Type: tpm2.TPMAlgKeyedHash, NameAlg: tpm2.TPMAlgSHA256,
			ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, UserWithAuth: true, NoDA: true},
		}),
	}.Execute(s.tpm)
	if err != nil {
		return nil, fmt.Errorf("the TPM seals nothing: %w", err)
	}

	return join(made.OutPublic.Bytes(), made.OutPrivate.Buffer), nil
}

// unwrapTPM opens by the key that is kept, or by the one that the TPM makes, which is the
// same unless somebody put another one there.
func unwrapTPM(path string, wrapped []byte) ([]byte, error) {
	public, private, err := split(wrapped)
	if err != nil {
		return nil, err
	}
	tpm, err := openTPM(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tpm.Close() }() // nothing is kept in it
	if s, ok := keptStorage(tpm); ok {
		if secret, err := s.open(public, private); err == nil {
			return secret, nil
		}
	}
	s, err := makeStorage(tpm)
	if err != nil {
		return nil, err
	}
	defer s.forget()

	return s.open(public, private)
}

func (s storage) open(public, private []byte) ([]byte, error) {
	object, err := tpm2.Load{
		ParentHandle: tpm2.AuthHandle{Handle: s.handle, Name: s.name, Auth: tpm2.PasswordAuth(nil)},
		InPrivate:    tpm2.TPM2BPrivate{Buffer: private}, InPublic: tpm2.BytesAs2B[tpm2.TPMTPublic](public),
	}.Execute(s.tpm)
	switch {
	case errors.Is(err, tpm2.TPMRCIntegrity):
		return nil, fmt.Errorf("%w, or the TPM was cleared since", ErrOtherBoard)
	case err != nil:
		return nil, fmt.Errorf("the TPM does not take it: %w", err)
	}
	defer forgetIn(s.tpm, object.ObjectHandle)

	session := tpm2.HMAC(tpm2.TPMAlgSHA256, nonceSize, tpm2.AESEncryption(sessionBits, tpm2.EncryptOut), tpm2.Salted(s.handle, *s.public))
	out, err := tpm2.Unseal{ItemHandle: tpm2.AuthHandle{Handle: object.ObjectHandle, Name: object.Name, Auth: session}}.Execute(s.tpm)
	if err != nil {
		return nil, fmt.Errorf("the TPM opens nothing: %w", err)
	}
	if len(out.OutData.Buffer) != rootSize {
		return nil, ErrDamaged
	}

	return out.OutData.Buffer, nil
}

// join puts both parts of a sealed object after the length of the first.
func join(public, private []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(public)))
	return append(append(b, public...), private...)
}

func split(b []byte) (public, private []byte, err error) {
	if len(b) < 2 {
		return nil, nil, ErrDamaged
	}
	n := int(binary.BigEndian.Uint16(b))
	if len(b) < 2+n {
		return nil, nil, ErrDamaged
	}

	return b[2 : 2+n], b[2+n:], nil
}

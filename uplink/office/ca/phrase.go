package ca

import (
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"wattkiosk/boards/ground/durable"
)

// A sealed key is a PEM block of this type: a salt, a nonce, and the key's own PEM under
// XChaCha20-Poly1305 with a key that Argon2id makes of the passphrase and the salt. The
// type is the additional data.
const (
	typeSealed = "WATTKIOSK SEALED KEY"

	saltSize     = 16
	phrasePasses = 3
	phraseKiB    = 64 << 10
	// MinPassphrase is how many bytes a passphrase has at least.
	MinPassphrase = 16
)

// Errors of passphrases.
var (
	ErrSealed     = errors.New("the key is sealed, and no passphrase is given")
	ErrPassphrase = errors.New("the passphrase is not the one that the key was sealed with")
	ErrNotSealed  = errors.New("a passphrase is given, and the key is not sealed: seal it first")
)

// phrase is a passphrase; none is that keys lie as they are.
type phrase []byte

func (p phrase) cipher(salt []byte) []byte {
	return argon2.IDKey(p, salt, phrasePasses, phraseKiB, 1, chacha20poly1305.KeySize)
}

func (p phrase) seal(key []byte) ([]byte, error) {
	if len(p) == 0 {
		return key, nil
	}
	head := make([]byte, saltSize+chacha20poly1305.NonceSizeX)
	if _, err := rand.Read(head); err != nil {
		return nil, fmt.Errorf("cannot seal: %w", err)
	}
	aead, err := chacha20poly1305.NewX(p.cipher(head[:saltSize]))
	if err != nil {
		return nil, fmt.Errorf("cannot seal: %w", err)
	}

	return encode(typeSealed, aead.Seal(head, head[saltSize:], key, []byte(typeSealed))), nil
}

func (p phrase) open(data []byte) ([]byte, error) {
	sealed := isSealed(data)
	switch {
	case !sealed && len(p) == 0:
		return data, nil
	case !sealed:
		return nil, ErrNotSealed
	case len(p) == 0:
		return nil, ErrSealed
	}
	b, err := oneBlock(data, typeSealed)
	if err != nil {
		return nil, err
	}
	if len(b) < saltSize+chacha20poly1305.NonceSizeX {
		return nil, errors.New("the sealed key is cut short")
	}
	aead, err := chacha20poly1305.NewX(p.cipher(b[:saltSize]))
	if err != nil {
		return nil, fmt.Errorf("cannot open: %w", err)
	}
	rest := b[saltSize:]
	key, err := aead.Open(nil, rest[:chacha20poly1305.NonceSizeX], rest[chacha20poly1305.NonceSizeX:], []byte(typeSealed))
	if err != nil {
		return nil, ErrPassphrase
	}

	return key, nil
}

func isSealed(data []byte) bool {
	b, _ := pem.Decode(data)
	return b != nil && b.Type == typeSealed
}

// Seal puts the keys in dir under a passphrase. Each file is replaced whole and durably;
// those that are sealed already must be under the same one.
func Seal(dir string, passphrase []byte) error {
	if len(passphrase) < MinPassphrase {
		return fmt.Errorf("cannot seal keys: a passphrase has %d bytes at least", MinPassphrase)
	}
	for _, name := range []string{caKey, policyKey, staffKey, spareKey} {
		err := sealFile(filepath.Join(dir, name), passphrase)
		if name == spareKey && errors.Is(err, fs.ErrNotExist) {
			continue // a head office that has never asked for spares: it is made sealed
		}
		if err != nil {
			return fmt.Errorf("cannot seal keys: %w", err)
		}
	}

	return nil
}

func sealFile(path string, p phrase) error {
	data, err := readSecret(path)
	if err != nil {
		return err
	}
	if isSealed(data) {
		_, err = p.open(data)
		return err
	}
	sealed, err := p.seal(data)
	if err != nil {
		return err
	}
	if back, err := p.open(sealed); err != nil || !bytes.Equal(back, data) {
		return errors.Join(errors.New("what was sealed does not open"), err)
	}

	return durable.Replace(path, sealed)
}

package boardkey

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"strings"
)

// The format, version 1: a PEM block with the headers Version, Way, For and, of way board,
// Ids. Its bytes are the length of the wrapped root (2, big-endian), the wrapped root, and
// nonce and text of AES-256-GCM. The headers are part of the seal.
const (
	pemType = "WATTKIOSK SEALED"
	version = "1"
	begin   = "-----BEGIN " + pemType + "-----"

	keyInfo = "wattkiosk board key 1 "
)

// sealed is a sealed file.
type sealed struct {
	way     Way
	purpose string
	ids     string
	wrapped []byte
	body    []byte // nonce and text
}

// Sealed reports whether a file's content is sealed.
func Sealed(text []byte) bool { return bytes.HasPrefix(text, []byte(begin)) }

// parse reads a sealed file; nil is one that lies in clear.
func parse(text []byte) (*sealed, error) {
	if !Sealed(text) {
		return nil, nil
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != pemType || len(bytes.TrimSpace(rest)) > 0 {
		return nil, ErrDamaged
	}
	if v := block.Headers["Version"]; v != version {
		return nil, fmt.Errorf("%w: version %.10q of a sealed file", ErrDamaged, v)
	}
	f := &sealed{way: Way(block.Headers["Way"]), purpose: block.Headers["For"], ids: block.Headers["Ids"]}
	if f.way != TPM && f.way != Bound || len(block.Bytes) < 2 {
		return nil, ErrDamaged
	}
	n := int(binary.BigEndian.Uint16(block.Bytes))
	if len(block.Bytes) < 2+n {
		return nil, ErrDamaged
	}
	f.wrapped, f.body = block.Bytes[2:2+n], block.Bytes[2+n:]

	return f, nil
}

// unseal opens the secret by the root.
func (f *sealed) unseal(root []byte, purpose string) ([]byte, error) {
	if f.purpose != purpose {
		return nil, fmt.Errorf("%w: it is for another purpose, %.40q", ErrDamaged, f.purpose)
	}
	aead, err := sealer(root, keyInfo+purpose)
	if err != nil {
		return nil, err
	}
	n := aead.NonceSize()
	if len(f.body) < n {
		return nil, ErrDamaged
	}
	secret, err := aead.Open(nil, f.body[:n], f.body[n:], headers(f.way, f.purpose, f.ids))
	if err != nil {
		return nil, ErrDamaged
	}

	return secret, nil
}

// seal is the text of a sealed file.
func (r *root) seal(secret []byte, purpose string) ([]byte, error) {
	aead, err := sealer(r.secret, keyInfo+purpose)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	body := binary.BigEndian.AppendUint16(nil, uint16(len(r.wrapped)))
	body = append(append(body, r.wrapped...), nonce...)
	body = aead.Seal(body, nonce, secret, headers(r.way, purpose, r.ids))

	head := map[string]string{"Version": version, "Way": string(r.way), "For": purpose}
	if r.ids != "" {
		head["Ids"] = r.ids
	}

	return pem.EncodeToMemory(&pem.Block{Type: pemType, Headers: head, Bytes: body}), nil
}

// headers is what the seal covers beside the secret.
func headers(way Way, purpose, ids string) []byte {
	return []byte(strings.Join([]string{version, string(way), purpose, ids}, "\n"))
}

func sealer(secret []byte, info string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, info, rootSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}

	return cipher.NewGCM(block)
}

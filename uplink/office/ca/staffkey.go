package ca

import (
	"crypto/ecdh"
	"fmt"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
)

// StaffKey loads the key that the one-time codes of technicians are agreed on with,
// from staff.key in dir, or creates it. If it is lost, kiosks get another half with
// the next roster.
func StaffKey(dir string, opts ...Option) (*ecdh.PrivateKey, error) {
	key, err := openAgreed(folder(dir, opts), staffKey)
	if err != nil {
		return nil, fmt.Errorf("cannot open staff key: %w", err)
	}
	return key, nil
}

// SpareKey loads the key that kiosks seal spares of their journals' keys for, from spare.key
// in dir, or creates it. If it is lost, kiosks leave others; the disks of boards that are dead
// by then stay shut.
func SpareKey(dir string, opts ...Option) (*ecdh.PrivateKey, error) {
	key, err := openAgreed(folder(dir, opts), spareKey)
	if err != nil {
		return nil, fmt.Errorf("cannot open the key of spares: %w", err)
	}
	return key, nil
}

func openAgreed(a *Authority, name string) (*ecdh.PrivateKey, error) {
	if err := durable.MakeFolder(a.dir); err != nil {
		return nil, err
	}
	path := filepath.Join(a.dir, name)
	data, err := a.secretOr(path, func() ([]byte, error) {
		_, fresh, err := newKey()
		return fresh, err
	})
	if err != nil {
		return nil, err
	}
	key, err := parseKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key.ECDH()
}

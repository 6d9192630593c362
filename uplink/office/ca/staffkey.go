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
	key, err := openStaffKey(folder(dir, opts))
	if err != nil {
		return nil, fmt.Errorf("cannot open staff key: %w", err)
	}
	return key, nil
}

func openStaffKey(a *Authority) (*ecdh.PrivateKey, error) {
	if err := durable.MakeFolder(a.dir); err != nil {
		return nil, err
	}
	path := filepath.Join(a.dir, staffKey)
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

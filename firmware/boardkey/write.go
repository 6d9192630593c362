package boardkey

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"wattkiosk/boards/ground/durable"
)

// Write puts a secret into a file, durably, in the best way that works on this board.
func (b *Board) Write(path, purpose string, secret []byte) error {
	if way, err := WayOf(path); b.held.Load() && (err != nil || way == Clear) {
		return durable.Replace(path, secret)
	}
	text, _, err := b.seal(secret, purpose, Clear)
	if err != nil {
		return err
	}

	return durable.Replace(path, text)
}

// Create is Write for a file that is not there: one that is stays, and the error is
// fs.ErrExist. While Hold lasts it lies in clear.
func (b *Board) Create(path, purpose string, secret []byte) error {
	text, err := secret, error(nil)
	if !b.held.Load() {
		text, _, err = b.seal(secret, purpose, Clear)
	}
	if err != nil {
		return err
	}

	return durable.Create(path, text)
}

// ReadKey is Read of a key of the kiosk's certificate (mqttlink.KeyFiles).
func (b *Board) ReadKey(path string) ([]byte, error) { return b.Read(path, KioskKey) }

// WriteKey is Write of such a key.
func (b *Board) WriteKey(path string, key []byte) error { return b.Write(path, KioskKey, key) }

// SealKey is Seal of such a key. One that is not there is no error.
func (b *Board) SealKey(path string) error {
	_, err := b.Seal(path, KioskKey)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	return err
}

// Exposed reports whether such a key lies in clear, or is sealed in a weaker way than this
// board has.
func (b *Board) Exposed(path string) bool {
	way, err := WayOf(path)

	return err == nil && !b.held.Load() && weaker(way, b.Best())
}

// Seal seals a file where it lies, if it lies in clear or is sealed in a weaker way than
// this board has. Owner and mode stay. It reports how the file is kept afterwards; beside
// an error the file is what it was.
func (b *Board) Seal(path, purpose string) (Way, error) {
	c, err := read(path)
	if err != nil {
		return "", err
	}
	have := c.way()
	if b.held.Load() || !weaker(have, b.Best()) {
		return have, nil
	}

	secret, err := b.open(c, purpose, false)
	if err != nil {
		return have, err
	}
	better, way, err := b.seal(secret, purpose, have)
	if err != nil || !weaker(have, way) {
		return have, err // it stays as good as it is
	}
	err = durable.Exchange(path, better, func(beside string) error { return b.same(beside, purpose, secret) })
	if err != nil {
		return have, fmt.Errorf("cannot seal %s: %w", path, err)
	}

	return way, nil
}

// same opens a file by way of the board itself, and compares.
func (b *Board) same(path, purpose string, secret []byte) error {
	c, err := read(path)
	if err != nil {
		return err
	}
	opened, err := b.open(c, purpose, true)
	if err != nil {
		return err
	}
	if !bytes.Equal(opened, secret) {
		return errors.New("it does not open as it was sealed")
	}

	return nil
}

package boardkey

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"wattkiosk/boards"
)

const (
	boundInfo = "wattkiosk bound to its board 1"
	boundSalt = 16 // bytes
	minNumber = 8  // characters of a number that is taken for one
	maxNumber = 256
)

// numbers are the names of the board's numbers that are there, and the numbers.
func (b *Board) numbers() (ids, numbers string) {
	var names, all []string
	for _, id := range b.cfg.IDs {
		if n, err := number(id); err == nil {
			names, all = append(names, id.Name), append(all, id.Name+"="+n)
		}
	}

	return strings.Join(names, ","), strings.Join(all, "\n")
}

// numbersOf are the numbers of these names.
func (b *Board) numbersOf(ids string) (string, error) {
	var all []string
	for name := range strings.SplitSeq(ids, ",") {
		found := false
		for _, id := range b.cfg.IDs {
			if id.Name != name {
				continue
			}
			n, err := number(id)
			if err != nil {
				return "", fmt.Errorf("it is bound to the board's %s: %w", name, err)
			}
			all, found = append(all, name+"="+n), true
		}
		if !found {
			return "", fmt.Errorf("%w: it is bound to a number that this one does not have, %.20q", ErrOtherBoard, name)
		}
	}

	return strings.Join(all, "\n"), nil
}

// number is a number of the board. What makers leave in place of one is none.
func number(id boards.ID) (string, error) {
	text, err := os.ReadFile(id.Path)
	if err != nil {
		return "", err
	}
	n := strings.Trim(string(text), " \t\r\n\x00")
	if len(n) < minNumber || len(n) > maxNumber || strings.Trim(strings.ToLower(n), n[:1]) == "" {
		return "", fmt.Errorf("%s holds no number", id.Path)
	}

	return n, nil
}

func wrapBound(numbers string, secret []byte) ([]byte, error) {
	salt := make([]byte, boundSalt)
	_, _ = rand.Read(salt) // never fails
	aead, err := sealer([]byte(string(salt)+numbers), boundInfo)
	if err != nil {
		return nil, err
	}

	// A key of a salt of its own seals once: the nonce need not differ.
	return aead.Seal(salt, make([]byte, aead.NonceSize()), secret, nil), nil
}

func unwrapBound(numbers string, wrapped []byte) ([]byte, error) {
	if len(wrapped) < boundSalt {
		return nil, ErrDamaged
	}
	salt, text := wrapped[:boundSalt], wrapped[boundSalt:]
	aead, err := sealer([]byte(string(salt)+numbers), boundInfo)
	if err != nil {
		return nil, err
	}
	secret, err := aead.Open(nil, make([]byte, aead.NonceSize()), text, nil)
	if err != nil || len(secret) != rootSize {
		return nil, ErrOtherBoard
	}

	return secret, nil
}

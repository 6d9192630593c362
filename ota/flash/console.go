package flash

import (
	"encoding/base32"
	"fmt"
	"io"

	"golang.org/x/crypto/bcrypt"
)

// Console is the password of a board's serial console: each board has its own. Only its hash
// goes onto the board; the password itself is known to whoever made it, once.
type Console struct{ hash []byte }

// consoleFile is where a board looks for the hash, on the partition bootName, before it is
// enrolled.
const consoleFile = "console.hash"

// consoleBytes are the random bytes of a password: nobody searches for it, whoever reads the
// hash.
const consoleBytes = 10

// consoleLetters leave out what is taken for something else on a piece of paper.
var consoleLetters = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// NewConsole makes a password, four groups of four letters and digits, and what a board
// checks it by. The password is not kept.
func NewConsole(random io.Reader) (password string, c Console, err error) {
	b := make([]byte, consoleBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", Console{}, fmt.Errorf("cannot make a password: %w", err)
	}
	s := consoleLetters.EncodeToString(b)
	password = s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return "", Console{}, fmt.Errorf("cannot make a password: %w", err)
	}
	return password, Console{hash}, nil
}

// String says nothing of it.
func (c Console) String() string { return "a password of its own" }

// GoString is String.
func (c Console) GoString() string { return c.String() }

// text is the file.
func (c Console) text() []byte { return append(append([]byte(nil), c.hash...), '\n') }

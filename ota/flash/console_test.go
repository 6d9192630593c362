package flash

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestConsole: each board has a password of its own, of 80 random bits, and what the board
// has of it lets that password in and no other; perl asks the system's crypt(3), which is
// what the board's login asks.
func TestConsole(t *testing.T) {
	shape := regexp.MustCompile(`^[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){3}$`)
	var passwords, hashes []string
	for range 2 {
		password, c, err := NewConsole(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !shape.MatchString(password) {
			t.Errorf("password %q", password)
		}
		if said := fmt.Sprintf("%v %+v %#v %s", c, c, c, c); strings.Contains(said, "$2") {
			t.Errorf("it says its hash: %s", said)
		}
		passwords, hashes = append(passwords, password), append(hashes, strings.TrimSpace(string(c.text())))
	}
	if passwords[0] == passwords[1] || hashes[0] == hashes[1] {
		t.Error("two boards have the same")
	}
	crypt := func(password, hash string) string {
		out, err := exec.Command("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, hash).Output()
		if err != nil {
			t.Skipf("no perl: %v", err)
		}
		return string(out)
	}
	for i, hash := range hashes {
		if got := crypt(passwords[i], hash); got != hash {
			t.Errorf("crypt(3) makes %q of the password, the board has %q", got, hash)
		}
		if got := crypt(passwords[1-i], hash); got == hash {
			t.Error("another board's password is let in")
		}
	}
	if _, _, err := NewConsole(bytes.NewReader(make([]byte, consoleBytes-1))); err == nil {
		t.Error("too little randomness")
	}
}

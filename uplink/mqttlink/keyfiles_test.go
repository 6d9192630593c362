package mqttlink

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// shutFiles do not open one of the keys.
type shutFiles struct {
	clearKeys
	shut string
}

var errShut = errors.New("sealed on another board")

func (f shutFiles) ReadKey(path string) ([]byte, error) {
	if filepath.Base(path) == f.shut {
		return nil, errShut
	}
	return f.clearKeys.ReadKey(path)
}

// TestAKeyThatDoesNotOpenIsNotMadeAgain: it may be the newest, and head office takes no
// other.
func TestAKeyThatDoesNotOpenIsNotMadeAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "next-key.pem")
	if err := os.WriteFile(path, []byte("sealed"), 0o600); err != nil {
		t.Fatal(err)
	}
	i := newIdentity(shutFiles{shut: "next-key.pem"}, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), "", nil)
	if _, err := i.nextPrivate(); !errors.Is(err, errShut) {
		t.Errorf("%v, want the reason", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "sealed" {
		t.Errorf("the key is %q now, %v", b, err)
	}
}

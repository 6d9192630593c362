package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// TestMasterKey: it is made once, nobody else reads it, and a damaged file is not taken
// for a key.
func TestMasterKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pinpad.key")
	first, err := masterKey(path)
	if err != nil || first == [16]byte{} {
		t.Fatalf("no key was made: %v", err)
	}
	again, err := masterKey(path)
	if err != nil || again != first {
		t.Errorf("the key is another, %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for _, damaged := range []string{"", "12", hex.EncodeToString(first[:]) + "00", "zz" + hex.EncodeToString(first[:15])} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := masterKey(path); err == nil {
			t.Errorf("%d characters were taken for a key", len(damaged))
		}
	}
}

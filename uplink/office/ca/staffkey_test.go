package ca_test

import (
	"crypto/ecdh"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/uplink/office/ca"
)

func TestStaffKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	a, err := ca.StaffKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ca.StaffKey(dir)
	if err != nil || !a.Equal(b) || a.Curve() != ecdh.P256() {
		t.Errorf("another key, or not on P-256: %v", err)
	}
	path := filepath.Join(dir, "staff.key")
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := ca.StaffKey(dir); err == nil {
		t.Error("a key that others may read was taken")
	}
	if err := os.WriteFile(path, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ca.StaffKey(dir); err == nil {
		t.Error("junk was taken")
	}
}

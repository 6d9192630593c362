package technician

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/ota/tpmfloor/tpmtest"
	"wattkiosk/uplink/mqttlink"
)

// TestAttackKeyOfAnEnrolment: the key that head office certified never lies in clear on a
// board with a TPM, opens there, and on no other; one that an older version left in clear is
// sealed by root.
func TestAttackKeyOfAnEnrolment(t *testing.T) {
	dir := t.TempDir()
	out, chip := filepath.Join(dir, "kiosk.d"), tpmtest.New(t)
	path := filepath.Join(out, "key.pem")
	conf := filepath.Join(dir, "kiosk.toml")
	settings := fmt.Sprintf("kiosk = \"10000001\"\nboard_dir = %q\n\n[keys]\ntpm = %q\n\n[uplink]\nkey = %q\ncert = %q\n", dir, chip.Device(), path, filepath.Join(out, "cert.pem"))
	if err := os.WriteFile(conf, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	own, other := boardkey.New(boardkey.Config{TPM: chip.Device()}), boardkey.New(boardkey.Config{TPM: tpmtest.New(t).Device()})
	o := &strictOffice{}
	office := o.start(t)
	run(t, 0, "--config", conf, "enrol", "--office", office, "--token", "one", "--kiosk", "10000001", "--out", out)

	check := func() {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil || bytes.Contains(text, []byte("PRIVATE KEY")) || !bytes.Contains(text, []byte("Way: tpm")) {
			t.Errorf("the key is kept as %.60q (%v)", text, err)
		}
		if opened, err := other.ReadKey(path); err == nil {
			t.Errorf("another board opens %d bytes", len(opened))
		}
		if _, err := mqttlink.ReadKey(path); err == nil {
			t.Error("it is a key in clear")
		}
	}
	check()
	opened, err := own.ReadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mqttlink.ParseKey(path, opened); err != nil {
		t.Error(err)
	}

	if err := os.WriteFile(path, opened, 0o600); err != nil { // as an older version kept it
		t.Fatal(err)
	}
	run(t, 0, "--config", conf, "keys", "seal")
	check()
	if again, err := own.ReadKey(path); err != nil || !bytes.Equal(again, opened) {
		t.Errorf("another key: %v", err)
	}
	run(t, 0, "--config", conf, "keys", "seal")
	check()
}

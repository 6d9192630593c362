package technician

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/updater/agentapi"
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

// lateKioskd is an update agent beside which kioskd comes up: it writes down which software was
// the first when the agent is asked the second time.
type lateKioskd struct {
	*stickAgent
	t     *testing.T
	state string
	asked atomic.Int64
}

func (a *lateKioskd) State() (agentapi.State, <-chan struct{}) {
	if a.asked.Add(1) == 2 {
		if _, err := boardkey.Since(a.state, 5); err != nil {
			a.t.Error(err)
		}
	}

	return agentapi.State{Rev: 1, Build: 5, Mode: "good"}, a.changed
}

// TestKeysAreSealedAtAFirstStart though kioskd has not yet written down which software was the
// first: the key would lie in clear until the next start else.
func TestKeysAreSealedAtAFirstStart(t *testing.T) {
	dir := t.TempDir()
	chip := tpmtest.New(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	settings := fmt.Sprintf("kiosk = \"10000001\"\nboard_dir = %q\nstate_dir = %q\nupdate_socket = %q\n\n[keys]\ntpm = %q\n\n[uplink]\nkey = %q\ncert = %q\n",
		dir, file("state"), file("agent.sock"), chip.Device(), file("key.pem"), file("cert.pem"))
	for name, text := range map[string]string{"kiosk.toml": settings, "key.pem": "a key"} {
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ln, err := agentapi.Listen(file("agent.sock"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	a := &lateKioskd{stickAgent: &stickAgent{changed: make(chan struct{})}, t: t, state: file("state")}
	go func() { done <- agentapi.Serve(ctx, ln, a) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	if said := run(t, 0, "--config", file("kiosk.toml"), "keys", "seal"); said != "sealed by the board's TPM\n" {
		t.Error(said)
	}
	if way, err := boardkey.WayOf(file("key.pem")); way != boardkey.TPM || err != nil {
		t.Errorf("%s, %v", way, err)
	}
}

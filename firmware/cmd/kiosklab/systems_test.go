package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"wattkiosk/uplink/office/store/storetest"
)

const mosquitto = "/usr/sbin/mosquitto"

// TestLabMosquitto pays through Debian's mosquitto with the certificates and the
// access control list of head office.
func TestLabMosquitto(t *testing.T) {
	t.Parallel()
	bin := programsDir(t)
	if _, err := os.Stat(mosquitto); err != nil {
		t.Skipf("mosquitto is not installed (%v)", err)
	}
	dir, err := os.MkdirTemp("", "lab")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	addr, err := claim("broker", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "tls://" + addr
	if err := writeBrokerFiles(layout{dir}, url); err != nil {
		t.Fatal(err)
	}
	startMosquitto(t, filepath.Join(dir, "broker", "mosquitto.conf"), addr)
	r := &rig{t: t, bin: bin, dir: dir}
	r.start("--broker", url)
	t.Cleanup(r.stop)
	r.serving()
	if r.places.Broker != url || r.places.BrokerFiles != filepath.Join(dir, "broker") {
		t.Errorf("places %+v", r.places)
	}
	serial := r.pay1000000001().text("serial")
	r.booked(serial, "posted")
	r.posted(serial)
}

func startMosquitto(t *testing.T, conf, addr string) {
	t.Helper()
	cmd := exec.Command(mosquitto, "-c", conf)
	log, err := os.Create(conf + ".log")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if os.Getuid() == 0 { // as root it would become another user, who may not read the keys
		text, err := os.ReadFile(conf)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(conf, append([]byte("user root\n"), text...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has no more to do
		_ = cmd.Wait()
		_ = log.Close()
	})
	until(t, "mosquitto listens", func() (bool, string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			text, _ := os.ReadFile(conf + ".log")
			return false, string(text)
		}
		return c.Close() == nil, ""
	})
}

// TestLabPostgres pays with head office's books in PostgreSQL.
func TestLabPostgres(t *testing.T) {
	t.Parallel()
	programsDir(t)
	r := startRig(t, "--db", storetest.StartPostgres(t))
	r.serving()
	serial := r.pay1000000001().text("serial")
	r.booked(serial, "posted")
	r.posted(serial)
	if _, err := os.Stat(filepath.Join(r.dir, "office", "books.db")); err == nil {
		t.Error("the books are in SQLite")
	}
}

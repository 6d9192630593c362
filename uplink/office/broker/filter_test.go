package broker_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"wattkiosk/uplink/office/broker"
)

// insideVariable marks the process that is in a network of its own.
const insideVariable = "BROKER_TEST_INSIDE"

// TestAttackMosquittoFromOneAddress loads the packet filter of a mosquitto's machine in a
// network of its own: one address gets the places of the kiosks behind it and no more, a place
// that is given back is one again, and begun connections are counted. Other ports are open.
func TestAttackMosquittoFromOneAddress(t *testing.T) {
	if os.Getenv(insideVariable) != "" {
		insideFilter(t)
		return
	}
	for _, name := range []string{"nft", "unshare", "ip"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("a network of its own needs root")
	}
	table := filepath.Join(t.TempDir(), "broker.nft")
	if err := os.WriteFile(table, []byte(broker.MosquittoFilter(8883, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := "ip link set lo up && nft -f " + table + " && nft -f " + table + " && exec " + self + " -test.run '^TestAttackMosquittoFromOneAddress$' -test.v"
	cmd := exec.CommandContext(t.Context(), "unshare", "-n", "sh", "-c", script)
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func insideFilter(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:8883")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	open := func(address string) (net.Conn, error) { return net.DialTimeout("tcp", address, 500*time.Millisecond) }
	var conns []net.Conn
	for n := range 4 {
		c, err := open("127.0.0.1:8883")
		if err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		defer c.Close()
		conns = append(conns, c)
	}
	if _, err := open("127.0.0.1:8883"); !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a fifth connection: %v", err)
	}
	far, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = conns[0].Close()
	_ = far.Close()
	if c, err := open("127.0.0.1:8883"); err != nil {
		t.Errorf("in the place of one that has gone: %v", err)
	} else {
		_ = c.Close()
	}
	dropped := false
	for range 10 {
		_, err := open("127.0.0.1:8883")
		var slow net.Error
		dropped = dropped || errors.As(err, &slow) && slow.Timeout()
	}
	if !dropped {
		t.Error("sixteen connections in a moment, and none was dropped")
	}
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for n := range 20 {
		c, err := open(other.Addr().String())
		if err != nil {
			t.Fatalf("connection %d of another port: %v", n, err)
		}
		_ = c.Close()
	}
}

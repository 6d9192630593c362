package main_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/vendor"
)

// curious is a maker's library that looks around before it works: at the kiosk's files and
// at its process. It says by its codes what it got at.
const curious = `
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
static int got;
static void look(const char *path, int bit) { int f = open(path, O_RDONLY); if (f >= 0 || errno != EACCES) got |= bit; if (f >= 0) close(f); }
int dev_open(const char *key, const char *folder, int kiosk) {
	look(key, 1);
	look(folder, 2);
	if (kill(kiosk, 0) == 0 || errno != EPERM) got |= 4;
	if (getuid() == 0 || getgid() == 0) got |= 8;
	return 0;
}
int dev_status(int *v) { *v = 1; return 0; }
int dev_apdu(const unsigned char *in, int n, unsigned char *out, int *len) { memcpy(out, "\x90\x00", 2); out[2] = got; *len = 3; return 0; }
int dev_hang(void) { for (;;) pause(); }
`

// unit stands in for systemd: it starts vendorhost under another account for each connection
// to a socket.
type unit struct {
	host   string
	ended  chan error
	socket string
}

// serve listens in a folder that everybody may enter.
func serve(t *testing.T, host string) *unit {
	t.Helper()
	u := &unit{host: host, ended: make(chan error, 16), socket: filepath.Join(t.TempDir(), "s")}
	ln, err := net.Listen("unix", u.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			f, err := c.(*net.UnixConn).File()
			_ = c.Close()
			if err != nil {
				u.ended <- err
				return
			}
			cmd := exec.Command(u.host)
			cmd.ExtraFiles = []*os.File{f}
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			err = cmd.Start()
			_ = f.Close()
			if err != nil {
				u.ended <- err
				return
			}
			go func() { u.ended <- cmd.Wait() }()
		}
	}()

	return u
}

// library builds the curious library and vendorhost where another account can read them,
// and describes it as one that looks at key and folder.
func library(t *testing.T, key, folder string) (host, abi string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root starts a program under another account")
	}
	m := machines[0]
	m.needs(t)
	place, err := os.MkdirTemp("/tmp", "vendorhost")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(place) })
	if err := os.Chmod(place, 0o755); err != nil {
		t.Fatal(err)
	}
	source, lib := filepath.Join(place, "curious.c"), filepath.Join(place, "curious.so")
	host, abi = filepath.Join(place, "vendorhost"), filepath.Join(t.TempDir(), "curious.toml")
	text := `library = "` + lib + `"
[op.open]
function = "dev_open"
args = ["'` + key + `'", "'` + folder + `'", "` + strconv.Itoa(os.Getpid()) + `"]
[op.status]
function = "dev_status"
args = ["value"]
media = { 1 = "present" }
[op.transmit]
function = "dev_apdu"
args = ["data", "len(data)", "out", "len(out)"]
[op.eject]
function = "dev_hang"
deadline = "1m"
`
	for path, content := range map[string]string{source: curious, abi: text} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, nil, m.cc, "-shared", "-fPIC", "-o", lib, source)
	run(t, append(m.env, "CGO_ENABLED=0"), "go", "build", "-o", host, "wattkiosk/hal/cmd/vendorhost")
	for _, path := range []string{host, lib} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}

	return host, abi
}

// TestAttackLibraryLooksAround: a maker's library under the account that its unit has cannot
// read the kiosk's key nor its journal's folder, nor send its process a signal; a card is
// read all the same. A library that does not return from a call ends with its connection.
func TestAttackLibraryLooksAround(t *testing.T) {
	state := t.TempDir()
	key := filepath.Join(state, "journal.key")
	if err := os.WriteFile(key, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(state, 0o700); err != nil {
		t.Fatal(err)
	}
	host, abi := library(t, key, state)
	u := serve(t, host)
	h := &vendor.Host{Command: "unix:" + u.socket, ABI: abi}
	r := start(t, h)
	e := r.do(card.Command{Op: card.Transmit, Data: card.Secret{0, 0xA4, 0, 0}})
	if e.Kind != card.Done || len(e.Data) != 3 || e.Data[0] != 0x90 {
		t.Fatalf("no card was read: %+v", e)
	}
	for bit, what := range map[byte]string{1: "the kiosk's key was read", 2: "the journal's folder was read", 4: "the kiosk's process was signalled", 8: "the library runs as root"} {
		if e.Data[2]&bit != 0 {
			t.Error(what)
		}
	}

	p, err := h.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	frame, err := vendor.AppendFrame(nil, vendor.Request{ID: 1, Op: "eject"})
	if err == nil {
		_, err = p.Write(frame)
	}
	if err == nil {
		_, err = p.Read(make([]byte, 100)) // it is ready, and then in the call
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-u.ended:
		if err == nil {
			t.Error("the library returned")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("a library that hangs stays when its connection has ended")
	}
	if until := h.Quarantined(); !until.IsZero() {
		t.Errorf("in quarantine until %v", until)
	}
}

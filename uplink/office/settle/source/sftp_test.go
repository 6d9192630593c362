package source

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
)

// makeKey writes a new key to a file, and its public half beside it.
func makeKey(t *testing.T, path string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	half, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{path: pem.EncodeToMemory(block), path + ".pub": ssh.MarshalAuthorizedKey(half)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// sshd is OpenSSH's server, which a listener of ours starts for each connection.
type sshd struct {
	addr, keys string
	mu         sync.Mutex
	open       []net.Conn
}

func startSSHD(t *testing.T) *sshd {
	t.Helper()
	program := "/usr/sbin/sshd"
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v (Debian: openssh-server)", err)
	}
	s := &sshd{keys: t.TempDir()}
	for _, k := range []string{"host", "other", "us", "stranger"} {
		makeKey(t, filepath.Join(s.keys, k))
	}
	conf := filepath.Join(s.keys, "sshd_config")
	text := fmt.Sprintf("HostKey %[1]s/host\nAuthorizedKeysFile %[1]s/us.pub\nUsePAM no\nStrictModes no\nPidFile none\nPasswordAuthentication no\n"+
		"PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\nForceCommand internal-sftp\n", s.keys)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 { // it wants the folder where root separates privileges
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = ln.Addr().String()
	var running sync.WaitGroup
	t.Cleanup(func() { _ = ln.Close(); s.cut(); running.Wait() })
	running.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, c)
			s.mu.Unlock()
			f, err := c.(*net.TCPConn).File()
			if err != nil {
				t.Error(err)

				return
			}
			cmd := exec.Command(program, "-i", "-e", "-f", conf)
			cmd.Stdin, cmd.Stdout = f, f
			running.Go(func() { _ = cmd.Run(); _ = f.Close() })
		}
	})

	return s
}

// cut ends all connections as a cable that is pulled.
func (s *sshd) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		if raw, err := c.(*net.TCPConn).SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR) }) // sshd has it too
		}
		_ = c.Close()
	}
	s.open = nil
}

func (s *sshd) url(t *testing.T, book, dir, key, host string) string {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}

	return fmt.Sprintf("%s=sftp://%s@%s%s?key-file=%s&host-key-file=%s.pub", book, me.Username, s.addr, dir, filepath.Join(s.keys, key), filepath.Join(s.keys, host))
}

// TestSFTP: a folder of a real sshd is as one of this machine.
func TestSFTP(t *testing.T) {
	s := startSSHD(t)
	large := strings.Repeat(strings.Repeat("x", 102)+"\r\n", 40_000) // 4 MB
	dir := lay(t, map[string]string{
		"WK_10000001_02_01_3301_20261128_2026112901.txt": large, "dz/hff/WK_10000001_02_05_3301_20261128_2026112901.txt": "b\r\n", "x.txt": "x",
	})
	from, got, err := fetch(t, parsed(t, s.url(t, "mis", dir, "us", "host")))
	if err != nil || got != large+"b\r\n" || from != "sftp://"+s.addr+dir+" (2)" {
		t.Errorf("%d bytes from %s, %v", len(got), from, err)
	}
	if _, _, err := fetch(t, parsed(t, s.url(t, "bank", dir, "us", "host"))); !errors.Is(err, ErrNotYet) {
		t.Error(err)
	}
	if _, _, err := fetch(t, parsed(t, s.url(t, "bank", "/nowhere/at/all", "us", "host"))); err == nil || errors.Is(err, ErrNotYet) {
		t.Error(err)
	}
}

// TestSFTPStrangers: another host key than the pinned one, and a key that the other side
// does not know, fetch nothing.
func TestSFTPStrangers(t *testing.T) {
	s := startSSHD(t)
	dir := lay(t, map[string]string{"A_20261128.csv": "x"})
	if _, got, err := fetch(t, parsed(t, s.url(t, "bank", dir, "us", "other"))); err == nil || !strings.Contains(err.Error(), "host key mismatch") || got != "" {
		t.Error(err)
	}
	if _, got, err := fetch(t, parsed(t, s.url(t, "bank", dir, "stranger", "host"))); err == nil || !strings.Contains(err.Error(), "unable to authenticate") || got != "" {
		t.Error(err)
	}
}

// TestSFTPCut: a line that is cut in the middle of a book is an error, and never its end.
func TestSFTPCut(t *testing.T) {
	s := startSSHD(t)
	dir := lay(t, map[string]string{"A_20261128.csv": strings.Repeat("0123456789\n", 1_000_000)})
	_, r, err := parsed(t, s.url(t, "bank", dir, "us", "host")).Open(t.Context(), "20261128")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	s.cut()
	if n, err := io.Copy(io.Discard, r); err == nil || n >= 10_900_000 {
		t.Errorf("%d more bytes, %v", n, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

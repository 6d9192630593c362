package agentapi

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// TestAttackInstallWithoutALogin: who may look at the agent, as the console's account
// may, has nothing installed.
func TestAttackInstallWithoutALogin(t *testing.T) {
	own := uint32(os.Geteuid())
	for _, tt := range []struct {
		name string
		peer any
		want bool
	}{
		{"root", peer{0, true}, true},
		{"the agent's own user", peer{own, true}, true},
		{"kioskd", peer{990, true}, true},
		{"the console's account", peer{own + 1000, true}, false},
		{"nobody knows who", peer{0, false}, false},
	} {
		ctx := context.WithValue(t.Context(), peerKey{}, tt.peer)
		if got := mayChoose(ctx, []uint32{990}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestPeer asks the kernel who is at the other end.
func TestPeer(t *testing.T) {
	ln, err := Listen(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dialled, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer dialled.Close()
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := peerOf(conn); got != (peer{uint32(os.Geteuid()), true}) {
		t.Errorf("%+v", got)
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := peerOf(a); got.known {
		t.Errorf("a pipe: %+v", got)
	}
}

package agentapi

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/uplink/wire"
)

// nobody is an agent that agrees to everything.
type nobody struct{}

func (nobody) State() (State, <-chan struct{}) { return State{}, nil }
func (nobody) Offer(*wire.Signed) error        { return nil }
func (nobody) Open(string, Login) error        { return nil }
func (nobody) Close(string) error              { return nil }
func (nobody) Choose(string, Choice) error     { return nil }
func (nobody) Dismiss(string) error            { return nil }

// TestAttackInstallWithoutALogin: who may look at the agent, as the console's account
// may, has no stick opened and nothing installed.
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
		for path, body := range map[string]string{"/stick/1/open": `{"by":"1007"}`, "/stick/1/install": `{"file":"a.wkb","by":"1007"}`} {
			w := httptest.NewRecorder()
			Handler(nobody{}, 990).ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)).WithContext(ctx))
			if refused := w.Code == http.StatusForbidden; refused == tt.want {
				t.Errorf("%s: %s answers %d", tt.name, path, w.Code)
			}
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

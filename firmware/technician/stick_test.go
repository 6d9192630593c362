package technician

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/uplink/wire"
)

// stickAgent is an agent with a stick, which fails one of its bundles.
type stickAgent struct {
	mu      sync.Mutex
	state   agentapi.State
	changed chan struct{}
	by      string
}

func (a *stickAgent) State() (agentapi.State, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.state
	if s.Stick != nil {
		k := *s.Stick
		s.Stick = &k
	}
	return s, a.changed
}

func (a *stickAgent) Offer(*wire.Signed) error { return nil }

func (a *stickAgent) Open(_ string, l agentapi.Login) error {
	a.set(func(s *agentapi.Stick) { s.Phase = agentapi.StickReading })
	go a.set(func(s *agentapi.Stick) { s.Phase, s.Detail = agentapi.StickOffered, "for "+l.By })
	return nil
}

func (a *stickAgent) Close(string) error { return nil }

func (a *stickAgent) Choose(id string, c agentapi.Choice) error {
	if id != "1-sda" || c.File != "good.wkb" && c.File != "bad.wkb" {
		return &agentapi.Error{Code: agentapi.CodeNotOffered, Message: "the stick does not offer it"}
	}
	a.by = c.By
	a.set(func(s *agentapi.Stick) { s.Phase = agentapi.StickInstalling })
	go a.set(func(s *agentapi.Stick) {
		s.Phase, s.Detail = agentapi.StickInstalled, ""
		if c.File == "bad.wkb" {
			s.Phase, s.Code, s.Detail = agentapi.StickFailed, "chunk-damaged", "the bundle's content is damaged"
		}
	})
	return nil
}

func (a *stickAgent) Dismiss(string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Stick = nil
	return nil
}

func (a *stickAgent) set(change func(*agentapi.Stick)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(a.state.Stick)
	a.state.Rev++
	close(a.changed)
	a.changed = make(chan struct{})
}

func TestStick(t *testing.T) {
	dir := lab(t)
	socket := filepath.Join(dir, "agent.sock")
	f, err := os.OpenFile(filepath.Join(dir, "kiosk", "kiosk.toml"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("update_socket = \"" + socket + "\"\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := run(t, 1, "update", "stick", "status", "--dir", dir); !strings.Contains(got, "does not run") {
		t.Errorf("%s", got)
	}
	a := &stickAgent{changed: make(chan struct{}), state: agentapi.State{Rev: 1, Stick: &agentapi.Stick{ID: "1-sda", Phase: agentapi.StickOffered, Offers: []agentapi.Offer{
		{File: "good.wkb", Version: "v8", Build: 8, Board: "rk3568", Size: 26_000_000, Signers: []string{"release"}},
		{File: "old.wkb", Version: "v6", Build: 6, Refused: "not-newer", Detail: "build 6 is not newer"},
	}}}}
	ln, err := agentapi.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- agentapi.Serve(ctx, ln, a) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	if got := run(t, 0, "update", "stick", "status", "--dir", dir); !strings.Contains(got, "good.wkb  26.0 MB  v8 (build 8) for rk3568") || !strings.Contains(got, "refused (not-newer)") {
		t.Errorf("%s", got)
	}
	a.set(func(s *agentapi.Stick) { s.Phase = agentapi.StickWaiting })
	if got := run(t, 0, "update", "stick", "status", "--dir", dir); !strings.Contains(got, "waiting") {
		t.Errorf("%s", got)
	}
	run(t, 2, "update", "stick", "open", "--dir", dir)
	if got := run(t, 0, "update", "stick", "open", "--by", "1006", "--dir", dir); !strings.Contains(got, "offered") || !strings.Contains(got, "for 1006") {
		t.Errorf("%s", got)
	}
	a.set(func(s *agentapi.Stick) { s.Phase = agentapi.StickWaiting }) // installing opens it
	if got := run(t, 0, "update", "stick", "install", "good.wkb", "--by", "1007", "--dir", dir); !strings.Contains(got, "installed") || a.by != "1007" {
		t.Errorf("%s", got)
	}
	a.set(func(s *agentapi.Stick) { s.Phase = agentapi.StickOffered })
	if got := run(t, 1, "update", "stick", "install", "bad.wkb", "--by", "1007", "--json", "--dir", dir); !strings.Contains(got, `"code":"chunk-damaged"`) || !strings.Contains(got, "damaged") {
		t.Errorf("%s", got)
	}
	a.set(func(s *agentapi.Stick) { s.Phase = agentapi.StickOffered })
	run(t, 1, "update", "stick", "install", "none.wkb", "--by", "1007", "--dir", dir)
	run(t, 2, "update", "stick", "install", "good.wkb", "--dir", dir)
	run(t, 0, "update", "stick", "dismiss", "--dir", dir)
	if got := run(t, 1, "update", "stick", "status", "--dir", dir); !strings.Contains(got, "no stick") {
		t.Errorf("%s", got)
	}
}

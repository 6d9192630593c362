package updater

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/usb"
	"wattkiosk/uplink/wire"
)

// TestRun runs the whole agent behind its socket: a stick comes and goes, and a job
// ends in a restart.
func TestRun(t *testing.T) {
	y := newYard(t)
	r := y.rig(t)
	r.sticks = &fakeSticks{events: make(chan usb.Event), parts: map[string]string{"sda1": t.TempDir()}}
	r.start()
	down := make(chan struct{})
	r.agent.cfg.Restart = func(ctx context.Context) error {
		close(down)
		<-ctx.Done()
		return ctx.Err()
	}
	path := filepath.Join(t.TempDir(), "agent.sock")
	ln, err := agentapi.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	done := make(chan error, 2)
	go func() { done <- r.agent.Run(ctx) }()
	go func(ln net.Listener) { done <- agentapi.Serve(ctx, ln, r.agent) }(ln)

	client := agentapi.NewClient(path)
	until := func(what string, ok func(agentapi.State) bool) agentapi.State {
		t.Helper()
		for rev := uint64(0); ; {
			s, err := client.State(ctx, rev)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if ok(s) {
				return s
			}
			rev = s.Rev
		}
	}
	stick := usb.Event{Disk: usb.Disk{Name: "sda", Seq: 3, Parts: []string{"sda1"}}}
	r.sticks.events <- stick
	s := until("a stick that waits", func(s agentapi.State) bool { return s.Stick != nil && s.Stick.Phase == agentapi.StickWaiting })
	if _, err := client.Open(ctx, s.Stick.ID, agentapi.Login{By: "1007"}); err != nil {
		t.Fatal(err)
	}
	s = until("a stick", func(s agentapi.State) bool { return s.Stick != nil && s.Stick.Phase == agentapi.StickEmpty })
	if _, err := client.Dismiss(ctx, s.Stick.ID); err != nil {
		t.Error(err)
	}
	until("dismissed", func(s agentapi.State) bool { return s.Stick == nil })
	stick.Gone = true
	r.sticks.events <- stick
	job, err := json.Marshal(r.sign(r.job(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := client.Offer(ctx, job); err != nil || s.Job == nil || s.Job.ID != "r1-1" {
		t.Fatalf("%+v, %v", s, err)
	}
	until("rebooting", func(s agentapi.State) bool { return s.Job.Phase == wire.PhaseRebooting })
	select {
	case <-down:
	case <-ctx.Done():
		t.Fatal("no restart")
	}
	cancel()
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the socket is left")
	}
}

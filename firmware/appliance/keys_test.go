package appliance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/control"
	"wattkiosk/firmware/journalkey"
	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/tpmfloor/tpmtest"
)

// newBoard is a home whose journal was never begun, and has a key.
func newBoard(t *testing.T) *home {
	t.Helper()
	h := newHome(t)
	if err := os.RemoveAll(h.cfg.StateDir); err != nil {
		t.Fatal(err)
	}
	h.cfg.Journal.KeyFile = filepath.Join(h.cfg.StateDir, "journal.key")
	return h
}

func (h *home) status() (s control.Status) {
	text, err := h.get("/status")
	if err == nil {
		_ = json.Unmarshal([]byte(text), &s) // what cannot be read is no status
	}
	return s
}

func (h *home) read(path string) []byte {
	h.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

// ends wants the running kiosk to have ended by itself.
func (h *home) ends() error {
	h.t.Helper()
	select {
	case err := <-h.ended:
		return err
	case <-time.After(30 * time.Second):
		h.t.Fatal("the kiosk goes on")
		return nil
	}
}

// TestAttackDiskInAnotherBoard: a kiosk whose disk was put into another board, or copied,
// reads no record there, makes no key over the journal, and stands out of service with the
// reason. Back in its own board it goes on.
func TestAttackDiskInAnotherBoard(t *testing.T) {
	h := newBoard(t)
	own, other := tpmtest.New(t), tpmtest.New(t)
	h.cfg.Keys.TPM = own.Device()
	h.start()
	h.until("it serves", func() bool { s := h.status(); return s.Head.Seq > 0 && s.Keys == "tpm" })
	h.stop()
	key := h.read(h.cfg.Journal.KeyFile)
	if !bytes.Contains(key, []byte("Way: tpm")) {
		t.Errorf("the key is kept as %.60q", key)
	}

	h.cfg.Keys.TPM = other.Device()
	h.start()
	h.until("it is out of service", func() bool { return h.view().Screen == "out-of-service" })
	if v := h.view(); !strings.Contains(string(mustJSON(t, v)), "本机密钥无法打开") || len(v.Actions) > 0 && v.Offers("start") {
		t.Errorf("the screen says %s", mustJSON(t, v))
	}
	h.until("it says why", func() bool { return h.status().KeysError != "" })
	if s := h.status(); !slices.Equal(s.Blocks, []string{"keys"}) || s.Ready || !strings.Contains(s.KeysError, "sealed on another board, or the TPM was cleared") {
		t.Errorf("%+v", s)
	}
	h.stop()
	if !bytes.Equal(h.read(h.cfg.Journal.KeyFile), key) {
		t.Error("the key was made anew")
	}

	own.Off()
	h.cfg.Keys.TPM = own.Device()
	h.start()
	h.until("it says why", func() bool { return strings.Contains(h.status().KeysError, "its driver is not there yet") })
	own.On()
	if err := h.ends(); !errors.Is(err, ErrRestart) {
		t.Errorf("its TPM is there: %v, want a restart", err)
	}
	h.start()
	h.until("it serves", func() bool { s := h.status(); return s.Head.Seq > 1 && s.KeysError == "" })
	h.stop()
}

// TestADeliveredBoardSealsItsKeys: one that has had them in clear, and its journal with them.
func TestADeliveredBoardSealsItsKeys(t *testing.T) {
	h := newBoard(t)
	h.start()
	h.until("it serves", func() bool { s := h.status(); return s.Head.Seq > 0 && s.Keys == "clear" })
	h.stop()
	key := h.read(h.cfg.Journal.KeyFile)
	if len(key) != 32 {
		t.Fatalf("a key of %d bytes", len(key))
	}

	h.cfg.Keys.TPM = tpmtest.New(t).Device()
	for range 2 {
		h.start()
		h.until("its keys are sealed", func() bool { s := h.status(); return s.Head.Seq > 0 && s.Keys == "tpm" })
		h.stop()
	}
	if text := h.read(h.cfg.Journal.KeyFile); bytes.Contains(text, key) || !bytes.Contains(text, []byte("Way: tpm")) {
		t.Error("the key lies in clear")
	}
}

// TestAKeyThatIsGone puts the kiosk out of service, not into a circle of restarts.
func TestAKeyThatIsGone(t *testing.T) {
	h := newBoard(t)
	h.start()
	h.until("it serves", func() bool { return h.status().Head.Seq > 0 })
	h.stop()
	remove(t, h.cfg.Journal.KeyFile)
	h.start()
	h.until("it says why", func() bool { return strings.Contains(h.status().KeysError, "but the journal exists") })
	h.stop()
	if _, err := os.Stat(h.cfg.Journal.KeyFile); !os.IsNotExist(err) {
		t.Errorf("a key was made: %v", err)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKeysWaitForTheOtherSlot: a board that falls back to older software must be able to read
// its journal there. Nothing is sealed while the other slot has a build from before, or while
// nobody knows what it has; the first build that seals is remembered over a restart.
func TestKeysWaitForTheOtherSlot(t *testing.T) {
	for name, tt := range map[string]struct {
		since string // the file; "" is none
		state agentapi.State
		want  bool
	}{
		"the agent has not spoken":        {"", agentapi.State{}, false},
		"the update is on trial":          {"", agentapi.State{Build: 42, Other: 41, Mode: "trial"}, false},
		"on trial, the other not known":   {"", agentapi.State{Build: 42, Mode: "trial"}, false},
		"good, the other is from before":  {"", agentapi.State{Build: 42, Other: 41, Mode: "good"}, false},
		"the next one":                    {"42", agentapi.State{Build: 43, Other: 42, Mode: "good"}, true},
		"the next one, on trial":          {"42", agentapi.State{Build: 43, Other: 42, Mode: "trial"}, true},
		"it has fallen back to the first": {"42", agentapi.State{Build: 42, Other: 43, Mode: "fallback"}, true},
		"a new board, its other is empty": {"", agentapi.State{Build: 42, Mode: "good"}, true},
		"the file is damaged":             {"x", agentapi.State{Build: 43, Other: 42, Mode: "good"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config.Config{StateDir: t.TempDir(), UpdateSocket: "/agent"}
			if tt.since != "" {
				put(t, filepath.Join(cfg.StateDir, "keys-since"), []byte(tt.since))
			}
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				if got := fallsBackToNone(ctx, cfg, func() agentapi.State { return tt.state }, slog.New(slog.DiscardHandler)); got != tt.want {
					t.Errorf("sealed: %v, want %v", got, tt.want)
				}
			})
			if tt.since == "" && tt.state.Build > 0 {
				if b, err := os.ReadFile(filepath.Join(cfg.StateDir, "keys-since")); err != nil || string(b) != "42" {
					t.Errorf("remembered %q, %v", b, err)
				}
			}
		})
	}
	if !fallsBackToNone(t.Context(), config.Config{}, nil, slog.New(slog.DiscardHandler)) {
		t.Error("a board without an update agent waits")
	}
}

// slots is an update agent that only says what the slots have.
type slots struct {
	agentapi.Agent
	state agentapi.State
}

func (s slots) State() (agentapi.State, <-chan struct{}) { return s.state, nil }

// TestFirstKeyOfABoard: the journal's key is sealed as it is made, and never lies in clear, on a
// board that falls back to nothing from before; where it may, the key is made in clear, and
// stays so.
func TestFirstKeyOfABoard(t *testing.T) {
	for name, tt := range map[string]struct {
		state agentapi.State
		want  string
	}{
		"the other slot is empty":       {agentapi.State{Rev: 1, Build: 42, Mode: "good"}, "tpm"},
		"the other slot is from before": {agentapi.State{Rev: 1, Build: 42, Other: 41, Mode: "good"}, "clear"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cfg := config.Config{StateDir: filepath.Join(dir, "state"), UpdateSocket: filepath.Join(dir, "agent.sock")}
			cfg.Journal.KeyFile = filepath.Join(cfg.StateDir, "journal.key")
			ln, err := agentapi.Listen(cfg.UpdateSocket)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- agentapi.Serve(ctx, ln, slots{state: tt.state}) }()
			defer func() { stop(); <-served }()

			keys := boardkey.New(boardkey.Config{TPM: tpmtest.New(t).Device()})
			keys.Hold()
			firstStart(t.Context(), cfg, keys, slog.New(slog.DiscardHandler))
			if _, err := journalkey.ReadOrMake(keys, cfg.Journal.KeyFile, filepath.Join(dir, "journal")); err != nil {
				t.Fatal(err)
			}
			if way, err := boardkey.WayOf(cfg.Journal.KeyFile); err != nil || string(way) != tt.want {
				t.Errorf("the key is kept %q, %v; want %q", way, err, tt.want)
			}
		})
	}
}

package appliance

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/handover/handovertest"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/staff"
	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/wire"
)

// Secrets of the technician in these tests, right and wrong ones.
const (
	rightPIN  = "284915"
	wrongPIN  = "777315"
	wrongCode = "90210733"
)

// transcript is everything that came out of somewhere.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// socketAgent is an update agent behind a real socket: it does what it is told.
type socketAgent struct{ *handovertest.Agent }

func (a socketAgent) State() (agentapi.State, <-chan struct{}) {
	return a.Current()
}

func (a socketAgent) Offer(job *wire.Signed) error {
	_, err := a.Say("job of %d bytes", len(job.Body))
	return err
}

func (a socketAgent) Open(stick string, l agentapi.Login) error {
	_, err := a.Say("open %s for %s", stick, l.By)
	return err
}

func (a socketAgent) Close(stick string) error {
	_, err := a.Say("close %s", stick)
	return err
}

func (a socketAgent) Choose(stick string, c agentapi.Choice) error {
	_, err := a.Say("install %s of %s by %s", c.File, stick, c.By)
	return err
}

func (a socketAgent) Dismiss(stick string) error {
	_, err := a.Say("dismiss %s", stick)
	return err
}

// withAgent puts an update agent beside the kiosk.
func (h *home) withAgent() *handovertest.Agent {
	h.t.Helper()
	h.cfg.UpdateSocket = filepath.Join(h.dir, "a.sock")
	ln, err := agentapi.Listen(h.cfg.UpdateSocket)
	if err != nil {
		h.t.Fatal(err)
	}
	a := handovertest.NewAgent()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- agentapi.Serve(ctx, ln, socketAgent{a}) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
	return a
}

// withStaff gives the kiosk a roster of one, and returns what head office tells for
// a challenge.
func (h *home) withStaff() (code func(challenge string) string) {
	h.t.Helper()
	_, sign, err := ed25519.GenerateKey(nil)
	own, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	office, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(err, err1, err2); err != nil {
		h.t.Fatal(err)
	}
	half, err := credential.Half(&office.PublicKey)
	hash, err1 := credential.HashPIN(rightPIN)
	key, err2 := credential.Agree(office, &own.PublicKey)
	if err := errors.Join(err, err1, err2); err != nil {
		h.t.Fatal(err)
	}
	keeper, err := staff.Open(filepath.Join(h.cfg.StateDir, "staff"), sign.Public().(ed25519.PublicKey), h.cfg.Kiosk, own, time.Now, boardkey.New(boardkey.Config{}))
	if err != nil {
		h.t.Fatal(err)
	}
	roster, err := wire.SignRoster(sign, wire.Roster{
		V: 1, Kiosk: h.cfg.Kiosk, Issued: 1, Office: half, People: []wire.Person{{Number: "4711", Name: "王技术", Role: wire.RoleTechnician, PIN: hash}},
	})
	if err == nil {
		err = keeper.Accept(roster)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.toys.staff = keeper
	return func(challenge string) string { return key.Code(h.cfg.Kiosk, "4711", challenge) }
}

// listen keeps everything that the screen streams.
func (h *home) listen(to io.Writer) {
	h.t.Helper()
	h.until("the stream of the screen", func() bool {
		req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, "http://"+h.cfg.ScreenAddr+"/events", nil)
		if err != nil {
			h.t.Fatal(err)
		}
		c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := c.Do(req)
		if err != nil {
			return false
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(to, resp.Body) // until the kiosk ends
		}()
		h.t.Cleanup(func() { _ = resp.Body.Close(); <-done })
		return true
	})
}

// ask sends a request to the control socket and returns the answer.
func (h *home) ask(method, path, body string) (int, string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, "http://kiosk"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp, err := h.client().Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// stop ends the appliance.
func (h *home) stop() {
	h.t.Helper()
	h.cancel()
	if err := <-h.ended; err != nil {
		h.t.Fatal(err)
	}
}

// show keeps the state of the screen as /state tells it.
func (h *home) show(to io.Writer) {
	resp, err := http.Get("http://" + h.cfg.ScreenAddr + "/state")
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(to, resp.Body); err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) is(screen string) func() bool {
	return func() bool { return string(h.view().Screen) == screen }
}

func plugIn(s *agentapi.State) {
	s.Stick = &agentapi.Stick{ID: "s1", Phase: agentapi.StickOffered, Offers: []agentapi.Offer{
		{File: "good.wkb", Version: "1.1.0", Board: "sim", Size: 5_000_000, Signers: []string{"release"}},
	}}
}

// TestATechnicianAtTheKiosk runs the whole appliance: a stick is plugged in, a
// technician logs in with a code for the challenge, chooses and watches; the agent
// gets the choice, the hold and the screen. Nothing that came out of the kiosk holds
// a PIN or a code.
func TestATechnicianAtTheKiosk(t *testing.T) {
	h := newHome(t)
	said := &transcript{}
	h.log = slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug})
	agent, code := h.withAgent(), h.withStaff()
	h.start()
	h.until("the kiosk is ready", h.is("idle"))
	h.listen(said)
	agent.Set(nil, func(s *agentapi.State) { s.Stick = &agentapi.Stick{ID: "s1", Phase: agentapi.StickWaiting} })
	h.touch("idle", "staff", nil)
	challenge := ""
	h.until("a challenge", func() bool { challenge, _ = h.view().Field("challenge").(string); return len(challenge) == 6 })
	h.show(said)

	right := code(challenge)
	h.touch("staff-login", "staff-login", map[string]string{"number": "4711", "pin": wrongPIN, "code": right})
	h.until("the refusal", func() bool { return h.view().Field("notice") == "staff-wrong" })
	h.show(said)
	h.touch("staff-login", "staff-login", map[string]string{"number": "4711", "pin": rightPIN, "code": wrongCode})
	h.show(said) // perhaps while it is checked
	h.until("the refusal", func() bool { v := h.view(); return v.Field("notice") == "staff-wrong" && v.Field("waiting") == false })
	if status, answer := h.ask("POST", "/hold", `{"reason":"update","seconds":60}`); status != http.StatusConflict {
		t.Errorf("a hold in front of a technician: %d %s", status, answer)
	}
	h.touch("staff-login", "staff-login", map[string]string{"number": "4711", "pin": rightPIN, "code": right})
	h.until("the stick", h.is("staff-stick"))
	h.until("the agent opens it", func() bool { return slices.Equal(agent.Asked(), []string{"open s1 for 4711"}) })
	agent.Set(nil, plugIn)
	h.until("what is on it", func() bool { return h.view().Field("phase") == "offered" })
	h.show(said)
	h.touch("staff-stick", "staff-install", map[string]string{"file": "good.wkb"})
	h.touch("staff-confirm", "confirm", nil)
	h.until("the agent is told", func() bool {
		return slices.Equal(agent.Asked(), []string{"open s1 for 4711", "install good.wkb of s1 by 4711"})
	})
	agent.Set(nil, func(s *agentapi.State) {
		plugIn(s)
		s.Stick.Phase, s.Stick.File, s.Stick.Percent = agentapi.StickInstalling, "good.wkb", 73
	})
	h.until("73 %", func() bool { return h.view().Field("percent") == 73. })
	agent.Set(nil, func(s *agentapi.State) {
		plugIn(s)
		s.Stick.Phase, s.Stick.File, s.Mode = agentapi.StickInstalled, "good.wkb", "trial"
	})
	h.until("it is installed", func() bool { v := h.view(); return v.Screen == "staff-result" && v.Field("installed") == true })
	if status, answer := h.ask("POST", "/hold", `{"reason":"update","seconds":60}`); status != http.StatusOK || answer != `{"held":true}`+"\n" {
		t.Errorf("a hold: %d %s", status, answer)
	}
	h.touch("staff-result", "staff-leave", nil)
	h.until("the pause", h.is("out-of-service"))
	h.show(said)
	if _, answer := h.ask("GET", "/status", ""); !strings.Contains(answer, `"blocks":["update"],"warnings":["update-trial"]`) || !strings.Contains(answer, `"board":"sim","build":10`) {
		t.Errorf("status %s", answer)
	}
	if status, answer := h.ask("DELETE", "/hold", ""); status != http.StatusOK || answer != `{"held":false}`+"\n" {
		t.Errorf("the hold's end: %d %s", status, answer)
	}
	h.until("customers may come", h.is("idle"))
	for _, path := range []string{"/journal?limit=100", "/metrics", "/status", "/devices"} {
		_, answer := h.ask("GET", path, "")
		_, _ = said.Write([]byte(answer))
	}
	h.stop()
	for _, want := range []string{"data-screen=\\\"staff-progress\\\"", `"screen":"staff-stick"`, `staff login refused`, `wattkiosk_ready`, `\"number\":\"4711\",\"ok\":true`, `\"file\":\"good.wkb\"`} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q was not seen: this test looks in the wrong place", want)
		}
	}
	h.keepsNo(said.String(), rightPIN, wrongPIN, right, wrongCode)
}

// keepsNo looks for secrets in what came out, and in every file of the state.
func (h *home) keepsNo(said string, secrets ...string) {
	h.t.Helper()
	err := filepath.WalkDir(h.cfg.StateDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, s := range secrets {
			if bytes.Contains(b, []byte(s)) {
				h.t.Errorf("%s is in %s", s, path)
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range secrets {
		for _, form := range []string{s, base64.StdEncoding.EncodeToString([]byte(s))} {
			if i := strings.Index(said, form); i >= 0 {
				h.t.Errorf("%s came out: …%s…", s, said[max(0, i-100):i+20])
			}
		}
	}
}

// TestWithoutARosterNobodyLogsIn, and the screen says so.
func TestWithoutARosterNobodyLogsIn(t *testing.T) {
	h := newHome(t)
	agent := h.withAgent()
	h.start()
	h.until("the kiosk is ready", h.is("idle"))
	agent.Set(nil, plugIn)
	h.touch("idle", "staff", nil)
	h.until("the notice", func() bool { return h.view().Field("notice") == "staff-no-roster" })
	agent.Set(nil, func(s *agentapi.State) { s.Stick = nil })
	h.until("the stick was pulled", h.is("idle"))
	h.stop()
}

// scan shows a code, again if the scanner was not listening yet, until the screen is
// as it should be.
func (h *home) scan(code string, met func(page.View) bool) {
	h.t.Helper()
	next := time.Time{}
	h.until(code+" is scanned", func() bool {
		if met(h.view()) {
			return true
		}
		if now := time.Now(); now.After(next) {
			next = now.Add(time.Second)
			if err := h.bench.Scan(code); err != nil {
				h.t.Fatal(err)
			}
		}
		return false
	})
}

// TestABillAtTheScanner: the code passes the line, the driver and the core.
func TestABillAtTheScanner(t *testing.T) {
	h := newHome(t)
	h.cfg.Devices.Scanner.Driver = "wedge"
	h.start()
	h.until("the kiosk is ready", h.is("idle"))
	h.scan("1000000001", func(v page.View) bool { return v.Screen == "confirm-account" && v.Field("account") == "1000000001" })
	h.touch("confirm-account", "cancel", nil)
	h.scan("https://example.org/1000000001", func(v page.View) bool { return v.Screen == "enter-account" && v.Field("notice") == "not-a-bill" })
	h.stop()
}

package appliance

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/nacl/box"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/cabinet"
	"wattkiosk/firmware/climate"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/handover"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/firmware/stills"
	"wattkiosk/firmware/vigil"
	"wattkiosk/firmware/voice"
	"wattkiosk/hal"
	"wattkiosk/hal/bench"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/camera"
	"wattkiosk/hal/card"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/hal/sensor"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/wire"
)

// toys are doubles of a cabinet's parts, which note what they are told.
type toys struct {
	mu       sync.Mutex
	fed      int
	closed   bool
	disarmed bool
	said     []string
	volume   int
	degrees  sensor.Milli
	opened   []string
	staff    handover.Staff
}

func (y *toys) do(f func()) { y.mu.Lock(); defer y.mu.Unlock(); f() }

func (y *toys) open(what string, args ...any) {
	y.do(func() { y.opened = append(y.opened, fmt.Sprint(append([]any{what}, args...)...)) })
}

func (y *toys) openers() openers {
	return openers{cabinet: cabinet.Parts{
		Dog: func(path string, timeout time.Duration) (vigil.Dog, error) {
			y.open("dog ", path, " ", timeout)
			return toyDog{y}, nil
		},
		System: func() (func() error, time.Duration) { return nil, 0 },
		Player: func(dir, device string, _ func(error)) voice.Player {
			y.open("player ", dir, " ", device)
			return toyPlayer{y}
		},
		Mixer: func(device, control string) func(context.Context, int) error {
			y.open("mixer ", device, " ", control)
			return func(_ context.Context, percent int) error { y.do(func() { y.volume = percent }); return nil }
		},
		Camera: func(device string) stills.Camera { y.open("camera ", device); return toyCamera{} },
		Thermometer: func(bus string, address uint16) (climate.Thermometer, error) {
			y.open("thermometer ", bus, " ", address)
			return toyThermometer{y}, nil
		},
		Free: func(string) (int64, error) { return stills.Floor, nil },
	}, staff: func(config.Config, *boardkey.Board, mqttlink.Config, ed25519.PublicKey) (handover.Staff, error) {
		return y.staff, nil
	}}
}

type (
	toyDog         struct{ y *toys }
	toyPlayer      struct{ y *toys }
	toyThermometer struct{ y *toys }
	toyCamera      struct{}
)

func (d toyDog) Feed() error            { d.y.do(func() { d.y.fed++ }); return nil }
func (d toyDog) Timeout() time.Duration { return 400 * time.Millisecond }
func (d toyDog) Close(disarm bool) error {
	d.y.do(func() { d.y.closed, d.y.disarmed = true, disarm })
	return nil
}

func (p toyPlayer) Play(lang, name string) error {
	p.y.do(func() { p.y.said = append(p.y.said, lang+"/"+name) })
	return nil
}
func (p toyPlayer) Silence() {}
func (p toyPlayer) Close()   {}

func (t toyThermometer) Read() (m sensor.Milli, err error) {
	t.y.do(func() { m = t.y.degrees })
	return m, nil
}
func (t toyThermometer) Close() error { return nil }

var face = []byte("\xFF\xD8\xFFa face\xFF\xD9")

func (toyCamera) Take(context.Context) ([]byte, error) { return face, nil }

// home is a simulated board with a running appliance.
type home struct {
	t      *testing.T
	dir    string
	bench  *bench.Bench
	cfg    config.Config
	toys   *toys
	key    *ecdh.PrivateKey
	log    slog.Handler
	cancel context.CancelFunc
	ended  chan error
}

// move in: a bench, a key for pictures, a journal that holds an offline policy, and
// a configuration that names every part of the cabinet.
func newHome(t *testing.T) *home {
	t.Helper()
	const ms = time.Millisecond
	h := &home{t: t, dir: t.TempDir(), toys: &toys{degrees: 41_500}, ended: make(chan error, 1), log: slog.DiscardHandler}
	var err error
	h.bench, err = bench.OpenWith(h.dir, bench.Config{
		Validator: billsim.Config{
			ReplyDelay: ms, BootTime: 50 * ms, InitTime: 50 * ms, AcceptTime: 150 * ms, RejectTime: 300 * ms,
			LeverTime: 120 * ms, StackTime: 150 * ms, ReturnTime: 150 * ms,
		},
		Printer: escpossim.Config{MMPerSecond: 2000, CutTime: 20 * ms, Boot: 50 * ms},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.bench.Close(); err != nil {
			t.Error(err)
		}
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Kiosk, c.BoardDir, c.StateDir, c.RunDir = "10000001", h.dir, filepath.Join(h.dir, "state"), filepath.Join(h.dir, "run")
	c.ScreenAddr, c.ControlSocket = ln.Addr().String(), filepath.Join(h.dir, "c.sock")
	c.Audio.Device, c.Audio.QuietFrom, c.Audio.QuietTo = "hw:7", "00:00", "00:00"
	c.Camera.Device, c.Camera.Key = "/dev/video7", filepath.Join(h.dir, "stills.pem")
	c.Sensor.Bus, c.Watchdog.Device = "/dev/i2c-7", "/dev/watchdog7"
	h.cfg = c
	if err := errors.Join(ln.Close(), c.Check()); err != nil {
		t.Fatal(err)
	}
	h.writeKey()
	h.allowOffline()
	return h
}

func (h *home) writeKey() {
	h.t.Helper()
	var err error
	if h.key, err = ecdh.X25519().GenerateKey(rand.Reader); err != nil {
		h.t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(h.key.PublicKey())
	if err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(h.cfg.Camera.Key, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// allowOffline leaves a policy in the journal, as an earlier run would have: there
// is no line in this test.
func (h *home) allowOffline() {
	h.t.Helper()
	j, err := journal.Open(journal.Options{
		Dir: filepath.Join(h.cfg.StateDir, "journal"), Kiosk: h.cfg.Kiosk, Clock: time.Now, Trust: func() record.Trust { return record.RTC },
		BallastBytes: -1,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	policy, err := json.Marshal(wire.Policy{
		V: 1, Kiosk: "*", Serial: 1, Expires: time.Now().Add(time.Hour).UnixMilli(), OfflinePay: true, PerTxn: 50_000, PerAccount: 50_000, Total: 100_000,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := errors.Join(j.SetState("policy", policy), j.Close()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) start() {
	ctx, cancel := context.WithCancel(h.t.Context())
	h.cancel = cancel
	go func() { h.ended <- run(ctx, h.cfg, "test", slog.New(h.log), h.toys.openers()) }()
}

// client asks the control socket.
func (h *home) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", h.cfg.ControlSocket)
	}}}
}

func (h *home) get(path string) (string, error) {
	resp, err := h.client().Get("http://kiosk" + path)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

// until looks every few milliseconds, for what processes and devices do in real
// time.
func (h *home) until(what string, met func() bool) {
	h.t.Helper()
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		if met() {
			return
		}
	}
	h.t.Fatalf("%s: did not happen", what)
}

func (h *home) view() (v page.View) {
	req := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := req.Get("http://" + h.cfg.ScreenAddr + "/state")
	if err != nil {
		return v
	}
	defer resp.Body.Close()
	_ = json.NewDecoder(resp.Body).Decode(&v) // what cannot be read is no screen
	return v
}

func (h *home) touch(screen page.Screen, name string, args map[string]string) {
	h.t.Helper()
	h.until(name+" on "+string(screen), func() bool {
		v := h.view()
		if v.Screen != screen {
			return false
		}
		b, err := json.Marshal(map[string]any{"rev": v.Rev, "name": name, "args": args})
		if err != nil {
			h.t.Fatal(err)
		}
		c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := c.Post("http://"+h.cfg.ScreenAddr+"/intent", "application/json", bytes.NewReader(b))
		if err != nil {
			return false
		}
		return errors.Join(resp.Body.Close()) == nil && resp.StatusCode == http.StatusOK
	})
}

// TestTheCabinetWorks runs the whole appliance over the bench: during a sale the
// loudspeaker speaks, the camera takes two pictures that only head office can open,
// the thermometer is read, and the watchdog is fed; the end disarms it.
func TestTheCabinetWorks(t *testing.T) {
	h := newHome(t)
	h.start()
	h.touch("idle", "start", nil)
	h.touch("choose-service", "pay-bill", nil)
	h.touch("enter-account", "account", map[string]string{"number": "1000000001"})
	h.touch("confirm-account", "confirm", nil)
	h.touch("choose-tender", "tender", map[string]string{"kind": "cash"})
	h.until("a note is taken", func() bool { return h.bench.InsertNote(10000, "genuine") == nil })
	h.until("it is stacked", func() bool { return h.view().Field("total_text") == "100.00" })
	h.touch("insert-cash", "finish-cash", nil)
	h.until("the slip is printed", func() bool { v := h.view(); return v.Screen == "done" && v.Field("slip") == "printed" })
	serial, _ := h.view().Field("serial").(string)

	h.until("two pictures", func() bool {
		list, err := os.ReadDir(filepath.Join(h.cfg.StateDir, "stills"))
		return err == nil && len(list) == 2
	})
	for _, name := range []string{serial + "-begin", serial + "-end"} {
		h.opens(name)
	}
	h.listed()
	var fed int
	h.toys.do(func() { fed = h.toys.fed })
	h.until("the watchdog is fed", func() (more bool) { h.toys.do(func() { more = h.toys.fed > fed }); return more })
	h.toys.do(func() {
		if want := []string{"zh/insert-notes", "zh/one-moment", "zh/posting-follows"}; !slices.Equal(h.toys.said, want) || h.toys.volume != 70 {
			t.Errorf("said %v at %d %%, want %v at 70 %%", h.toys.said, h.toys.volume, want)
		}
	})

	h.cancel()
	if err := <-h.ended; err != nil {
		t.Fatal(err)
	}
	h.toys.do(func() {
		if !h.toys.closed || !h.toys.disarmed {
			t.Errorf("after an orderly stop: closed %v, disarmed %v", h.toys.closed, h.toys.disarmed)
		}
		slices.Sort(h.toys.opened)
		want := []string{
			"camera /dev/video7", "dog /dev/watchdog7 1m0s", "mixer hw:7 Master", "player /usr/share/wattkiosk/prompts hw:7", "thermometer /dev/i2c-7 72",
		}
		if !slices.Equal(h.toys.opened, want) {
			t.Errorf("opened %q, want %q", h.toys.opened, want)
		}
	})
}

// opens checks that a picture is sealed to the key in the configuration.
func (h *home) opens(name string) {
	h.t.Helper()
	b, err := os.ReadFile(filepath.Join(h.cfg.StateDir, "stills", name+".jpg.sealed"))
	if err != nil {
		h.t.Fatal(err)
	}
	got, ok := box.OpenAnonymous(nil, b, (*camera.Key)(h.key.PublicKey().Bytes()), (*camera.Key)(h.key.Bytes()))
	if !ok || !bytes.Equal(got, face) || bytes.Contains(b, []byte("face")) {
		h.t.Errorf("%s opens as %q, %v", name, got, ok)
	}
}

// listed checks what kioskctl device list, kioskctl device test, the status and
// the metrics say.
func (h *home) listed() {
	h.t.Helper()
	body, err := h.get("/devices")
	if err != nil {
		h.t.Fatal(err)
	}
	var list []peripherals.Health
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		h.t.Fatal(err)
	}
	var got []string
	for _, d := range list {
		got = append(got, fmt.Sprintf("%s %s %s", d.Role, d.Driver, d.State))
	}
	want := []string{"camera v4l2 online", "printer escpos online", "sensor lm75 online", "speaker alsa online", "validator ccnet online", "watchdog linux online"}
	if !slices.Equal(got, want) {
		h.t.Errorf("devices %q, want %q", got, want)
	}
	for _, c := range []struct {
		path  string
		wants []string
	}{
		{"/status", []string{`"celsius":41.5`}},
		{"/devices", []string{`"detail":"41.5 °C"`, `"detail":"armed, 400ms"`, `"detail":"2 taken, 0 failed, 0 missed"`}},
		{"/metrics", []string{
			"wattkiosk_cabinet_celsius 41.5\n", "wattkiosk_watchdog_fed_total ", "wattkiosk_watchdog_starved_total 0\n",
			"wattkiosk_stills_total{outcome=\"taken\"} 2\n", "wattkiosk_prompts_total{outcome=\"said\"} 3\n",
		}},
	} {
		body, err := h.get(c.path)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, want := range c.wants {
			if !strings.Contains(body, want) {
				h.t.Errorf("%s does not say %q:\n%s", c.path, want, body)
			}
		}
	}
}

// TestTheWatchdogStaysArmed: when mains are gone for good the machine is
// not to stay up, and when the journal breaks a new process is to take over.
func TestTheWatchdogStaysArmed(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(e *ending)
		want bool
	}{
		{"told to stop", func(e *ending) { e.orderly = true }, true},
		{"going down", func(e *ending) { e.orderly = true; e.down.Store(true) }, false},
		{"an error, or a panic", func(*ending) {}, false},
	} {
		dir := t.TempDir()
		j, err := journal.Open(journal.Options{Dir: dir, Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }, BallastBytes: -1})
		if err != nil {
			t.Fatal(err)
		}
		y := &toys{}
		k := vigil.Keep(vigil.New(time.Now), vigil.Config{Open: func() (vigil.Dog, error) { return toyDog{y}, nil }, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		ctx, stop := context.WithCancel(t.Context())
		stop()
		k.Run(ctx) // one turn
		e := &ending{watchdog: k}
		c.end(e)
		e.close(j, slog.New(slog.DiscardHandler))
		if !y.closed || y.disarmed != c.want {
			t.Errorf("%s: closed %v, disarmed %v, want %v", c.name, y.closed, y.disarmed, c.want)
		}
	}
}

// TestDeviceTests: what the technician may try, beside the devices that sell.
func TestDeviceTests(t *testing.T) {
	y := &toys{degrees: 20_000}
	cfg := config.Default()
	cfg.Audio.Device, cfg.Sensor.Bus, cfg.Watchdog.Device = "hw:0", "/dev/i2c-1", "none"
	h := &home{t: t, dir: t.TempDir(), cfg: cfg}
	h.cfg.Camera.Device, h.cfg.Camera.Key = "/dev/video0", filepath.Join(h.dir, "k.pem")
	h.writeKey()
	devices := testSet(t, h.dir)
	cab, err := cabinet.New(h.cfg, testBoard(h.dir), y.openers().cabinet, vigil.New(time.Now), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	e := equipment{devices, cab}
	for _, c := range []struct{ name, want string }{
		{"camera", "true a picture of 11 bytes, not kept"},
		{"speaker", "true a prompt was asked for: listen"},
		{"sensor", "false nothing could be read"},
	} {
		v, err := e.Test(t.Context(), c.name)
		if got := fmt.Sprint(v.OK, " ", v.Detail); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
	for _, name := range []string{"watchdog", "toaster"} {
		if _, err := e.Test(t.Context(), name); !errors.Is(err, peripherals.ErrNoDevice) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWithoutAKeyNoPicture: a picture that cannot be sealed is not taken, and a key
// that cannot be read stops nothing else.
func TestWithoutAKeyNoPicture(t *testing.T) {
	h := &home{t: t, dir: t.TempDir(), cfg: config.Default()}
	h.cfg.Camera.Device = "/dev/video0"
	for _, key := range []string{"", "/no/such/key.pem"} {
		h.cfg.Camera.Key = key
		y := &toys{}
		cab, err := cabinet.New(h.cfg, testBoard(h.dir), y.openers().cabinet, vigil.New(time.Now), nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		cab.Snap("x")
		if h := cab.Health(); slices.ContainsFunc(h, func(h peripherals.Health) bool { return h.Role == stills.Role }) || len(y.opened) != 0 {
			t.Errorf("key %q: there is a camera; opened %v", key, y.opened)
		}
	}
}

// TestACardGivenBackIsAnnounced: offered by the reader after it was held, once.
func TestACardGivenBackIsAnnounced(t *testing.T) {
	y := &toys{}
	cfg := config.Default()
	cfg.Audio.Device, cfg.Audio.QuietFrom = "hw:0", "07:00" // no quiet hours
	cab, err := cabinet.New(cfg, testBoard(t.TempDir()), y.openers().cabinet, vigil.New(time.Now), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	loop, _, _, _ := running(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); cab.Run(ctx, loop) }()
	hear := cab.CardOffered()
	for _, m := range []card.Media{card.NotPresent, card.Entering, card.Present, card.Latched, card.Entering, card.NotPresent} {
		hear(card.Event{Kind: card.StatusChanged, Status: card.Status{State: hal.DeviceOnline, Media: m}})
	}
	h := &home{t: t}
	h.until("it is said", func() (said bool) { y.do(func() { said = len(y.said) > 0 }); return said })
	stop()
	<-ended
	if !slices.Equal(y.said, []string{"zh/take-card"}) {
		t.Errorf("said %v", y.said)
	}
}

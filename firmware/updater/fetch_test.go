package updater

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/wire"
)

// office serves one bundle behind mutual TLS 1.3, and cuts its answers off.
type office struct {
	*httptest.Server
	ca     *ca.Authority
	cut    atomic.Int64 // bytes of an answer that go out; 0 = all
	served atomic.Int64
	asked  atomic.Int64
}

func newOffice(t *testing.T, file []byte) *office {
	t.Helper()
	a, err := ca.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := &office{ca: a}
	o.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		out := &short{ResponseWriter: w, left: o.cut.Load(), o: o}
		if out.left == 0 {
			out.left = 1 << 60
		}
		http.ServeContent(out, r, "", time.Time{}, strings.NewReader(string(file)))
	}))
	if o.TLS, err = a.ServerTLS("127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	o.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	o.StartTLS()
	t.Cleanup(o.Close)
	return o
}

// short breaks the connection after some bytes.
type short struct {
	http.ResponseWriter
	left int64
	o    *office
}

func (s *short) Write(p []byte) (int, error) {
	n, err := s.ResponseWriter.Write(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	s.o.served.Add(int64(n))
	if s.left == 0 {
		_ = http.NewResponseController(s.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func (o *office) client(t *testing.T, name string) HTTPS {
	t.Helper()
	return HTTPS{Now: time.Now, TLS: func() (*tls.Config, error) { return o.ca.ClientTLS(name) }}
}

// TestHTTPS updates a board from a server whose every answer breaks off, at many
// places, over the real protocol.
func TestHTTPS(t *testing.T) {
	y := newYard(t)
	o := newOffice(t, y.file)
	for _, cut := range []int64{0, 900_001, 1<<20 - 1, 2_500_000} {
		r := y.rig(t)
		o.cut.Store(cut)
		o.served.Store(0)
		fetch := o.client(t, kiosk)
		cfg := r.agent.cfg
		cfg.Fetch, cfg.Board = fetch, r.site.Open()
		a, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		r.agent = a
		r.offer(func(j *wire.Job) { j.Bundle.URL = o.URL + "/bundles/x" })
		if r.turns(final); !r.down {
			t.Fatalf("cut %d: %+v", cut, r.last())
		}
		if n := o.served.Load(); n > int64(len(y.file))+4*(256<<10) {
			t.Errorf("cut %d: %d bytes were sent of a file of %d", cut, n, len(y.file))
		}
	}
}

func TestHTTPSRefuses(t *testing.T) {
	y := newYard(t)
	o, stranger := newOffice(t, y.file), newOffice(t, y.file)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, _, err := o.client(t, kiosk).Open(ctx, o.URL+"/moved", 0); err == nil {
		t.Error("it was elsewhere")
	}
	asked := stranger.asked.Load()
	for name, h := range map[string]HTTPS{
		"another authority": {Now: time.Now, TLS: func() (*tls.Config, error) { return o.ca.ClientTLS(kiosk) }},
		"no certificate":    {Now: time.Now, TLS: func() (*tls.Config, error) { return nil, errLine }},
		"a lost clock":      {Now: func() time.Time { return time.Unix(0, 0) }, TLS: func() (*tls.Config, error) { return stranger.ca.ClientTLS(kiosk) }},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if _, _, err := h.Open(ctx, stranger.URL+"/", 0); err == nil {
			t.Errorf("%s: opened", name)
		}
		cancel()
	}
	if n := stranger.asked.Load(); n != asked {
		t.Errorf("%d requests were answered", n-asked)
	}
}

// control is kioskd's control socket with one answer.
func control(t *testing.T, status int, answer string) *Control {
	t.Helper()
	path := filepath.Join(t.TempDir(), "control.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.Method == http.MethodPost && (err != nil || string(body) != `{"reason":"update","seconds":120}`) || r.URL.Path != "/hold" {
			t.Errorf("%s %s %s, %v", r.Method, r.URL, body, err)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	})}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	return NewControl(path)
}

func TestControl(t *testing.T) {
	ctx := t.Context()
	held := control(t, 200, `{"held":true}`)
	if err := errors.Join(held.Hold(ctx, 2*time.Minute), held.Release(ctx)); err != nil {
		t.Error(err)
	}
	for answer, status := range map[string]int{
		`{"error":{"code":"busy","message":"a customer is being served"}}`: 409,
		`{"held":false}`: 200, `{}`: 200,
	} {
		if err := control(t, status, answer).Hold(ctx, 2*time.Minute); !errors.Is(err, ErrBusy) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	for answer, status := range map[string]int{"404 page not found": 404, "true": 200, "": 200, `{"held":true}`: 503} {
		if err := control(t, status, answer).Hold(ctx, 2*time.Minute); err == nil || errors.Is(err, ErrBusy) || errors.Is(err, ErrDown) {
			t.Errorf("%d %q: %v", status, answer, err)
		}
	}
	if err := NewControl(filepath.Join(t.TempDir(), "none")).Hold(ctx, time.Minute); !errors.Is(err, ErrDown) {
		t.Errorf("%v", err)
	}
}

// FuzzHold: only an answer that says so is a hold.
func FuzzHold(f *testing.F) {
	f.Add(200, []byte(`{"held":true}`))
	f.Add(409, []byte(`{"error":{"code":"busy","message":"x"}}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if err := decodeHold(http.MethodPost, status, body); err == nil && (status != 200 || !strings.Contains(strings.ToLower(string(body)), "held")) {
			t.Errorf("%d %q is a hold", status, body)
		}
	})
}

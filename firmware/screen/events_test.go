package screen

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/firmware/visit"
)

// listening is an open event stream.
type listening struct {
	t    *testing.T
	body io.ReadCloser
	in   *bufio.Reader
}

func listen(t *testing.T, url string) *listening {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	l := &listening{t, resp.Body, bufio.NewReader(resp.Body)}
	if name, _ := l.next(); name != "hello" {
		t.Fatalf("the first event is %q", name)
	}
	return l
}

// next reads one event; its name is empty at the end of the stream.
func (l *listening) next() (name string, data []byte) {
	for {
		line, err := l.in.ReadString('\n')
		line = strings.TrimRight(line, "\n")
		switch {
		case err != nil:
			return "", nil
		case line == "":
			return name, data
		case strings.HasPrefix(line, "event: "):
			name = line[7:]
		case strings.HasPrefix(line, "data: "):
			data = []byte(line[6:])
		}
	}
}

// screen reads on to the next screen event.
func (l *listening) screen() (rev uint64, id string, html string) {
	l.t.Helper()
	for {
		name, data := l.next()
		switch name {
		case "":
			l.t.Fatal("the stream has ended")
		case "screen":
			var e struct {
				Rev    uint64
				Screen string
				HTML   string
			}
			if err := json.Unmarshal(data, &e); err != nil {
				l.t.Fatal(err)
			}
			return e.Rev, e.Screen, e.HTML
		}
	}
}

// serveFor serves k over a socket.
func serveFor(t *testing.T, k Kiosk, tune func(*Server, *http.Server)) (*Server, string) {
	t.Helper()
	s := New(Config{Kiosk: k, Now: func() time.Time { return noon }})
	ts := httptest.NewUnstartedServer(nil)
	if tune != nil {
		tune(s, ts.Config)
	}
	ts.Config.Handler = httpgate.New(httpgate.Config{Handler: s.Handler(), Take: ts.Config.WriteTimeout}).Handler
	ts.Start()
	t.Cleanup(func() { ts.CloseClientConnections(); ts.Close() })
	return s, ts.URL
}

func TestEventsDeliverEachChange(t *testing.T) {
	k := newScripted()
	_, url := serveFor(t, k, nil)
	a, b := listen(t, url), listen(t, url)
	for _, l := range []*listening{a, b} {
		if rev, id, html := l.screen(); rev != 1 || id != "idle" || !strings.HasPrefix(html, `<div id="screen"`) {
			t.Errorf("at first: %d %s %.40s", rev, id, html)
		}
	}
	if w := ask(serve(k), "POST", "/intent", `{"rev":1,"name":"start"}`); w.Code != 200 {
		t.Fatal(w.Code)
	}
	for _, l := range []*listening{a, b} {
		if rev, id, _ := l.screen(); rev != 2 || id != "choose-service" {
			t.Errorf("after start: %d %s", rev, id)
		}
	}
	k.set(func(_ *visit.State, m *visit.Machine) { m.Online = false })
	if rev, _, html := a.screen(); rev != 3 || !strings.Contains(html, "线路中断") {
		t.Errorf("after the line went down: %d", rev)
	}
}

func TestOldestStreamGivesWay(t *testing.T) {
	k := newScripted()
	s, url := serveFor(t, k, nil)
	var all []*listening
	for range MaxClients {
		l := listen(t, url)
		l.screen()
		all = append(all, l)
	}
	last := listen(t, url)
	last.screen()
	if name, _ := all[0].next(); name != "" {
		t.Errorf("the oldest stream got %q and did not end", name)
	}
	if got := s.streams.count(); got != 8 {
		t.Errorf("%d streams are open, want 8", got)
	}
	k.set(func(st *visit.State, _ *visit.Machine) { *st = visit.ToIdle(st.Changed(), noon) })
	for i, l := range append(all[1:], last) {
		if rev, _, _ := l.screen(); rev != 2 {
			t.Errorf("stream %d is at %d", i+1, rev)
		}
	}
}

func TestStreamThatEndsIsForgotten(t *testing.T) {
	k := newScripted()
	s, url := serveFor(t, k, func(s *Server, _ *http.Server) { s.beat = 5 * time.Millisecond })
	l := listen(t, url)
	l.screen()
	_ = l.body.Close()
	other := listen(t, url)
	for s.streams.count() != 1 { // each turn waits for a heartbeat
		if name, _ := other.next(); name == "" {
			t.Fatal("the other stream ended")
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.subs) != 1 {
		t.Errorf("%d subscriptions are left, want 1", len(k.subs))
	}
}

// The server's time-outs are for requests: a stream outlives them.
func TestStreamOutlivesTheReadTimeout(t *testing.T) {
	const readTimeout, beat = 60 * time.Millisecond, 20 * time.Millisecond
	_, url := serveFor(t, newScripted(), func(s *Server, h *http.Server) {
		s.beat, h.ReadTimeout, h.WriteTimeout = beat, readTimeout, readTimeout
	})
	l := listen(t, url)
	l.screen()
	for n := range 12 {
		if name, data := l.next(); name != "beat" || string(data) != `{"rev":1}` {
			t.Fatalf("event %d is %q %s", n, name, data)
		}
	}
}

// A kiosk that hangs is not declared alive, and shows up again by itself.
func TestNoHeartbeatWithoutTheKiosk(t *testing.T) {
	k := newScripted()
	_, url := serveFor(t, k, func(s *Server, _ *http.Server) { s.beat = 5 * time.Millisecond })
	l := listen(t, url)
	l.screen()
	k.fail(errors.New("hangs"))
	k.set(func(_ *visit.State, m *visit.Machine) { m.Online = false })
	for range 3 {
		<-k.failed
	}
	k.fail(nil)
	for { // beats of the time before may be on their way
		name, data := l.next()
		if name == "beat" && string(data) == `{"rev":1}` {
			continue
		}
		if name != "screen" || !strings.Contains(string(data), `"rev":2`) {
			t.Errorf("got %s %.60s", name, data)
		}
		return
	}
}

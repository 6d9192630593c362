package agentapi_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/uplink/wire"
)

// agent notes what it is asked for.
type agent struct {
	mu      sync.Mutex
	state   agentapi.State
	changed chan struct{}
	calls   []string
	refuse  error
}

func newAgent() *agent {
	return &agent{changed: make(chan struct{}), state: agentapi.State{Rev: 7, Version: "v7", Build: 7, Slot: "a", Mode: "good"}}
}

func (a *agent) State() (agentapi.State, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state, a.changed
}

func (a *agent) change(rev uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Rev = rev
	close(a.changed)
	a.changed = make(chan struct{})
}

func (a *agent) note(s string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, s)
	return a.refuse
}

func (a *agent) Offer(j *wire.Signed) error {
	if j == nil {
		return a.note("none")
	}
	return a.note("offer " + string(j.Body))
}

func (a *agent) Open(id string, l agentapi.Login) error { return a.note("open " + id + " for " + l.By) }
func (a *agent) Close(id string) error                  { return a.note("close " + id) }
func (a *agent) Choose(id string, c agentapi.Choice) error {
	return a.note("choose " + id + " " + c.File + " by " + c.By)
}
func (a *agent) Dismiss(id string) error { return a.note("dismiss " + id) }

// start serves an agent on a real socket.
func start(t *testing.T, a *agent) *agentapi.Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "agent.sock")
	if err := os.WriteFile(path, nil, 0o600); err != nil { // left behind by a crash
		t.Fatal(err)
	}
	ln, err := agentapi.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- agentapi.Serve(ctx, ln, a) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return agentapi.NewClient(path)
}

func TestRequests(t *testing.T) {
	a := newAgent()
	c := start(t, a)
	ctx := t.Context()
	for _, do := range []func() (agentapi.State, error){
		func() (agentapi.State, error) { return c.Offer(ctx, []byte(`{"v":1,"body":"aGk=","sig":"AA=="}`)) },
		func() (agentapi.State, error) { return c.Offer(ctx, nil) },
		func() (agentapi.State, error) {
			return c.Install(ctx, "2/1", agentapi.Choice{File: "新 版.wkb", By: "1007"})
		},
		func() (agentapi.State, error) { return c.Open(ctx, "2/1", agentapi.Login{By: "1007"}) },
		func() (agentapi.State, error) { return c.Close(ctx, "2/1") },
		func() (agentapi.State, error) { return c.Dismiss(ctx, "2/1") },
	} {
		if s, err := do(); err != nil || s.Rev != 7 || s.Build != 7 {
			t.Errorf("%+v, %v", s, err)
		}
	}
	if want := []string{"offer hi", "none", "choose 2/1 新 版.wkb by 1007", "open 2/1 for 1007", "close 2/1", "dismiss 2/1"}; !reflect.DeepEqual(a.calls, want) {
		t.Errorf("%q", a.calls)
	}
}

func TestLongPoll(t *testing.T) {
	a := newAgent()
	c := start(t, a)
	if s, err := c.State(t.Context(), 0); err != nil || s.Rev != 7 {
		t.Fatalf("%+v, %v", s, err)
	}
	got := make(chan agentapi.State, 1)
	go func() {
		s, err := c.State(context.Background(), 7)
		if err != nil {
			t.Error(err)
		}
		got <- s
	}()
	time.AfterFunc(20*time.Millisecond, func() { a.change(8) })
	select {
	case s := <-got:
		if s.Rev != 8 {
			t.Errorf("%+v", s)
		}
	case <-time.After(10 * time.Second):
		t.Error("a change is not reported")
	}
}

func TestRefusals(t *testing.T) {
	a := newAgent()
	c := start(t, a)
	a.refuse = &agentapi.Error{Code: agentapi.CodeArmed, Message: "the job before is on trial"}
	_, err := c.Offer(t.Context(), nil)
	if e, ok := errors.AsType[*agentapi.Error](err); !ok || e.Code != "armed" || e.Error() != "the job before is on trial" {
		t.Errorf("%v", err)
	}
	a.refuse = errors.New("disk is full")
	_, err = c.Dismiss(t.Context(), "1")
	if e, ok := errors.AsType[*agentapi.Error](err); !ok || e.Code != "internal" {
		t.Errorf("%v", err)
	}
	if _, err := agentapi.NewClient(filepath.Join(t.TempDir(), "none")).State(t.Context(), 0); !errors.Is(err, agentapi.ErrDown) {
		t.Errorf("%v", err)
	}
}

func TestBounds(t *testing.T) {
	a := newAgent()
	h := agentapi.Handler(a)
	ask := func(ctx context.Context, method, path, body string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(ctx))
		return w.Code, w.Body.String()
	}
	for _, x := range []struct {
		method, path, body string
		status             int
	}{
		{"PUT", "/job", strings.Repeat(" ", agentapi.MaxBody+1), 422},
		{"PUT", "/job", `{"v":1,"extra":2}`, 422},
		{"PUT", "/job", `{"v":1} {}`, 422},
		{"GET", "/state?after=x", "", 422},
		{"POST", "/stick/1/install", `{"file":"a.wkb"}`, 422},
		{"POST", "/stick/1/install", `{"file":"","by":"7"}`, 422},
		{"POST", "/stick/1/install", `{"file":"a.wkb","by":"a b"}`, 422},
		{"POST", "/stick/1/install", `{"file":"` + strings.Repeat("a", 256) + `","by":"7"}`, 422},
		{"POST", "/stick/1/open", "", 422},
		{"POST", "/stick/1/open", `{"by":""}`, 422},
		{"POST", "/stick/1/open", `{"by":"a b"}`, 422},
		{"GET", "/stick/1/open", "", 405},
		{"POST", "/job", "", 405},
		{"GET", "/", "", 404},
	} {
		if status, said := ask(t.Context(), x.method, x.path, x.body); status != x.status {
			t.Errorf("%s %s %.40q: %d %s", x.method, x.path, x.body, status, said)
		}
	}
	if len(a.calls) != 0 {
		t.Errorf("the agent was asked: %q", a.calls)
	}
	// As many wait as may; the next is turned away. One that the question below kept
	// out tries again.
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for range agentapi.MaxRequests {
		waiting.Go(func() {
			for ctx.Err() == nil {
				if status, _ := ask(ctx, "GET", "/state?after=7", ""); status != http.StatusServiceUnavailable {
					return
				}
			}
		})
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		if status, _ := ask(t.Context(), "GET", "/state", ""); status == http.StatusServiceUnavailable {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody is turned away")
		}
	}
	cancel()
	waiting.Wait()
	if status, _ := ask(t.Context(), "GET", "/state", ""); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
}

// FuzzRequests: whatever is sent is answered as JSON, and only well-formed choices
// and jobs reach the agent.
func FuzzRequests(f *testing.F) {
	f.Add("PUT", "/job", []byte(`{"v":1,"body":"aGk=","sig":"AA=="}`))
	f.Add("POST", "/stick/1/install", []byte(`{"file":"a.wkb","by":"1007"}`))
	f.Add("POST", "/stick/1/dismiss", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		r, err := http.NewRequest(method, "http://agent/", bytes.NewReader(body))
		if err != nil || len(path) == 0 || path[0] != '/' || strings.HasPrefix(path, "/state") {
			return
		}
		r.URL.Path = path
		a := newAgent()
		w := httptest.NewRecorder()
		agentapi.Handler(a).ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, call := range a.calls {
			if w.Code != http.StatusOK || strings.HasPrefix(call, "choose ") && strings.HasSuffix(call, " by ") {
				t.Fatalf("%q, %d", call, w.Code)
			}
		}
	})
}

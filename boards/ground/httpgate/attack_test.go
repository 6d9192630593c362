package httpgate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are made by the test, so that time is virtual.
type pipes struct {
	in   chan net.Conn
	done chan struct{}
	once *sync.Once
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.in:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial is a client's end of a connection to a server that serves p.
func (p pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.in <- server

	return client
}

// serve runs a server in virtual time until the test function has ended.
func serve(t *testing.T, c Config, f func(t *testing.T, p pipes)) {
	synctest.Test(t, func(t *testing.T) {
		p := pipes{make(chan net.Conn), make(chan struct{}), &sync.Once{}}
		srv := New(c)
		ended := make(chan error, 1)
		go func() { ended <- srv.Serve(p) }()
		f(t, p)
		_ = srv.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

func TestAttackAnswersThatNobodyReads(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"small":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") },
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"large":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) },
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(w, "data: x\n\n"); err != nil {
					return
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					return
				}
			}
		},
		"late": func(w http.ResponseWriter, _ *http.Request) {
			<-time.After(time.Minute) // of the bubble
			_, _ = w.Write(make([]byte, 1<<20))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var begun time.Time
			h := func(w http.ResponseWriter, r *http.Request) {
				begun = time.Now()
				answer(w, r)
			}
			serve(t, Config{Handler: http.HandlerFunc(h)}, func(t *testing.T, p pipes) {
				gone := make(chan time.Duration, 1)
				c := p.dial()
				if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				go func() { // it does not read, and sees that the server is gone by a write that fails
					for {
						<-time.After(time.Second)
						_ = c.SetWriteDeadline(time.Now().Add(time.Millisecond))
						if _, err := io.WriteString(c, "\r\n"); errors.Is(err, io.ErrClosedPipe) {
							gone <- time.Since(begun)
							return
						}
					}
				}()
				limit := 12 * time.Second
				if name == "late" {
					limit += time.Minute
				}
				if took := <-gone; took > limit {
					t.Errorf("given up after %v, want at most %v", took, limit)
				}
			})
		})
	}
}

// TestSlowReaderIsServed: a slow line is no attack: 4 KiB a second are enough.
func TestSlowReaderIsServed(t *testing.T) {
	const size = 512 << 10
	h := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, size)) }
	serve(t, Config{Handler: http.HandlerFunc(h)}, func(t *testing.T, p pipes) {
		c := p.dial()
		if _, err := io.WriteString(c, "GET / HTTP/1.0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		got, b := 0, make([]byte, 4<<10)
		for {
			n, err := c.Read(b)
			got += n
			if err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if got < size {
			t.Errorf("got %d bytes of %d", got, size)
		}
	})
}

// TestStreamWithPauses: what is said once a minute is no stall.
func TestStreamWithPauses(t *testing.T) {
	h := func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			time.Sleep(time.Minute)
			fmt.Fprintf(w, "tick %d\n", i)
			_ = http.NewResponseController(w).Flush()
		}
	}
	serve(t, Config{Handler: http.HandlerFunc(h)}, func(t *testing.T, p pipes) {
		c := p.dial()
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(a.Body); err != nil || string(b) != "tick 0\ntick 1\ntick 2\n" {
			t.Errorf("%q, %v", b, err)
		}
	})
}

func TestAttackSilentConnections(t *testing.T) {
	for name, said := range map[string]string{"nothing": "", "half a line": "GET /", "head without an end": "GET / HTTP/1.1\r\nHost: x\r\nA: "} {
		t.Run(name, func(t *testing.T) {
			serve(t, Config{Handler: http.NotFoundHandler()}, func(t *testing.T, p pipes) {
				c := p.dial()
				begun := time.Now()
				if said != "" {
					if _, err := io.WriteString(c, said); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := io.ReadAll(c); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun); took > 6*time.Second {
					t.Errorf("waited %v for it", took)
				}
			})
		})
	}
}

// from is a connection of somebody, which knows whether it was closed.
type from struct {
	net.Conn
	addr   string
	closed bool
}

func (f *from) RemoteAddr() net.Addr { return named(f.addr) }
func (f *from) Close() error         { f.closed = true; return nil }

type named string

func (n named) Network() string { return "tcp" }
func (n named) String() string  { return string(n) }

func TestAttackConnectionsOfOneSource(t *testing.T) {
	c := newCrowd(Config{PerSource: 3, Total: 6, Proxies: prefixes(t, "10.9.0.0/16")})
	enter := func(addr string, state http.ConnState) *from {
		f := &from{addr: addr}
		c.note(f, http.StateNew)
		if state != http.StateNew {
			c.note(f, state)
		}

		return f
	}
	other := enter("192.0.2.2:1", http.StateActive)
	first, idle, third := enter("192.0.2.1:1", http.StateActive), enter("192.0.2.1:2", http.StateIdle), enter("192.0.2.1:3", http.StateActive)
	fourth := enter("192.0.2.1:4", http.StateActive)
	if !idle.closed || first.closed || third.closed || fourth.closed {
		t.Error("not the one without a request gave way")
	}
	fifth := enter("192.0.2.1:5", http.StateNew)
	if !first.closed || third.closed || fourth.closed {
		t.Error("not the eldest gave way")
	}
	// Two addresses of one subscriber's IPv6 network are one source.
	six := enter("[2001:db8::1]:1", http.StateActive)
	enter("[2001:db8::2]:1", http.StateNew)
	if six.closed {
		t.Error("two are not too many")
	}
	// Too many together: the busiest source gives way, and never who has one.
	enter("192.0.2.7:1", http.StateNew)
	if c.all != 6 || other.closed || !fifth.closed {
		t.Errorf("%d open; %v", c.all, other.closed)
	}
	c.note(other, http.StateClosed)
	if c.all != 5 || len(c.open["192.0.2.2"]) != 0 {
		t.Errorf("%d open after one left", c.all)
	}
	c.note(first, http.StateClosed) // again: it gave way before
	if c.all != 5 {
		t.Errorf("%d open: one was counted twice", c.all)
	}

	c = newCrowd(Config{PerSource: 1, Proxies: prefixes(t, "10.9.0.0/16, fd00::/8")})
	for _, addr := range []string{"10.9.1.1:1", "[fd00::1]:1"} {
		if a := enter(addr, http.StateActive); enter(addr+"2", http.StateNew) == nil || a.closed {
			t.Errorf("%s: a proxy brings many people", addr)
		}
	}
}

func prefixes(t *testing.T, text string) []netip.Prefix {
	t.Helper()
	p, err := ParseProxies(text)
	if err != nil {
		t.Fatal(err)
	}

	return p
}

// TestAttackReboundName: a name of somebody else that leads here is refused on every path.
func TestAttackReboundName(t *testing.T) {
	h := Named(Local, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for host, want := range map[string]int{
		"localhost": 204, "LOCALHOST:8080": 204, "127.0.0.1:8080": 204, "127.9.9.9": 204, "[::1]:8080": 204, "[::1]": 204, "localhost.": 204, "": 204,
		"[::ffff:127.0.0.1]:80": 204,
		"evil.example":          421, "evil.example:8080": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "10.0.0.1": 421, "[2001:db8::1]:80": 421,
		"evil.example:80:127.0.0.1": 421, "0.0.0.0": 421, "2130706433": 421, "evil.example#127.0.0.1": 421,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
		if want == 421 && !strings.Contains(w.Body.String(), `"code":"wrong-name"`) {
			t.Errorf("%q: %s", host, w.Body)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "192.0.2.9:8443"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(named("192.0.2.9:8443")))))
	if w.Code != 204 {
		t.Errorf("the address that was reached: %d", w.Code)
	}
}

// TestAttackForwardedFor: nobody but a proxy says for whom a request is.
func TestAttackForwardedFor(t *testing.T) {
	var seen string
	h := forwarded(prefixes(t, "10.9.0.0/16,127.0.0.1,fd00::/8"), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		seen = fmt.Sprint(host, " ", r.Host, " ", ViaProxy(r))
	}))
	for _, c := range []struct {
		peer, hops, proto, host, want string
	}{
		{"10.9.1.1", "203.0.113.7", "https", "", "203.0.113.7 office.example true"},
		{"10.9.1.1", "203.0.113.7", "", "pages.example", "203.0.113.7 pages.example true"},
		{"10.9.1.1", "1.2.3.4, 203.0.113.7", "https", "", "203.0.113.7 office.example true"}, // what the person wrote there himself does not count
		{"10.9.1.1", "1.2.3.4, 203.0.113.7, 10.9.2.2", "https", "", "203.0.113.7 office.example true"},
		{"10.9.1.1", "127.0.0.1", "https", "", "127.0.0.1 office.example true"},
		{"10.9.1.1", "203.0.113.7:4711", "https", "", "203.0.113.7 office.example true"},
		{"fd00::1", "[2001:db8::7]", "https", "", "2001:db8::7 office.example true"},
		{"::ffff:10.9.1.1", "203.0.113.7", "https", "", "203.0.113.7 office.example true"},
		{"10.9.1.1", "203.0.113.7, garbage", "https", "", "10.9.1.1 office.example true"},
		{"10.9.1.1", "203.0.113.7, garbage, 10.9.2.2", "https", "", "10.9.2.2 office.example true"},
		{"10.9.1.1", "203.0.113.7", "http", "", "403"},
		{"127.0.0.1", "", "", "", "127.0.0.1 office.example false"},
		{"127.0.0.2", "203.0.113.7", "https", "evil.example", "127.0.0.2 office.example false"}, // this machine, and no proxy
		{"203.0.113.9", "127.0.0.1", "https", "evil.example", "403"},                            // past the proxy, in clear
		{"10.10.1.1", "127.0.0.1", "https", "", "403"},
	} {
		r := httptest.NewRequest("GET", "http://office.example/", nil)
		r.RemoteAddr = net.JoinHostPort(c.peer, "40000")
		for name, value := range map[string]string{"X-Forwarded-For": c.hops, "X-Forwarded-Proto": c.proto, "X-Forwarded-Host": c.host} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		seen = ""
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			seen = fmt.Sprint(w.Code)
		}
		if seen != c.want {
			t.Errorf("%+v: %s", c, seen)
		}
	}
}

func TestParseProxies(t *testing.T) {
	for _, bad := range []string{"", "proxy.example", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.1,"} {
		if got, err := ParseProxies(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
	if got := prefixes(t, "10.9.1.1, 10.9.0.0/16,::1"); fmt.Sprint(got) != "[10.9.1.1/32 10.9.0.0/16 ::1/128]" {
		t.Error(got)
	}
}
